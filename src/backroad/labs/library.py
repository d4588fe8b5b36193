"""The labs that ship with Backroad, read once and kept."""

import functools
from pathlib import Path

from backroad.kit.errors import NotFound, Problem
from backroad.verifier.errors import VerifierError
from backroad.verifier.lab import Lab, load_lab


class LabLibrary:
    def __init__(self, root: Path) -> None:
        self.root = root
        self.slugs = tuple(sorted(path.parent.name for path in root.glob("*/lab.toml")))

    @functools.cached_property
    def all(self) -> tuple[Lab, ...]:
        return tuple(self.get(slug) for slug in self.slugs)

    def get(self, slug: str, app: str = "") -> Lab:
        """`app`: the lab that was finished, for a lab that takes any finished backend."""
        if slug not in self.slugs:
            raise NotFound(f"There is no lab called {slug[:80]!r}.", f"The labs are: {', '.join(self.slugs)}.")
        return _load(self.root / slug, app)

    def folder(self, slug: str) -> Path:
        return self.root / self.get(slug).slug


@functools.cache
def _load(folder: Path, app: str) -> Lab:
    try:
        return load_lab(folder, app)
    except VerifierError as error:
        raise Problem(str(error), status=500) from error
