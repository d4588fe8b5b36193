"""What can be set from outside, all of it by environment variables, checked together at start."""

import os
from collections.abc import Mapping
from pathlib import Path

import msgspec

from backroad.kit.db import sqlite_url
from backroad.kit.errors import Problem
from backroad.kit.paths import home_dir

DEFAULT_PORT = 8321


class Settings(msgspec.Struct, frozen=True):
    home: Path
    """Where the learner's data lies: the database and nothing else."""
    port: int = DEFAULT_PORT
    """The port on 127.0.0.1 that `backroad start` listens on."""

    @property
    def database_file(self) -> Path:
        return self.home / "backroad.db"

    @property
    def database_url(self) -> str:
        return sqlite_url(self.database_file)


def load(environ: Mapping[str, str] = os.environ) -> Settings:
    """Read the settings; every wrong one is named in a single Problem."""
    wrong = []
    port_text = environ.get("BACKROAD_PORT", str(DEFAULT_PORT))
    port = int(port_text) if port_text.isdecimal() else -1
    if not 1 <= port <= 65535:
        wrong.append(f"BACKROAD_PORT is {port_text!r}; it must be a number from 1 to 65535.")
    home = home_dir()
    if home.exists() and not home.is_dir():
        wrong.append(f"BACKROAD_HOME is {str(home)!r}, which is a file; it must be a folder.")
    if wrong:
        raise Problem(" ".join(wrong), "Correct the environment variable and start again.")
    return Settings(home=home, port=port)
