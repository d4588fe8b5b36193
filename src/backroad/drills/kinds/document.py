"""**document**: queries, pipelines and changes in MongoDB's shell syntax, run against collections of documents.

Judged as `served.py` says. `setup`, `others`, `check` and the answers are statements such as
`db.orders.find({status: "paid"}, {_id: 0}).sort({total: -1})`, read by our own parser; `ordered` asks for the order of
the documents too. An error in a writing call of the `check` is passed over, so that it may try what must fail.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Self

import msgspec

from backroad.drills.kinds.served import Ran, Served, truth
from backroad.drills.model import Kind
from backroad.drills.table import Table
from backroad.kit.execute import Language


class Document(Served, frozen=True, kw_only=True):
    kind: ClassVar[Kind] = "document"
    title: ClassVar[str] = "Query documents"
    fields: ClassVar[tuple[str, ...]] = (*Served.fields, "ordered")
    server: ClassVar[str] = "MongoDB"
    variable: ClassVar[str] = "BACKROAD_DRILL_MONGODB_URL"
    module: ClassVar[str] = "document_child"
    packages: ClassVar[tuple[str, ...]] = ("mongomock", "packaging", "pytz", "sentinels")
    highlighted: ClassVar[Language] = "node"
    shell: ClassVar[str] = "mongodb"

    ordered: bool = False

    def asked_and_key(self) -> Sequence[object]:
        return [*super().asked_and_key(), self.ordered]

    @classmethod
    def read(cls, table: Table, base: Mapping[str, Any]) -> Self:
        return msgspec.structs.replace(super().read(table, base), ordered=truth(table, "ordered"))

    def differences(self, got: Ran, wanted: Ran) -> str:
        if not got.noun:
            return "These statements give nothing. End with the call that answers."
        mine, right = Counter(got.values), Counter(wanted.values)
        if mine == right:
            moved = self.ordered and got.values != wanted.values
            return "The documents are right, their order is not." if moved else ""
        if got.noun != wanted.noun:
            return f"This gives {_NOUNS[got.noun]}, wanted {_NOUNS[wanted.noun]}."
        if len(got.parts) != len(wanted.parts):
            noun = "value" if got.noun == "values" else "document"
            verb = "is" if len(got.parts) == 1 else "are"
            return f"There {verb} {len(got.parts)} {noun}{'' if verb == 'is' else 's'}, wanted {len(wanted.parts)}."
        if set(got.columns) != set(wanted.columns):
            return f"The fields are {_listed(got.columns)}; wanted {_listed(wanted.columns)}."
        if len(wanted.parts) == 1:
            return (
                "The fields are right, their values are not." if len(wanted.columns) > 1 else "The value is not right."
            )
        return "The number of documents is right, their values are not."


_NOUNS = {
    "documents": "documents",
    "values": "a list of values",
    "value": "a single value",
    "wrote": "what a change has done",
}


def _listed(names: Sequence[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)
