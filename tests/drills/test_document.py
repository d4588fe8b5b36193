"""Document drills: what is judged, what is said, and what cannot do harm."""

import time
from pathlib import Path

import msgspec
import pytest

from backroad.drills.grade import grade
from backroad.drills.keys import check_keys
from backroad.drills.kinds.document import Document
from backroad.drills.load import load_drills, read_drills
from backroad.drills.model import Feedback, Result, show
from backroad.kit.errors import Problem
from tests.drills import samples

pytestmark = pytest.mark.slow  # each answer runs in a process of its own

TOML = samples.DOCUMENT_TOML
CHANGE = """
[[drill]]
id = "sell"
kind = "document"
seconds = 120
prompt = "Sell three, if there are three."
why = "One call."
setup = 'db.stock.insertOne({_id: "pen", left: 6})'
others = ['db.stock.updateOne({_id: "pen"}, {$set: {left: 2}})']
check = 'db.stock.find()'
answer = 'db.stock.updateOne({_id: "pen", left: {$gte: 3}}, {$inc: {left: -3}})'
output = '{_id: "pen", left: 3}'
wrong = [{answer = 'db.stock.updateOne({_id: "pen"}, {$inc: {left: -3}})', why = "It sells what is not there."}]
"""


def one(folder: Path, toml: str) -> Document:
    (found,) = load_drills(samples.write_skill(folder, "area.one", drills=toml))
    assert isinstance(found, Document)
    return found


@pytest.fixture(scope="module")
def drill(tmp_path_factory: pytest.TempPathFactory) -> Document:
    return one(tmp_path_factory.mktemp("document"), TOML)


@pytest.fixture(scope="module")
def change(tmp_path_factory: pytest.TempPathFactory) -> Document:
    return one(tmp_path_factory.mktemp("change"), CHANGE)


def first(result: Result) -> Feedback:
    assert result.outcome == "failed", result
    return result.feedback[0]


def test_the_key_passes_and_shows_its_documents(drill: Document) -> None:
    result = grade(drill, {"text": drill.answer})
    assert (result.outcome, result.score) == ("passed", 1)
    table = result.feedback[0].got
    assert table
    assert table.columns == ("status", "cents", "at")
    assert table.rows == (('"paid"', "700", 'ISODate("2026-01-05T09:00:00Z")'), ('"paid"', "500", ""))


SAME = [
    "db.orders.find({'status': {\"$eq\": 'paid'}}, {_id: false}).sort({cents: -1}).toArray();",
    'db["orders"].aggregate([{$match: {status: /^paid$/}}, {$sort: {cents: -1}}, {$unset: "_id"}])',
    'db.orders.find({status: {$in: ["paid"]}}).projection({_id: 0}).limit(50).skip(0).sort({cents: -1, _id: 1})',
]


@pytest.mark.parametrize("query", SAME)
def test_another_way_to_the_same_documents_passes(drill: Document, query: str) -> None:
    assert grade(drill, query).outcome == "passed"


def test_a_known_mistake_is_recognised_by_what_it_gives(drill: Document) -> None:
    why, compared = grade(drill, 'db.orders.find({status: {$ne: "x"}}, {_id: 0}).sort({cents: -1})').feedback
    assert why.why == "That is all of them."
    assert compared.why == "There are 3 documents, wanted 2."
    assert compared.got
    assert compared.expected
    assert (compared.got.marked, compared.expected.marked) == ((0,), ())


WRONG = [
    ("db.orders.find({}, {_id: 0, cents: 1}).limit(2)", "The fields are `cents`; wanted `status`, `cents`, `at`."),
    ("db.orders.find({cents: {$gte: 700}}, {_id: 0})", "The number of documents is right, their values are not."),
    ('db.orders.find({status: "paid"}, {_id: 0})', "The documents are right, their order is not."),
    ("db.orders.countDocuments()", "This gives a single value, wanted documents."),
    ('db.orders.distinct("status")', "This gives a list of values, wanted documents."),
    ("db.orders.deleteMany({})", "This gives what a change has done, wanted documents."),
    ("db.nothing.findOne({})", "This gives a single value, wanted documents."),
    ("// later", "These statements give nothing. End with the call that answers."),
    ("db.orders.insertOne({_id: 1})", "It stops here: E11000 duplicate key error."),
]


