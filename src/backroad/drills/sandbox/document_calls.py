"""The methods of a collection that drills have, as calls of pymongo's or mongomock's. Runs inside the child."""

from collections.abc import Callable
from typing import Any

from backroad.drills.sandbox import served, shell
from backroad.drills.sandbox.document_shown import Ordered, Outcome

STAGES = {
    "$addFields", "$bucket", "$bucketAuto", "$count", "$facet", "$geoNear", "$graphLookup", "$group", "$limit",
    "$lookup", "$match", "$project", "$redact", "$replaceRoot", "$replaceWith", "$set", "$setWindowFields", "$skip",
    "$sort", "$sortByCount", "$unionWith", "$unset", "$unwind",
}  # fmt: skip


def read(collection: Any, calls: list[shell.Call]) -> Outcome:
    """`find` or `aggregate`, and what follows it."""
    first, *others = calls
    if first.name == "aggregate":
        if any(call.name not in ("toArray", "pretty") for call in others):
            raise served.Broken(f"`.{others[0].name}()` cannot follow `aggregate`; write a stage")
        return Outcome("documents", _bounded(collection.aggregate(_pipeline(*first.arguments))))
    asked: dict[str, Any] = {"projection": None, "sort": None, "skip": 0, "limit": 0}
    spec, asked["projection"] = _filter(*first.arguments)
    for call in others:
        if call.name in ("toArray", "pretty"):
            continue
        if call.name not in asked or len(call.arguments) != 1:
            raise served.Broken(f"`.{call.name}()` cannot be used here; there are sort, skip, limit and projection")
        (asked[call.name],) = call.arguments
    for name in ("skip", "limit"):
        if not isinstance(asked[name], int) or isinstance(asked[name], bool) or asked[name] < 0:
            raise served.Broken(f"`.{name}()` needs a whole number from 0")
    asked["sort"] = _sorting(asked["sort"])
    return Outcome("documents", _bounded(collection.find(spec, **asked)))


def _filter(spec: Any = None, projection: Any = None, *rest: Any) -> tuple[dict[str, Any], Any]:
    if rest or not isinstance(spec, dict | None) or not isinstance(projection, dict | None):
        raise served.Broken("it takes a filter and a projection, both documents in braces")
    return spec or {}, projection or None


def _pipeline(pipeline: Any = None, options: Any = None) -> list[dict[str, Any]]:
    if not isinstance(pipeline, list) or not all(isinstance(stage, dict) and len(stage) == 1 for stage in pipeline):
        raise served.Broken("`aggregate` takes a list of stages, each a document with one operator: [{$match: {…}}, …]")
    found: list[dict[str, Any]] = []
    for stage in pipeline:
        ((name, inner),) = stage.items()
        if name not in STAGES:
            raise served.Broken(f"`{name}` is not a stage that drills have")
        if name == "$facet" and isinstance(inner, dict):
            found.append({name: {facet: _pipeline(stages) for facet, stages in inner.items()}})
        elif name == "$sortByCount":
            found += [{"$group": {"_id": inner, "count": {"$sum": 1}}}, {"$sort": {"count": -1}}]
        elif name == "$unset" and isinstance(inner, str | list) and all(isinstance(field, str) for field in inner):
            found.append({"$project": dict.fromkeys([inner] if isinstance(inner, str) else inner, 0)})
        else:
            found.append(stage)
    return found


def _sorting(spec: Any) -> list[tuple[str, Any]] | None:
    if spec is None:
        return None
    if not isinstance(spec, dict) or any(isinstance(way, bool) or way not in (1, -1) for way in spec.values()):
        raise served.Broken("a sort is a document such as {price: -1}: 1 rises, -1 falls")
    return list(spec.items()) or None


def _bounded(cursor: Any) -> list[Any]:
    found: list[Any] = []
    for document in cursor:
        if len(found) == served.MOST_PARTS:
            raise served.Stopped(f"it gives more than {served.MOST_PARTS:,} documents")
        found.append(document)
    return found


def _find_one(collection: Any, *arguments: Any) -> Outcome:
    spec, projection = _filter(*arguments)
    found = collection.find_one(spec, projection)
    return Outcome("documents", [found]) if found is not None else Outcome("value", [None])


def _count(collection: Any, spec: Any = None) -> Outcome:
    return Outcome("value", [collection.count_documents(_filter(spec)[0])])


def _distinct(collection: Any, field: Any = None, spec: Any = None) -> Outcome:
    if not isinstance(field, str):
        raise served.Broken("`distinct` takes the name of a field in quotes")
    return Outcome("values", _bounded(collection.distinct(field, _filter(spec)[0])))


def _insert_one(collection: Any, document: Any = None) -> Outcome:
    if not isinstance(document, dict):
        raise served.Broken("`insertOne` takes one document in braces")
    return Outcome("wrote", [{"insertedId": collection.insert_one(document).inserted_id}])


def _insert_many(collection: Any, documents: Any = None, options: Any = None) -> Outcome:
    if not isinstance(documents, list) or not documents or not all(isinstance(one, dict) for one in documents):
        raise served.Broken("`insertMany` takes a list of documents")
    ordered = _options(options, ("ordered",)).get("ordered", True)
    return Outcome("wrote", [{"insertedCount": len(collection.insert_many(documents, ordered=ordered).inserted_ids)}])


