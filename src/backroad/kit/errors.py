"""The one error that is meant for people."""

from collections.abc import Mapping

NUL = "A text holds the character U+0000, which no database keeps."


class Problem(Exception):
    """Something the user can act on: a sentence saying what is wrong and a hint saying what to do.

    `status` is the HTTP status that the web edges answer with, and `headers` go with it; the command line exits with 1.
    """

    headers: Mapping[str, str] = {}

    def __init__(self, sentence: str, hint: str = "", *, status: int = 400) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.hint = hint
        self.status = status

    def __str__(self) -> str:
        return f"{self.sentence} {self.hint}".strip()


class NotFound(Problem):
    """The thing is not there, or is not this learner's: the two look the same from outside."""

    def __init__(self, sentence: str, hint: str = "") -> None:
        super().__init__(sentence, hint, status=404)