@pytest.mark.parametrize(("query", "sentence"), WRONG)
def test_each_kind_of_difference_has_its_sentence(drill: Document, query: str, sentence: str) -> None:
    feedback = grade(drill, query).feedback
    assert sentence in [part.why for part in feedback]


def test_a_literal_fails_on_other_data(drill: Document) -> None:
    query = "db.orders.find({_id: {$in: [1, 3]}}, {_id: 0}).sort({cents: -1})"
    result = grade(drill, query)
    assert [(part.text, part.ok) for part in result.feedback] == [("On the data shown", True), ("On other data", False)]
    assert result.score == 0.5


def test_numbers_are_equal_by_value_and_the_order_of_fields_does_not_count(drill: Document) -> None:
    query = """
    db.orders.aggregate([
      {$match: {status: "paid"}}, {$sort: {cents: -1}},
      {$project: {_id: 0, cents: {$add: ["$cents", 0.0]}, at: 1, status: 1}},
    ])
    """
    assert grade(drill, query).outcome == "passed"


REFUSED = [
    (
        'db.orders.find({$where: "sleep(9999)"})',
        "This cannot be run: `$where` cannot be used in a drill: it runs JavaS",
    ),
    ('db.orders.find({$expr: {$function: {body: "1"}}})', "This cannot be run: `$function` cannot be used in a drill"),
    (
        "db.orders.aggregate([{$group: {_id: 1, a: {$accumulator: {}}}}])",
        "This cannot be run: `$accumulator` cannot be",
    ),
    ('db.orders.aggregate([{$out: "other"}])', "This cannot be run: `$out` cannot be used in a drill"),
    ('db.orders.aggregate([{$facet: {a: [{$merge: "b"}]}}])', "This cannot be run: `$merge` cannot be used in a drill"),
    ("db.orders.aggregate([{$currentOp: {}}])", "This cannot be run: line 1: `$currentOp` is not a stage that drills"),
    ("db.orders.mapReduce(1, 2)", "This cannot be run: line 1: `mapReduce` cannot be used in a drill; there are agg"),
    ("db.orders.find().forEach(1)", "This cannot be run: line 1: `.forEach()` cannot be used here; there are sort"),
    ("db['system.users'].find()", "This cannot be run: line 1: the collection `system.users` cannot be used"),
    (
        "db.orders.find({a: {$foo: 1}})",
        "This cannot be run: line 1: unknown operator: $foo. Change it and answer again",
    ),
    ("db.orders.find({a: /(/})", "This cannot be run: /(/ is no regular expression"),
    ("db.orders.find().limit(-1)", "This cannot be run: line 1: `.limit()` needs a whole number from 0"),
    ("db.orders.find().sort('cents')", "This cannot be run: line 1: a sort is a document such as {price: -1}"),
    ("db.orders.updateOne({}, {cents: 1})", "This cannot be run: line 1: an update needs operators such as {$set"),
    ("db.orders.updateOne({}, {$set: {a: 1}}, {upsrt: true})", "This cannot be run: line 1: `upsrt` is not an option"),
    (
        "db.orders.updateOne({_id: 1}, {$inc: {status: 1}})",
        "This cannot be run: line 1: a value in this call, or in the",
    ),
    (
        "db.orders.aggregate([{$project: {a: {$range: [0, 9]}}}])",
        "This cannot be run: line 1: the database of drills has",
    ),
    ("db.orders.aggregate({$match: {}})", "This cannot be run: line 1: `aggregate` takes a list of stages"),
    ("db.orders.find(" + "[" * 60_000, "This cannot be run: line 1: there are more than 60 levels"),
    ("x" * 65_537, "This answer is longer than 64 KiB. Shorten it."),
    ("db.a.find('\x00')", "This answer holds bytes that are not text. Paste it as plain text."),
    (" \n ", "You have written nothing. Write your answer."),
]


