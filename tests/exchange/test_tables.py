"""Every table is exported, or is named with the reason why it is not."""

from collections.abc import Iterator

from sqlalchemy import inspect

import backroad.app  # noqa: F401 - the whole product, so that every table is registered
from backroad.exchange.parts import LEFT_OUT, PARTS, RUN_EVENTS, SETTINGS
from backroad.kit.db import metadata
from tests.exchange.conftest import MakeDb


def exported_tables() -> set[str]:
    return {part.table.name for part in PARTS}


def test_every_table_of_the_code_is_exported_or_left_out() -> None:
    assert set(metadata.tables) - set(LEFT_OUT) == exported_tables()


def test_every_table_of_the_schema_is_exported_or_left_out(make_db: MakeDb) -> None:
    names = set(make_db().run_now(lambda tx: inspect(tx).get_table_names()))
    assert {name for name in names if not name.startswith("note_search")} == exported_tables() | set(LEFT_OUT)


def test_nothing_is_both() -> None:
    assert exported_tables().isdisjoint(LEFT_OUT)


def test_every_column_is_exported_but_whose_it_is() -> None:
    for part in PARTS:
        whose = set() if part is RUN_EVENTS else {"id" if part is SETTINGS else "learner"}
        assert set(part.row.__struct_fields__) == set(part.table.c.keys()) - whose, part.name


def test_what_tells_rows_apart_is_the_primary_key() -> None:
    for part in PARTS:
        whose = {"learner"} if part is not SETTINGS else {"id"}
        assert set(part.keys) == {column.name for column in part.table.primary_key} - whose, part.name


def test_what_is_left_out_of_an_import_is_removed_by_replace() -> None:
    """Tables with a learner are either parts, which --replace empties, or derived, which the rebuild empties, or what
    learners and instructors of one server have to do with one another, which stays; and their version."""

    def personal() -> Iterator[str]:
        for name, table in metadata.tables.items():
            if "learner" in table.c and name not in exported_tables():
                yield name

    of_server = {"cohort_member", "run_comment", "submission"}
    assert set(personal()) == {"standing", "verdict", "memory", "touched"} | of_server
