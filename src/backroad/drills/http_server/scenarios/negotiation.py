"""Invoices in several forms and languages, chosen by what the client accepts."""

from collections.abc import Sequence
from typing import ClassVar

from backroad.drills.http_server.exchange import Exchange, Reply, Request, plain, problem
from backroad.drills.http_server.scenario import Resources, Scenario, to

FORMS = ("application/json", "text/csv", "application/pdf")  # in the order of the server's own taste
STORED = {
    "7": (FORMS, ("en", "de")),
    "8": (("application/json", "application/pdf"), ("en",)),
    "9": (("application/pdf",), ("en", "de")),
}


def weights(header: str) -> dict[str, float]:
    """Range -> its `q`."""
    found = {}
    for part in header.lower().split(",")[:50]:
        name, *parameters = (piece.strip() for piece in part.split(";"))
        q = next((piece[2:] for piece in parameters if piece.startswith("q=")), "1")
        try:
            found[name] = min(1.0, max(0.0, float(q)))
        except ValueError:
            found[name] = 0.0
    return found


def best_form(accept: str, there: Sequence[str]) -> str:
    """Empty where nothing is acceptable; of two that are equally welcome, the server takes its own favourite."""
    asked = weights(accept or "*/*")

    def weight(form: str) -> float:
        return asked.get(form, asked.get(form.partition("/")[0] + "/*", asked.get("*/*", 0.0)))

    best = max(there, key=weight)
    return best if weight(best) else ""


def best_language(accept: str, there: Sequence[str]) -> str:
    """Basic filtering (RFC 4647, 3.3.1): a range fits what it equals or begins. Else the first that is there."""
    asked = weights(accept or "*")

    def weight(language: str) -> float:
        fits = [q for name, q in asked.items() if language == name or language.startswith(name + "-")]
        return max(fits, default=asked.get("*", 0.0))

    return max(there, key=weight)


class Negotiation(Scenario):
    name: ClassVar[str] = "negotiation"
    goals: ClassVar[dict[str, str]] = {
        "csv": "`/invoices/7` comes as CSV.",
        "json": "`/invoices/8`, which is not there as CSV, comes as JSON.",
        "strict": "`/invoices/9`, which is there as PDF only, is refused: `406`.",
        "german": "`/invoices/7` comes in German.",
    }

    def resources(self) -> Resources:
        return {"/invoices/*": {"GET": self.invoice}}

    def invoice(self, request: Request) -> Reply:
        if request.last not in STORED:
            return problem(404, "There is no such invoice.")
        forms, languages = STORED[request.last]
        form = best_form(request.header("Accept"), forms)
        if not form:
            return problem(406, f"It is there as {', '.join(forms)}.", Vary="Accept, Accept-Language")
        language = best_language(request.header("Accept-Language"), languages)
        body = {"application/json": '{"total": "19.90"}', "text/csv": "total\n19.90\n"}.get(form, "%PDF-1.7 …")
        return plain(200, body, Content_Type=form, Content_Language=language, Vary="Accept, Accept-Language")

    @classmethod
    def judge(cls, seen: Sequence[Exchange]) -> dict[str, str]:
        missed = {}
        for goal, number, form in (("csv", 7, FORMS[1]), ("json", 8, FORMS[0])):
            got = [one.reply.header("Content-Type") for one in to(seen, "GET", f"/invoices/{number}", 200)]
            if got[-1:] != [form]:
                missed[goal] = f"It came as `{got[-1]}`." if got else "It was not fetched."
        nine = to(seen, "GET", "/invoices/9")
        if not nine or nine[-1].status != 406:
            missed["strict"] = "It came, although it is neither CSV nor JSON." if nine else "It was not asked for."
        seven = to(seen, "GET", "/invoices/7", 200)
        if not seven or seven[-1].reply.header("Content-Language") != "de":
            missed["german"] = "It came in English." if seven else "It was not fetched."
        return missed
