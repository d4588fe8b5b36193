"""What a credential says, and the row that remembers that it was issued."""

from datetime import datetime
from typing import Any, Literal

import msgspec

from backroad.progress.model import Provenance

State = Literal["valid", "self-asserted", "revoked", "expired", "altered", "foreign", "unreadable"]
LONGEST_REASON = 200


class Proof(msgspec.Struct, frozen=True):
    """One thing that proves a skill (`lab:<slug>`, `reviews`, `instructor`), and what it rests on."""

    name: str
    provenance: Provenance
    """The weakest of the evidence that it takes."""
    passed: int
    """How many checks, or different drills, it takes."""
    first_at: datetime
    last_at: datetime


class ProvenSkill(msgspec.Struct, frozen=True):
    """A skill as the ledger proves it now. `by_provenance` counts everything in it that was passed."""

    id: str
    title: str
    claim: str
    proofs: tuple[Proof, ...]
    by_provenance: dict[str, int]
    passed: int
    failed: int
    first_at: datetime
    last_at: datetime
    fading: bool

    @property
    def provenance(self) -> Provenance:
        """The strongest of its proofs."""
        return max((proof.provenance for proof in self.proofs), key=STRENGTH.index)


STRENGTH: tuple[Provenance, ...] = ("self-run", "instructor", "supervised")
"""From what nobody watched to what a machine of the issuer measured."""


class Subject(msgspec.Struct, frozen=True):
    """What a credential is about: a skill, or all proven skills of a road."""

    kind: Literal["skill", "road"]
    ref: str
    title: str
    claim: str
    skills: tuple[ProvenSkill, ...]
    of: int
    """How many skills there are in it."""

    @property
    def name(self) -> str:
        return f"{self.kind}:{self.ref}"


class Credential(msgspec.Struct, frozen=True):
    id: str
    person: str
    subject: str
    title: str
    standing: str
    """Hash of what it says is proven, and how."""
    jwt: str
    issued_at: datetime
    revoked_at: datetime | None = None
    reason: str = ""


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """What can be said of a token, in one sentence; `document` is the credential in it, as far as it could be read."""

    state: State
    sentence: str
    hint: str = ""
    id: str = ""
    issuer: str = ""
    document: dict[str, Any] = {}

    @property
    def good(self) -> bool:
        return self.state in ("valid", "self-asserted")
