"""Server-rendered pages: one template environment over all features' templates.

A template is named `<feature>/<page>.html` and lies in `src/backroad/<feature>/templates/<page>.html`;
a name without a folder is the kit's own. Contexts are plain dicts, lists, strings and numbers: minijinja
renders those several times faster than objects.
"""

import functools
import hashlib
from collections.abc import Mapping
from contextvars import ContextVar
from pathlib import Path
from typing import Any

import minijinja
import msgspec
from litestar import MediaType, Response

from backroad.kit import clock
from backroad.kit.paths import static_dir
from backroad.kit.say import plural, say_day, say_minutes

viewer: ContextVar[Mapping[str, Any] | None] = ContextVar("viewer", default=None)
"""Who is signed in, for what stands on every page: {"name", "role"}; None in local mode and for strangers."""
_PACKAGE = Path(__file__).resolve().parent.parent


def _load(name: str) -> str | None:
    feature, _, file = name.rpartition("/")
    path = _PACKAGE / (feature or "kit") / "templates" / file
    return path.read_text(encoding="utf-8") if path.is_file() else None


@functools.cache
def static_version() -> str:
    """A short hash of the built scripts and styles, so that browsers may keep them for ever."""
    digest = hashlib.sha256()
    for file in sorted(static_dir().glob("*.*")):
        digest.update(file.read_bytes())
    return digest.hexdigest()[:10]


def static_url(name: str) -> str:
    return f"/static/{name}?v={static_version()}"


@functools.cache
def environment() -> minijinja.Environment:
    env = minijinja.Environment(loader=_load, trim_blocks=True, lstrip_blocks=True)
    env.undefined_behavior = "strict"
    env.add_global("static", static_url)
    env.add_filter("minutes", say_minutes)
    env.add_filter("day", say_day)
    env.add_filter("plural", plural)
    return env


def render(template: str, context: dict[str, Any]) -> str:
    return environment().render_template(template, today=clock.today().isoformat(), viewer=viewer.get(), **context)


def page(template: str, *, status: int = 200, **context: Any) -> Response[str]:
    """A page from a template; structs in the context become plain dicts."""
    plain = msgspec.to_builtins(context, str_keys=True)
    headers = {"cache-control": "no-store"}
    return Response(render(template, plain), status_code=status, media_type=MediaType.HTML, headers=headers)