@pytest.mark.parametrize(("query", "sentence"), REFUSED)
def test_what_cannot_be_run_is_a_problem_and_not_counted(drill: Document, query: str, sentence: str) -> None:
    with pytest.raises(Problem) as caught:
        grade(drill, query)
    assert str(caught.value).startswith(sentence)


def test_ids_that_the_database_makes_are_the_same_at_each_run(drill: Document) -> None:
    free = msgspec.structs.replace(drill, answer="db.b.insertOne({a: 1}); db.b.find()", wrong=(), others=())
    assert grade(free, "db.b.insertOne({a: 1}); db.b.find()").outcome == "passed"
    given = 'db.b.insertOne({_id: ObjectId("0123456789abcdef01234567"), a: 1}); db.b.find()'
    table = first(grade(free, given)).got
    assert table
    assert table.rows == (('ObjectId("0123456789abcdef01234567")', "1"),)


def test_a_change_is_judged_by_what_is_stored(change: Document) -> None:
    assert grade(change, change.answer).outcome == "passed"
    why, shown, other = grade(change, "db.stock.updateMany({}, {$inc: {left: -3}})").feedback
    assert (why.why, shown.ok, other.ok) == ("It sells what is not there.", True, False)
    assert other.got
    assert other.got.rows == (('"pen"', "-1"),)


def test_with_returns_what_the_call_gives_counts_too(change: Document) -> None:
    taking = 'db.stock.findOneAndUpdate({_id: "pen"}, {$set: {left: 0}}, {returnDocument: "after"})'
    drill = msgspec.structs.replace(change, answer=taking, returns=True, wrong=())
    assert grade(drill, taking).outcome == "passed"
    found = first(grade(drill, 'db.stock.updateOne({_id: "pen"}, {$set: {left: 0}})'))
    assert found.why == "What is stored is right. What your last line gives is not."


def test_a_check_may_try_what_an_index_forbids(change: Document) -> None:
    tried = 'db.users.insertOne({_id: 1, n: "a"}); db.users.insertOne({_id: 2, n: "a"}); db.users.find()'
    drill = msgspec.structs.replace(
        change, check=tried, answer="db.users.createIndex({n: 1}, {unique: true})", wrong=(), others=()
    )
    assert grade(drill, drill.answer).outcome == "passed"
    assert first(grade(drill, "db.users.createIndex({n: 1})")).why == "There are 2 documents, wanted 1."


def test_the_order_of_fields_counts_in_an_index(change: Document) -> None:
    drill = msgspec.structs.replace(
        change, check="db.stock.getIndexes()", answer="db.stock.createIndex({a: 1, b: -1})", wrong=(), others=()
    )
    assert grade(drill, 'db.stock.createIndex({a: 1, b: -1}, {name: "mine"})').outcome == "passed"
    assert grade(drill, "db.stock.createIndex({b: -1, a: 1})").outcome == "failed"


@pytest.mark.slow
def test_an_endless_expression_is_stopped(drill: Document) -> None:
    query = 'db.a.insertOne({s: "' + "a" * 60 + 'b"}); db.a.find({s: /^(a+)+$/})'
    began = time.monotonic()
    assert first(grade(drill, query)).why == "It was stopped after 2 s of work: something in it does not end."
    assert time.monotonic() - began < 60


_TWICE = '{$project: {s: {$concat: ["$s", "$s"]}}}, '
_JOINED = '{$lookup: {from: "a", localField: "x", foreignField: "x", as: "l"}}, {$unwind: "$l"}, '
LARGE = [
    # a text of 60 kB, doubled sixteen times
    f'db.a.insertOne({{s: "{"x" * 60_000}"}}); db.a.aggregate([{_TWICE * 16}])',
    # thirty documents, each joined with all of them, five times over
    f"db.a.insertMany([{'{}, ' * 30}]); db.a.aggregate([{_JOINED * 5}])",
]


