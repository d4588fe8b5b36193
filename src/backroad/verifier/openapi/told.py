"""What was inferred from a document, in words, before anything is sent."""

from collections.abc import Iterator

from backroad.verifier.openapi.available import BEYOND
from backroad.verifier.openapi.facts import Subject, owners
from backroad.verifier.openapi.lab import Inferred
from backroad.verifier.wording import either, excerpt

Line = tuple[str, str]


def told(inferred: Inferred) -> list[Line]:
    """Label and text."""
    return [*head(inferred), *(about(inferred.subject) if inferred.subject else ()), *rest(inferred)]


def as_text(lines: list[Line]) -> str:
    width = max(len(label) for label, _ in lines)
    return "\n".join(f"  {label:<{width}}  {text}" for label, text in lines)


def head(inferred: Inferred) -> Iterator[Line]:
    document = inferred.document
    version = excerpt(str(document.data.get("openapi")), 10)
    yield "document", f"{excerpt(document.title, 60)}, OpenAPI {version}, {len(document.operations)} operations"
    if inferred.subject is None:
        yield (
            "collection",
            (
                "none was found: a path with GET and POST, and one with GET for a single thing below it. "
                'Only what needs none is checked; [openapi] collection = "/path" names one'
            ),
        )


def about(subject: Subject) -> Iterator[Line]:
    resource = subject.resource
    verbs = ["created", "listed", "read"]
    verbs += [f"changed ({resource.change.method})"] if resource.change is not None else []
    verbs += ["deleted"] if resource.delete is not None else []
    yield "collection", f"{resource.path} and {resource.item_path}: {', '.join(verbs)}"
    fields = (
        ("text", resource.text),
        ("unique", resource.unique),
        ("address", resource.web),
        ("time", resource.instant),
    )
    known = [f"{name} {field}" for name, field in fields if field]
    unknown = [name for name, field in fields if not field]
    yield "fields", f"{', '.join(known) or 'none'}{f' (not found: {either(unknown)})' if unknown else ''}"
    paging = resource.paging
    most = f", at most {paging.max_size}" if paging.max_size else ""
    yield "paging", f"by {paging.position}, {paging.limit} at a time{most}" if paging.style else "none was found"
    yield "identity", identity(subject)
    missing = owners(subject)
    yield "ownership", missing or "things belong to whoever made them"
    keys = resource.unclear_keys(subject.hints)
    if keys:
        yield "draft", f"{', '.join(keys)} may have to name something that exists; [openapi.draft] can give a value"


def identity(subject: Subject) -> str:
    found = subject.identity
    if found.kind == "open":
        return "nobody is asked who they are"
    if found.kind == "fixed":
        count = len(subject.hints.people)
        return f"{count} people of backroad.toml" if count else "the headers of backroad.toml"
    if found.kind == "unknown" or found.signup is None or found.scheme is None:
        return f"unknown: {found.reason}; [openapi] signup, login, token or headers help"
    steps = found.signup.name + (f", then {found.login.name}" if found.login is not None else "")
    carried = f"{found.scheme.kind} {found.scheme.name}".strip()
    return f"{steps}; {carried}" + (f" with {found.token}" if found.token else "")


def rest(inferred: Inferred) -> Iterator[Line]:
    if inferred.others:
        paths = ", ".join(one.path for one in inferred.others[:5])
        yield "also there", f'{paths} ([openapi] collection = "{inferred.others[0].path}" takes it instead)'
    for one in inferred.passed[:5]:
        yield "passed over", f"{one.path} {one.reason}"
    beyond = sum(1 for reason in inferred.skipped.values() if reason == BEYOND)
    if beyond:
        yield "left out", f"{beyond} checks: {BEYOND}"
