"""Persisted queries: a client sends a document once, and from then on its SHA-256 (Apollo's protocol, version 1)."""

import hashlib
import re
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

from backroad.kit.errors import Problem

MOST = 1_000
LONGEST = 20_000
"""Characters of a document that is kept."""
_HASH = re.compile(r"[0-9a-f]{64}")


class NotPersisted(Exception):
    """The client is to send the document together with its hash."""


class Persisted:
    """The documents of this process, the least used one forgotten first; no hash can stand for another document."""

    def __init__(self) -> None:
        self._documents: OrderedDict[str, str] = OrderedDict()

    def document(self, query: str | None, extensions: Mapping[str, Any] | None) -> str | None:
        """The document of a request, which may be known by its hash alone. Raises NotPersisted or a Problem."""
        asked = (extensions or {}).get("persistedQuery")
        if asked is None:
            return query
        digest = asked.get("sha256Hash") if isinstance(asked, dict) else None
        if not isinstance(digest, str) or not _HASH.fullmatch(digest) or asked.get("version") != 1:
            raise Problem(
                "The persisted query is not one.", "Send version 1 and a sha256Hash of 64 hexadecimal digits."
            )
        if query is None:
            if digest not in self._documents:
                raise NotPersisted
            self._documents.move_to_end(digest)
            return self._documents[digest]
        if hashlib.sha256(query.encode()).hexdigest() != digest:
            raise Problem("The sha256Hash is not the one of the document.", "Hash the very text that you send.")
        if len(query) <= LONGEST:
            self._documents[digest] = query
            self._documents.move_to_end(digest)
            if len(self._documents) > MOST:
                self._documents.popitem(last=False)
        return query