@pytest.mark.slow
@pytest.mark.parametrize("query", LARGE)
def test_too_much_is_stopped(drill: Document, query: str) -> None:
    assert first(grade(drill, query)).why.startswith(("It was stopped", "It stops here: it gives more than"))


FAULTS = [
    ("cents: 500}\n'''", "cents: 501}\n'''", "`output` is not what `answer` gives, which is: '{status"),
    ('answer = \'db.orders.find({status: "paid"}', "answer = 'db.orders.fin({a: 1}", "`answer` does not run: line 1"),
    (".sort({cents: 1})'", ".sort({cents: -1})'", "`wrong`: 'db.orders.find({status: \"paid\"}, {_id: 0})"),
    ("db.orders.find({}, {_id: 0}).sort({cents: -1})", "db.orders.fond()", "`wrong`: 'db.orders.fond()' does not run"),
    (
        "'db.orders.find({}, {_id: 0}).sort({cents: -1})'",
        "'db.orders.find({status: {$in: [\"paid\"]}}, {_id: 0}).sort({cents: 1})'",
        "`wrong`: 'db.orders.find({status: {$in: [\"paid\"]}}, {_id: 0}).sort({cents: 1})' does the same as number 1",
    ),
    (
        "['db.orders.insertOne({_id: 4, status: \"paid\", cents: 600})', 'db.orders.deleteOne({_id: 1})']",
        "['db.orders.deleteOne({_id: 2})']",
        "`others` all give what the data shown gives, so that a literal would pass; change one.",
    ),
    (
        "start = 'db.orders.find({})'",
        "start = 'db.orders.find({status: \"paid\"}, {_id: 0}).sort({cents: -1})'",
        "`start` passes as it stands; leave something to do.",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "sentence"), FAULTS)
def test_each_false_key_is_found(tmp_path: Path, old: str, new: str, sentence: str) -> None:
    toml = TOML.replace(old, new)
    assert toml != TOML
    report = check_keys([samples.write_skill(tmp_path, "area.one", drills=toml, lesson="")])
    assert any(problem.text.startswith(sentence) for problem in report.problems), report.problems


def test_sound_keys_are_counted(tmp_path: Path) -> None:
    report = check_keys([samples.write_skill(tmp_path, "area.one", drills=TOML + CHANGE, lesson="")])
    assert report.problems == ()
    assert (report.by_kind["document"].executed, report.by_kind["document"].refuted) == (2, 3)


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("ordered = true", 'ordered = "yes"', "`ordered` is neither `true` nor `false`"),
        ("ordered = true", "returns = true", "`returns` goes with a `check`"),
        ("ordered = true", "sorted = true", "`sorted` is not a field of a document drill"),
    ],
)
def test_a_field_that_is_wrong_is_named(tmp_path: Path, old: str, new: str, sentence: str) -> None:
    loaded = read_drills(samples.write_skill(tmp_path, "area.one", drills=TOML.replace(old, new)))
    assert [mistake.text for mistake in loaded.mistakes if mistake.text.startswith(sentence)]


def test_what_is_shown_tells_the_data_and_not_the_key(drill: Document) -> None:
    shown = show(drill, learner="ann", seed="1")
    assert shown.program == drill.setup.strip() + "\n"
    assert shown.start == "db.orders.find({})"
    assert "sort" not in str(msgspec.to_builtins(shown))


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("http://127.0.0.1", "BACKROAD_DRILL_MONGODB_URL is no URL of the form mongodb://host:port."),
        ("mongodb://127.0.0.1:1", "MongoDB at BACKROAD_DRILL_MONGODB_URL cannot be used: 127.0.0.1:1"),
    ],
)
def test_a_configured_server_that_is_not_there_is_not_replaced(
    drill: Document, monkeypatch: pytest.MonkeyPatch, url: str, sentence: str
) -> None:
    pytest.importorskip("pymongo")
    monkeypatch.setenv("BACKROAD_DRILL_MONGODB_URL", url)
    with pytest.raises(Problem) as caught:
        grade(drill, drill.answer)
    assert str(caught.value).startswith(sentence)
