"""What happens during a run, as small JSON-encodable structs: for live pages, the terminal and storage."""

import msgspec

from backroad.verifier.report import CheckReport, Report, Summary


class StagePlan(msgspec.Struct, frozen=True):
    number: int
    title: str
    checks: tuple[str, ...]


class RunStarted(msgspec.Struct, frozen=True, tag="run_started", tag_field="event"):
    lab: str
    title: str
    target: str
    command: str
    seed: str
    stages: tuple[StagePlan, ...]


class StageStarted(msgspec.Struct, frozen=True, tag="stage_started", tag_field="event"):
    number: int


class CheckStarted(msgspec.Struct, frozen=True, tag="check_started", tag_field="event"):
    stage: int
    id: str
    claim: str


class CheckNoted(msgspec.Struct, frozen=True, tag="check_noted", tag_field="event"):
    """One line of a check's transcript."""

    id: str
    text: str


class CheckFinished(msgspec.Struct, frozen=True, tag="check_finished", tag_field="event"):
    stage: int
    check: CheckReport


class TargetRestarted(msgspec.Struct, frozen=True, tag="target_restarted", tag_field="event"):
    after: str  # id of the check
    reason: str


class StageFinished(msgspec.Struct, frozen=True, tag="stage_finished", tag_field="event"):
    number: int
    summary: Summary
    seconds: float


class RunFinished(msgspec.Struct, frozen=True, tag="run_finished", tag_field="event"):
    report: Report


Event = (
    RunStarted
    | StageStarted
    | CheckStarted
    | CheckNoted
    | CheckFinished
    | TargetRestarted
    | StageFinished
    | RunFinished
)

_encoder = msgspec.json.Encoder()
_decoder: msgspec.json.Decoder[Event] = msgspec.json.Decoder(Event)


def encode_event(event: Event) -> bytes:
    return _encoder.encode(event)


def decode_event(data: bytes | str) -> Event:
    return _decoder.decode(data)
