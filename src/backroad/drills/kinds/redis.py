"""**redis**: commands, one a line, run against a fresh Redis database and judged by replies.

Judged as `served.py` says: by the reply to the last command, or by those to the commands of `check`. `# wait 61` in
`setup`, `others` or `check` lets that many seconds pass. What stands below `# meanwhile` in one of `others` is run by
another client right before the learner's last command that writes.
"""

from typing import ClassVar

from backroad.drills.kinds.served import Ran, Served
from backroad.drills.model import Kind
from backroad.kit.execute import Language


class Redis(Served, frozen=True, kw_only=True):
    kind: ClassVar[Kind] = "redis"
    title: ClassVar[str] = "Write Redis commands"
    server: ClassVar[str] = "Redis"
    variable: ClassVar[str] = "BACKROAD_DRILL_REDIS_URL"
    module: ClassVar[str] = "redis_child"
    packages: ClassVar[tuple[str, ...]] = ("fakeredis", "redis", "sortedcontainers")
    highlighted: ClassVar[Language] = "sh"
    shell: ClassVar[str] = "redis"

    def differences(self, got: Ran, wanted: Ran) -> str:
        if not got.noun:
            return "There is no command here."
        if got.values == wanted.values:
            return ""
        if not self.check:
            return "The reply to the last command is another one."
        wrong = [
            mine.cells[0][0] for mine, right in zip(got.parts, wanted.parts, strict=True) if mine.value != right.value
        ]
        others = (
            f", and {len(wrong) - 1} more replies differ" if len(wrong) > 2 else ", and one more" if wrong[1:] else ""
        )
        return f"Afterwards `{wrong[0]}` gives something else{others}."
