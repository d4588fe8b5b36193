"""Where the shipped curriculum and labs are, and where the learner's data goes."""

import os
from pathlib import Path

import platformdirs

_PACKAGE = Path(__file__).resolve().parent.parent


def _shipped(name: str) -> Path:
    """In a wheel the folder lies inside the package; in a checkout, at its root."""
    inside = _PACKAGE / f"_{name}"
    return inside if inside.is_dir() else _PACKAGE.parent.parent / name


def content_dir() -> Path:
    return _shipped("content")


def labs_dir() -> Path:
    return _shipped("labs")


def static_dir() -> Path:
    return _PACKAGE / "static"


def home_dir() -> Path:
    """The learner's data: `BACKROAD_HOME`, else the platform's place for user data."""
    chosen = os.environ.get("BACKROAD_HOME")
    return Path(chosen).expanduser() if chosen else Path(platformdirs.user_data_dir("backroad", appauthor=False))
