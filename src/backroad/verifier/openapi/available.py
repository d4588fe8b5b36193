"""Which hooks an inferred API has, and what to say of those it has not."""

from collections.abc import Iterable

from backroad.verifier.openapi.collection import health_of, said_limit
from backroad.verifier.openapi.facts import Subject

BEYOND = "what they work on is told by a lab's driver and by no OpenAPI document"
ALWAYS = frozenset(
    {
        "nowhere", "draft", "create", "created", "path_of", "path_of_item", "refused", "named", "read_only", "places",
        "public", "readable", "methods", "collection.path", "collection.wrong", "document", "resource", "maker",
    }
)  # fmt: skip


def missing_hooks(hooks: Iterable[str], subject: Subject) -> str:
    """The first reason why one of them is not there; empty if all are."""
    reasons = [reason for hook in sorted(hooks) if (reason := missing(hook, subject))]
    return BEYOND if BEYOND in reasons else next(iter(reasons), "")


def missing(hook: str, subject: Subject) -> str:
    if hook in ALWAYS:
        return ""
    test = TESTS.get(hook)
    return BEYOND if test is None else test(subject)


def person(subject: Subject) -> str:
    if subject.identity.kind != "unknown":
        return ""
    return f"nobody can be signed up: {subject.identity.reason}; [openapi] signup, login, token or headers help"


def credentials(subject: Subject) -> str:
    if subject.identity.kind == "open":
        return "no operation of this collection asks for credentials"
    return person(subject)


def private(subject: Subject) -> str:
    closed = any(not one.open for one in subject.document.operations)
    return "" if closed else "the document asks for credentials nowhere"


def text(subject: Subject) -> str:
    return "" if subject.resource.text else 'no field for free text was found; [openapi] text = "field" names it'


def unique(subject: Subject) -> str:
    if subject.resource.unique:
        return ""
    return 'no field is known to be unique for everybody; [openapi] unique = "field" names it'


def web(subject: Subject) -> str:
    return "" if subject.resource.web else 'no field for a web address was found; [openapi] web = "field" names it'


def instant(subject: Subject) -> str:
    return "" if subject.resource.instant else "no field for a date and time was found"


def items(subject: Subject) -> str:
    return "no list of things was found" if subject.resource.items == "?" else ""


def cursor(subject: Subject) -> str:
    return "" if subject.resource.paging.style == "cursor" else "its lists are not paged by a cursor"


def limit(subject: Subject) -> str:
    return "" if subject.resource.paging.limit else "its lists take no limit"


def max_size(subject: Subject) -> str:
    return "" if subject.resource.paging.max_size else "the document does not say how large a page may be (maximum)"


def default_size(subject: Subject) -> str:
    known = 0 < subject.resource.paging.default_size <= 100
    return "" if known else "the document does not say how large a page is (default)"


def body_limit(subject: Subject) -> str:
    known = subject.hints.body_limit or said_limit(subject)
    return "" if known else "the document does not say how large a body may be; [openapi] body_limit = bytes does"


def fill(subject: Subject) -> str:
    return "" if subject.hints.fill else "it would make 10,000 things; [openapi] fill = true allows it"


def health(subject: Subject) -> str:
    return "" if health_of(subject) else "no path was found that anybody may ask"


def change(subject: Subject) -> str:
    return "" if subject.resource.change is not None else f"{subject.resource.item_path} takes neither PATCH nor PUT"


def race_to_change(subject: Subject) -> str:
    found = subject.resource.change
    return "" if found is not None and found.method == "PATCH" else f"{subject.resource.item_path} takes no PATCH"


def delete(subject: Subject) -> str:
    return "" if subject.resource.delete is not None else f"{subject.resource.item_path} takes no DELETE"


TESTS = {
    "person": person, "forgeries": credentials, "secret": credentials, "private": private,
    "fill": fill, "probes": fill, "health": health,
    "collection.text": text, "collection.unique": unique, "collection.web": web, "collection.instant": instant,
    "collection.items": items, "listed": items, "collection.cursor": cursor, "collection.next_cursor": cursor,
    "collection.limit": limit, "collection.max_size": max_size, "collection.default_size": default_size,
    "collection.body_limit": body_limit, "PATCH": change, "PATCH at once": race_to_change, "DELETE": delete,
}  # fmt: skip
