"""What the verifier says when it cannot start or go on."""


class VerifierError(Exception):
    """One sentence for the person at the keyboard; `hint` says what to do."""

    def __init__(self, sentence: str, *, hint: str = "") -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.sentence} {self.hint}".strip()


class StartFailed(VerifierError):
    """The target did not come up (again)."""
