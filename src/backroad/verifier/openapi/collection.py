"""What the shared checks call the fields and parameters of an inferred collection."""

import re
from collections.abc import Mapping
from typing import Any

from backroad.verifier.driver import Collection
from backroad.verifier.openapi.facts import Subject, open_get

HEALTH = ("health", "live", "ready", "ping", "status")
SAID = re.compile(r"(\d[\d,_]*)\s*bytes[^.]{0,80}\b413\b|\b413\b[^.]{0,80}?(\d[\d,_]*)\s*bytes")


def health_of(subject: Subject) -> str:
    """A path that anybody may ask: best one that says so by its name."""
    found = [one.path for one in subject.document.operations if open_get(one)]
    named = [path for path in found if path.rsplit("/", 1)[-1].lower().startswith(HEALTH)]
    return next(iter([*named, *found]), "")


def collection_of(subject: Subject) -> Collection:
    resource, paging = subject.resource, subject.resource.paging
    return Collection(
        path=resource.path,
        text=resource.text,
        unique=resource.unique,
        web=resource.web,
        instant=resource.instant,
        wrong=wrong_of(subject),
        items=resource.items,
        next_cursor=paging.next,
        cursor=paging.position,
        limit=paging.limit or "limit",
        default_size=paging.default_size,
        max_size=paging.max_size,
        body_limit=subject.hints.body_limit or said_limit(subject) or 0,
    )


def wrong_of(subject: Subject) -> Mapping[str, Any]:
    """For some fields a value of another type."""
    found: dict[str, Any] = {}
    for name, field in subject.resource.body.fields.items():
        if field.kind == "string" and not field.read_only:
            found[name] = 42
        elif field.kind in ("integer", "number", "boolean"):
            found[name] = "no such thing"
    return dict(list(found.items())[:4])


def said_limit(subject: Subject) -> int:
    """How many bytes a body may have, if the description says so near 413."""
    if not subject.resource.create.declared(413):
        return 0
    near = SAID.search(subject.document.words)
    return int(re.sub(r"[,_]", "", next(filter(None, near.groups())))) if near else 0
