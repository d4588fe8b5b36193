"""What a check may assume of an API (`@check(assumes=...)`), and where a document says it.

A lab's contract says all of it. A fact that is missing here has a reason, which names the hint that would help.
"""

import re
from collections.abc import Callable
from typing import NamedTuple

from backroad.verifier.openapi.document import Document, Operation
from backroad.verifier.openapi.hints import Hints
from backroad.verifier.openapi.identities import Identity
from backroad.verifier.openapi.resources import EDITED, Resource

OWN = re.compile(r"(?i)\b(you|your|yours|own|owns|owned|owner|owners|mine|belongs?|current user|logged[- ]in)\b")
NEWEST = re.compile(r"(?i)\b(newest|latest|most recent|last created)\b")
EXACT = re.compile(r"(?i)\b(kept as (it|they) (is|are)|unchanged|verbatim|byte for byte|exactly as)\b")
PUBLIC = re.compile(r"(?i)\b(private address|loopback|public address|169\.254|link-local|the address is public)")
STRICT = re.compile(r"(?i)no user name|without credentials|userinfo")


class Subject(NamedTuple):
    """What the facts are about."""

    document: Document
    resource: Resource
    identity: Identity
    hints: Hints


Fact = Callable[[Subject], str]  # why it is missing; empty if the document says it


def owners(subject: Subject) -> str:
    if subject.identity.kind == "open" or subject.hints.owner == "no":
        return "nobody owns anything here"
    said = any(OWN.search(one.words) for one in subject.resource.operations)
    forbidden = any(one.declared(403) == "403" for one in subject.resource.operations)
    if subject.hints.owner == "yes" or said or forbidden:
        return ""
    return "the document does not say that things belong to whoever made them; if so: owner = true"


def own_lists(subject: Subject) -> str:
    """A list of somebody new is empty."""
    missing = owners(subject)
    if missing:
        return missing
    if not subject.identity.many:
        return "a list of somebody new is needed, and nobody can sign up; a signup hint would help"
    if subject.resource.items == "?":
        return "no list of things was found in the answer of " + subject.resource.listing.name
    if subject.hints.owner == "yes" or OWN.search(subject.resource.listing.words):
        return ""
    return "the document does not say that a list holds only your own things; if so: owner = true"


def hidden(subject: Subject) -> str:
    """For strangers a thing does not exist."""
    missing = owners(subject)
    if missing:
        return missing
    open_ = [one.name for one in subject.resource.operations if one.declared(403) == "403"]
    return f"{open_[0]} is documented to answer 403, so that strangers may know what exists" if open_ else ""


def newest_first(subject: Subject) -> str:
    if NEWEST.search(subject.resource.listing.words):
        return ""
    return "the document does not say that lists begin with the newest"


def nullable_text(subject: Subject) -> str:
    resource = subject.resource
    field = resource.change_body.fields.get(resource.text) or resource.body.fields.get(resource.text)
    if field is not None and field.nullable and resource.text not in resource.body.required:
        return ""
    return f"{resource.text or 'the text'} is not nullable"


def unmarked_edits(subject: Subject) -> str:
    """An edit changes nothing but what was sent."""
    found = [name for name in subject.resource.thing.fields if name not in subject.resource.writable]
    marks = [name for name in found if EDITED.search(name)]
    return f"an edit changes {marks[0]} as well" if marks else ""


def whole_things(subject: Subject) -> str:
    """A list shows the same fields as the thing itself, and reading changes none."""
    resource = subject.resource
    shown, answered = set(resource.item.fields), set(resource.created.fields or resource.thing.fields)
    if shown != answered:
        return "lists show other fields than the thing itself has"
    restless = [name for name in resource.thing.fields if name not in resource.stable]
    return f"{restless[0]} may change by itself" if restless else ""


def exact_text(subject: Subject) -> str:
    field = subject.resource.body.fields.get(subject.resource.text)
    if field is not None and EXACT.search(field.words) and not field.data.get("minLength"):
        return ""
    return "the document does not say that any text, even an empty one, is kept as it is"


def strict_bodies(subject: Subject) -> str:
    resource = subject.resource
    if resource.body.closed and (resource.change is None or resource.change_body.closed):
        return ""
    return "the document does not say that unknown fields are refused (additionalProperties: false)"


def web_words(subject: Subject) -> str:
    """All that is said about the field with an address."""
    found = subject.resource.body.fields.get(subject.resource.web)
    return found.words if found is not None else ""


def web_schemes(subject: Subject) -> str:
    said = web_words(subject)
    if re.search(r"(?i)\bhttps?\b", said) and STRICT.search(said):
        return ""
    return "the document does not say which addresses are refused"


def public_addresses(subject: Subject) -> str:
    said = web_words(subject)
    return "" if PUBLIC.search(said) else "the document does not say that private addresses are refused"


def methods(subject: Subject) -> str:
    document = subject.document
    said = "405" in document.words or any(one.declared(405) == "405" for one in document.operations)
    return "" if said else "the document does not mention 405"


def whole_server(subject: Subject) -> str:
    """The API is all that the server has: nothing of it answers with pages."""
    first = {one.path.split("/")[1] for one in subject.document.operations if one.path.count("/")}
    if len(first) > 1 and not subject.document.base_path:
        return ""
    return "the API lies below one path, and the server may have pages beside it"


def utc(subject: Subject) -> str:
    field = subject.resource.body.fields.get(subject.resource.instant)
    return "" if field is not None and "UTC" in field.words else "the document does not say that times come back in UTC"


def atomic_delete(subject: Subject) -> str:
    delete = subject.resource.delete
    if delete is not None and delete.declared(404) == "404":
        return ""
    return "the document does not say what a second DELETE is answered"


def pages(subject: Subject) -> str:
    if subject.resource.items == "?":
        return "no list of things was found in the answer of " + subject.resource.listing.name
    return "" if subject.resource.paging.style else "its lists are not paged"


def heads(subject: Subject) -> str:
    paths = {subject.resource.path, subject.resource.item_path}
    said = any(one.method == "HEAD" and one.path in paths for one in subject.document.operations)
    return "" if said else "the document does not have HEAD for its collection"


def private_list(subject: Subject) -> str:
    return "the collection is open to everybody" if subject.resource.listing.open else ""


def strict_parsing(subject: Subject) -> str:
    """Many sound servers keep the first of two Host headers."""
    said = re.search(r"(?i)two Host|one Host|malformed requests", subject.document.words)
    return "" if said else "the document does not say how strictly HTTP is read"


FACTS: dict[str, Fact] = {
    "private list": private_list,
    "strict parsing": strict_parsing,
    "a document": lambda subject: "",
    "pages": pages,
    "HEAD": heads,
    "owners": owners,
    "own lists": own_lists,
    "hidden from strangers": hidden,
    "newest first": newest_first,
    "nullable text": nullable_text,
    "unmarked edits": unmarked_edits,
    "whole things in lists": whole_things,
    "exact text": exact_text,
    "strict bodies": strict_bodies,
    "strict addresses": web_schemes,
    "public addresses": public_addresses,
    "405": methods,
    "whole server": whole_server,
    "UTC": utc,
    "second DELETE": atomic_delete,
}


def open_get(operation: Operation) -> bool:
    """Anybody may ask for it, as it stands."""
    return (
        operation.method == "GET"
        and operation.open
        and "{" not in operation.path
        and not any(one.required for one in operation.parameters)
        and 200 in operation.success()
    )