def _options(options: Any, names: tuple[str, ...]) -> dict[str, Any]:
    if options is None:
        return {}
    if not isinstance(options, dict):
        raise served.Broken("the options are a document in braces")
    for name in options:
        if name not in names:
            raise served.Broken(
                f"`{name}` is not an option here; there {'is' if len(names) == 1 else 'are'} {', '.join(names)}"
            )
    return options


def _change(collection: Any, spec: Any, update: Any, operators: bool | None) -> None:
    """`operators` says whether the update must hold operators, or must not."""
    if not isinstance(spec, dict) or not isinstance(update, dict | list):
        raise served.Broken("it takes a filter and a change, both documents in braces")
    if isinstance(update, list):
        raise NotImplementedError("a pipeline as an update")
    first = next(iter(update), "")
    if operators and not first.startswith("$"):
        raise served.Broken("an update needs operators such as {$set: {…}}")
    if operators is False and first.startswith("$"):
        raise served.Broken("a replacement is a whole document, without operators")


def _updating(name: str, operators: bool = True) -> Callable[..., Outcome]:
    def update(collection: Any, spec: Any = None, change: Any = None, options: Any = None) -> Outcome:
        _change(collection, spec, change, operators)
        chosen = _options(options, ("upsert", "arrayFilters") if operators else ("upsert",))
        if "arrayFilters" in chosen:
            chosen = {**chosen, "array_filters": chosen["arrayFilters"]}
            del chosen["arrayFilters"]
        done = getattr(collection, name)(spec, change, **chosen)
        said = {"matchedCount": done.matched_count, "modifiedCount": done.modified_count}
        upserted = {"upsertedId": done.upserted_id} if done.upserted_id is not None else {}
        return Outcome("wrote", [said | upserted])

    return update


def _deleting(name: str) -> Callable[..., Outcome]:
    def delete(collection: Any, spec: Any = None) -> Outcome:
        if not isinstance(spec, dict):
            raise served.Broken("it takes a filter in braces; {} matches every document")
        return Outcome("wrote", [{"deletedCount": getattr(collection, name)(spec).deleted_count}])

    return delete


def _find_and(name: str, operators: bool | None) -> Callable[..., Outcome]:
    def find(collection: Any, spec: Any = None, *rest: Any) -> Outcome:
        change, options = (None, *rest) if operators is None else (*rest, None, None)[:2]
        if operators is None:
            options = rest[0] if rest else None
            _filter(spec)
        else:
            _change(collection, spec, change, operators)
        names = ("sort", "projection", "upsert", "returnDocument", "returnNewDocument")
        chosen = dict(_options(options, names[:2] if operators is None else names))
        after = chosen.pop("returnDocument", "before")
        new = chosen.pop("returnNewDocument", False) is True
        if after not in ("before", "after"):
            raise served.Broken('`returnDocument` is "before" or "after"')
        chosen["sort"] = _sorting(chosen.get("sort"))
        if operators is not None:
            chosen |= {"return_document": new or after == "after"}
        arguments = [spec] if operators is None else [spec, change]
        found = getattr(collection, name)(*arguments, **chosen)
        return Outcome("documents", [found]) if found is not None else Outcome("value", [None])

    return find


def _create_index(collection: Any, keys: Any = None, options: Any = None) -> Outcome:
    if not isinstance(keys, dict) or not keys:
        raise served.Broken("`createIndex` takes its fields, as {email: 1}, and then its options")
    if any(isinstance(way, bool) or way not in (1, -1) for way in keys.values()):
        raise served.Broken("each field of an index is 1 or -1 in a drill")
    names = ("unique", "sparse", "name", "expireAfterSeconds", "partialFilterExpression")
    chosen = _options(options, names)
    return Outcome("wrote", [{"created": collection.create_index(list(keys.items()), **chosen)}])


def _indexes(collection: Any) -> Outcome:
    """Without names and versions, in which servers and learners differ."""
    found = [
        {"key": Ordered(index["key"])}
        | {name: index[name] for name in sorted(index) if name not in ("key", "v", "name", "ns")}
        for index in collection.list_indexes()
    ]
    return Outcome("documents", found)


def _drop_index(collection: Any, name: Any = None) -> Outcome:
    if not isinstance(name, str):
        raise served.Broken("`dropIndex` takes the name of an index in quotes")
    collection.drop_index(name)
    return Outcome("wrote", [{"dropped": name}])


METHODS: dict[str, Callable[..., Outcome]] = {
    "findOne": _find_one,
    "countDocuments": _count,
    "distinct": _distinct,
    "insertOne": _insert_one,
    "insertMany": _insert_many,
    "updateOne": _updating("update_one"),
    "updateMany": _updating("update_many"),
    "replaceOne": _updating("replace_one", operators=False),
    "deleteOne": _deleting("delete_one"),
    "deleteMany": _deleting("delete_many"),
    "findOneAndUpdate": _find_and("find_one_and_update", True),
    "findOneAndReplace": _find_and("find_one_and_replace", False),
    "findOneAndDelete": _find_and("find_one_and_delete", None),
    "createIndex": _create_index,
    "getIndexes": _indexes,
    "dropIndex": _drop_index,
}
NAMES = {"find", "aggregate", *METHODS}
