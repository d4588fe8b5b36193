"""What a document promises about single answers: the other side of `backroad.verifier.promises`."""

import re
from collections.abc import Callable

from backroad.verifier.answer import Answer, NoAnswer
from backroad.verifier.exchange import Exchange
from backroad.verifier.openapi.document import Document, Operation, is_json
from backroad.verifier.promises import Unpromised
from backroad.verifier.verdict import Failed
from backroad.verifier.wording import either, excerpt

# What means the same, where the document names it.
ALIKE = {200: (201,), 201: (200,), 204: (200, 202), 400: (422,), 422: (400,), 401: (403,), 404: (410, 403)}
REFUSALS = (400, 422)
DEMANDED = (401, 404)  # of a private thing, and of one that is not there, no document need say it
CARRIED_ON = ("www-authenticate", "x-content-type-options", "cache-control", "vary")
STATUS = re.compile(r"(?<![\w.:/+-])([1-5]\d\d)(?![\w.]*[\w]|\s*(?:items|things|bytes|requests|ms|s)\b)")
HEADER = re.compile(r"(?:a header |^)([A-Z][A-Za-z]+(?:-[A-Z][A-Za-z]+)+|Location|Allow|Vary|Link)\b")
PROBLEM = "application/problem+json"


class Promised:
    def __init__(self, document: Document, creates: Operation, path_of: Callable[[Answer], str]) -> None:
        self.document = document
        self.creates = creates
        self._path_of = path_of

    def statuses(self, answer: Answer | NoAnswer, wanted: tuple[int, ...]) -> tuple[int, ...]:
        if not isinstance(answer, Answer) or answer.status in wanted or answer.status >= 500:
            return wanted
        exchange = answer.exchange
        operation = self.document.operation(exchange.method, exchange.path)
        if operation is None:
            return self.of_unknown(answer, wanted)
        alike = [other for one in wanted for other in ALIKE.get(one, ())]
        meant = tuple(one for one in (*wanted, *alike) if operation.declared(one))
        if answer.status in meant:
            return (*meant,)
        self.refuse_guesses(operation, answer, wanted)
        self.refuse_roles(operation, answer, wanted)
        if any(one in DEMANDED for one in wanted):
            return self.of_demand(operation, answer, wanted, meant)
        if set(wanted) & set(REFUSALS) and answer.status in REFUSALS:
            return (*wanted, answer.status)  # refused it is; which of the two nobody said
        if not meant:
            raise self.unpromised(operation, wanted)
        return meant

    def of_unknown(self, answer: Answer, wanted: tuple[int, ...]) -> tuple[int, ...]:
        """A path that the document does not have: 404, or a door before it."""
        if 404 in wanted:
            return (*wanted, 401, 403, 405)
        raise Unpromised(f"the document does not have {answer.exchange.method} {answer.exchange.path}")

    def of_demand(
        self, operation: Operation, answer: Answer, wanted: tuple[int, ...], meant: tuple[int, ...]
    ) -> tuple[int, ...]:
        """No access, or no such thing: any refusal will do, unless a missing thing is documented to be a 404."""
        named = any(operation.declared(one) == str(one) for one in wanted)
        if 400 <= answer.status < 500 and (401 in wanted or not named):
            return (*wanted, answer.status)
        return meant or wanted

    def refuse_guesses(self, operation: Operation, answer: Answer, wanted: tuple[int, ...]) -> None:
        """What was made from the schema may break a rule that no schema says."""
        if operation is self.creates and any(one < 300 for one in wanted) and answer.status in (400, 403, 404, 422):
            raise Unpromised(
                f"a body that was made from the schema of {operation.name} was answered {answer.status} "
                f"{excerpt(answer.text)}; values for it can be given in [openapi.draft]"
            )

    def refuse_roles(self, operation: Operation, answer: Answer, wanted: tuple[int, ...]) -> None:
        """Whoever just signed up may have the wrong role."""
        if answer.status == 403 and operation.declared(403) == "403" and not set(wanted) & {401, 403, 404}:
            raise Unpromised(
                f"{operation.name} is answered 403 to somebody who just signed up; "
                "[openapi.signup_body] can ask for another role"
            )

    def unpromised(self, operation: Operation, wanted: tuple[int, ...]) -> Unpromised:
        return Unpromised(f"the document does not declare {either(wanted)} for {operation.name}")

    def problems(self, answer: Answer | NoAnswer) -> bool:
        if not isinstance(answer, Answer):
            return True
        operation = self.document.operation(answer.exchange.method, answer.exchange.path)
        key = operation.declared(answer.status) if operation is not None else ""
        content = operation.responses[key].get("content") or {} if operation is not None and key else {}
        return PROBLEM in content

    def instead_of_header(self, answer: Answer, name: str) -> str | None:
        operation = self.document.operation(answer.exchange.method, answer.exchange.path)
        key = operation.declared(answer.status) if operation is not None else ""
        described = operation.responses[key].get("headers") or {} if operation is not None and key else {}
        if name.lower() in {one.lower() for one in described}:
            return None
        if name.lower() == "location":
            return answer.headers.get("location") or self._path_of(answer)
        if name.lower() in CARRIED_ON:
            return answer.headers.get(name) or ""
        if name.lower() == "content-type":
            return None
        where = operation.name if operation is not None else answer.exchange.path
        raise Unpromised(f"the document does not promise {name} for {where}")

    def review(self, failed: Failed) -> None:
        """Raises Unpromised where a check, in its own words, asked for what the document does not say.

        `expect` asks before it fails; this is for the checks that compare by themselves.
        """
        exchanges = failed.exchanges
        if failed.expected.startswith("exit with status 0") and re.search(r"status (143|-15)\b", failed.got):
            raise Unpromised("a server that ends by the signal itself is not told apart from one that stops well")
        if any(one.status is None or one.status >= 500 for one in exchanges):
            return
        operations = [found for one in exchanges if (found := self.of(one)) is not None]
        if not operations:
            return
        for number in map(int, STATUS.findall(failed.expected)):
            if number not in DEMANDED and not any(one.declared(number) for one in operations):
                raise self.unpromised(operations[0], (number,))
        if failed.expected == "a JSON body" and not any(self.has_json(one) for one in exchanges):
            raise Unpromised(f"the document does not describe a body in JSON for {operations[0].name}")
        for name in HEADER.findall(failed.expected):
            if not any(self.has_header(one, name) for one in exchanges) and name.lower() != "content-type":
                raise Unpromised(f"the document does not promise {name} for {operations[0].name}")

    def of(self, exchange: Exchange) -> Operation | None:
        return self.document.operation(exchange.method, exchange.path)

    def response(self, exchange: Exchange) -> dict[str, object]:
        operation = self.of(exchange)
        key = operation.declared(exchange.status or 0) if operation is not None else ""
        return dict(operation.responses[key]) if operation is not None and key else {}

    def has_json(self, exchange: Exchange) -> bool:
        content = self.response(exchange).get("content")
        return isinstance(content, dict) and any(is_json(kind) for kind in content)

    def has_header(self, exchange: Exchange, name: str) -> bool:
        headers = self.response(exchange).get("headers")
        return isinstance(headers, dict) and name.lower() in {one.lower() for one in headers}
