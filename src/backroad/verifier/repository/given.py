"""A folder of texts that lies on no disk: what somebody has just typed, judged by the same rules."""

import os
from collections.abc import Mapping
from pathlib import Path

from backroad.verifier.repository.folder import Folder, Trouble
from backroad.verifier.repository.git import Git, read_patterns


class GivenFolder(Folder):
    """Opens no file. Git keeps in it what its `.gitignore` files do not name."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        self._given = {path: text.encode(errors="replace") for path, text in texts.items()}
        super().__init__(Path(os.sep))

    @property
    def git(self) -> Git:
        if self._git is None:
            names = [path for path in self.named(r"\.gitignore") if self.readable(path)]
            patterns = {path.removesuffix(".gitignore"): read_patterns(self.text(path)) for path in names}
            self._git = Git("", patterns, frozenset(), found=True)
        return self._git

    def _walk(self) -> tuple[str, ...]:
        return tuple(self._given)

    def _bytes(self, path: str) -> bytes:
        if path not in self._given:
            raise Trouble(path, 1, "there is no such file", mistake=False)
        return self._given[path]
