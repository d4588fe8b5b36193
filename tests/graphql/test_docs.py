"""docs/api.md names every query and mutation, and no other."""

import re
from pathlib import Path

from backroad.schema import schema_of

DOCS = Path(__file__).parents[2] / "docs" / "api.md"


def test_every_field_is_named() -> None:
    rows = re.findall(r"^\| [^|]+ \| ((?:`\w+`(?:, )?)*) ?\| ((?:`\w+`(?:, )?)*) ?\|$", DOCS.read_text(), re.MULTILINE)
    named = [set(re.findall(r"`(\w+)`", " ".join(column))) for column in zip(*rows, strict=True)]
    schema = schema_of(server=True)._schema
    assert schema.query_type is not None
    assert schema.mutation_type is not None
    assert named == [set(schema.query_type.fields), set(schema.mutation_type.fields)]
    alone = {"cohorts", "comments", "joinCohort"}
    local = schema_of(server=False)._schema
    assert local.query_type is not None
    assert local.mutation_type is not None
    assert not alone & {*local.query_type.fields, *local.mutation_type.fields}, "without a server there are no cohorts"
