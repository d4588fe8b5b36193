"""The databases on which `sql` drills run, one module each."""

from backroad.drills.databases.engine import Engine
from backroad.drills.databases.postgresql import Postgresql
from backroad.drills.databases.sqlite import Sqlite

ENGINES: dict[str, Engine] = {"sqlite": Sqlite(), "postgresql": Postgresql()}
"""What a drill may name as its `database` -> what runs it."""
