"""The page of all settings, made from their table.

`python -m backroad.operations.settings_page` prints docs/settings.md.
"""

import sys

from backroad.settings import SETTINGS, Setting

HEAD = """# Settings

All by environment variables; at start, everything that is wrong with them is said together, and nothing starts. This
page is made from their table: `python -m backroad.operations.settings_page > docs/settings.md`.

Each of them may be a file instead: with `BACKROAD_SECRET_KEY_FILE=/run/secrets/key`, the value is what stands in that
file. That is how secrets (marked ●) should be given: the environment of a process is easily shown to others. In server
mode, a variable that begins with `BACKROAD_` and is none of these is refused, since it is a spelling mistake.

[docs/self-hosting.md](self-hosting.md) says what a server needs.
"""
REST = """## Not for servers alone

| variable | default | |
|---|---|---|
| `BACKROAD_NOW` | the clock | pretend it is this time (ISO 8601), for demonstrations and tests |
| `BACKROAD_DRILL_MONGODB_URL` | an embedded one | MongoDB for `document` drills, which get databases of their own \
named `backroad_drill_…`; needs `pip install "backroad[services]"` |
| `BACKROAD_DRILL_POSTGRESQL_URL` | the one of `pip install "backroad[services]"` | PostgreSQL 13 or newer for \
`sql` drills that name it, by a user who may make databases and roles; each answer gets its own, named \
`backroad_drill_…`, and they are dropped after it |
| `BACKROAD_DRILL_REDIS_URL` | an embedded one | Redis 7 for `redis` drills, which borrow an empty database of 1 to 15 |
| `BACKROAD_DEBUG` | off | show the traceback of a fault of Backroad's own |

OpenTelemetry's own variables (`OTEL_TRACES_SAMPLER`, `OTEL_EXPORTER_OTLP_HEADERS`, …) work where traces are sent.

## What a learner sets

Minutes, first day, days off, language and road are asked at the first visit and changed on the Settings page or with
`PUT /api/v1/learner`. Only there are: the deadline, the retention that reviews aim at (80 to 95 %, usually 90), reviews
a day (at most 100 unless changed), the time at which sessions begin in the calendar, and the address of the calendar
feed, which can be renewed.
"""


def to_markdown() -> str:
    rows = ["| variable | default | |", "|---|---|---|", *map(row, SETTINGS)]
    return "\n".join([HEAD, *rows, "", REST])


def row(setting: Setting) -> str:
    code = bool(setting.default) and " " not in setting.default
    default = f"`{setting.default}`" if code else setting.default or "none"
    return f"| `{setting.variable}`{' ●' if setting.secret else ''} | {default} | {setting.meaning} |"


if __name__ == "__main__":
    sys.stdout.write(to_markdown())
