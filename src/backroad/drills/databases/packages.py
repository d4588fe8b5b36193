"""How children that need packages are started: with `-I -S`, and with the folders of those packages alone."""

import importlib.util
from pathlib import Path

from backroad.kit.errors import Problem

SOURCE = str(Path(__file__).resolve().parents[3])
START = "import sys; sys.path[:0] = sys.argv[1].split(':'); from backroad.drills.sandbox import {0}; {0}.main()"


def folder_of(package: str) -> str:
    """Where a package lies, without importing it."""
    found = importlib.util.find_spec(package)
    if found is None or found.origin is None:
        raise Problem(f"The package {package} is not installed.", "Install Backroad again: it belongs to it.")
    path = Path(found.origin)
    return str(path.parents[1] if path.name == "__init__.py" else path.parent)
