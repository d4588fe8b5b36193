"""One sound drill of each kind, as structs and as a file."""

from pathlib import Path

from backroad.drills.model import Choice, FillIn, Match, Multiple, Order, Predict, Single, Wrong

SINGLE = Single(
    skill="http.status-codes",
    name="moved",
    seconds=30,
    prompt="Which status says that a page moved for good?",
    choices=(
        Choice("`301`", "It is kept by caches.", right=True),
        Choice("`302`", "That move is temporary."),
        Choice("`304`", "That says: not changed."),
        Choice("`404`", "That says: not here."),
    ),
)
MULTIPLE = Multiple(
    skill="http.methods",
    name="safe",
    seconds=30,
    prompt="Which methods are safe?",
    why="Safe means: asks for no change.",
    choices=(
        Choice("GET", "It reads.", right=True),
        Choice("HEAD", "It reads the headers.", right=True),
        Choice("PUT", "It replaces."),
        Choice("DELETE", "It deletes."),
    ),
)
ORDER = Order(
    skill="net.dns",
    name="walk",
    seconds=40,
    prompt="Put the servers in the order in which they are asked.",
    why="From the root down.",
    items=("root", "com", "example.com"),
)
MATCH = Match(
    skill="http.status-codes",
    name="meanings",
    seconds=60,
    prompt="Match.",
    why="The first digit is the class.",
    pairs=(("301", "moved for good"), ("304", "not changed"), ("409", "conflict")),
    extra=("not found",),
)
FILL_IN = FillIn(
    skill="sql.joins",
    name="keep",
    seconds=60,
    prompt="Keep all rows of `a`.",
    why="The left side is kept.",
    answers=("LEFT", "left outer"),
    wrong=(Wrong("CROSS", "It pairs everything."),),
    language="sql",
    program=(
        "CREATE TABLE a(x); CREATE TABLE b(y); INSERT INTO a VALUES (1), (2); INSERT INTO b VALUES (2), (3);\n"
        "SELECT x, y FROM a ____ JOIN b ON x = y ORDER BY x;"
    ),
    output="x|y\n1|NULL\n2|2",
)
PREDICT = Predict(
    skill="python.basics",
    name="sum",
    seconds=30,
    prompt="What does this print?",
    why="Both lines.",
    language="python",
    program='print(1 + 1)\nprint("a" * 2)',
    output="2\naa\n",
    wrong=(Wrong("2\na2", "`*` repeats text."),),
)
ALL = (SINGLE, MULTIPLE, ORDER, MATCH, FILL_IN, PREDICT)

SINGLE_TOML = """
[[drill]]
kind = "single"
id = "moved"
seconds = 30
prompt = "Which status says that a page moved for good?"
choices = [
  {text = "`301`", why = "It is kept by caches.", right = true},
  {text = "`302`, a redirect", why = "That move is temporary."},
  {text = "`304`, not modified", why = "That says: not changed."},
]
"""
MULTIPLE_TOML = """
[[drill]]
id = "safe"
kind = "multiple"
seconds = 30
prompt = "Which methods are safe?"
why = "Safe means: asks for no change."
  [[drill.choices]]
  text = "GET"
  right = true
  why = "It reads."
  [[drill.choices]]
  text = "HEAD"
  right = true
  why = "It reads the headers."
  [[drill.choices]]
  text = "PUT"
  why = "It replaces."
"""
ORDER_TOML = '''
[[drill]]
id = "walk"
kind = "order"
seconds = 40
prompt = """
Put in order.
[[drill]] in a text is no drill.
"""
why = "From the root down."
items = ["root", "com", "example.com"]
'''
MATCH_TOML = """
[[drill]]
id = "meanings"
kind = "match"
seconds = 60
prompt = "Match."
why = "The first digit is the class."
pairs = [["301", "moved for good"], ["304", "not changed"], ["409", "conflict"]]
extra = ["not found"]
"""
FILL_IN_TOML = """
[[drill]]
id = "double"
kind = "fill-in"
seconds = 60
prompt = "Fill the blank."
why = "Twice."
answers = ["2", "1 + 1"]
wrong = [{answer = "3", why = "That is thrice."}]
language = "python"
program = "print((____) * 4)"
output = "8"
"""
PREDICT_TOML = """
[[drill]]
id = "sum"
kind = "predict"
seconds = 30
prompt = "What does this print?"
why = "One line."
language = "sql"
program = "SELECT 1 + 1 AS two, NULL AS none;"
output = '''
two|none
2|NULL
'''
wrong = [{answer = "2|", why = "The header and NULL are printed."}]
"""
ALL_TOML = SINGLE_TOML + MULTIPLE_TOML + ORDER_TOML + MATCH_TOML + FILL_IN_TOML + PREDICT_TOML

LESSON = (
    "A skill is a small thing. It matters.\n\n## One\n\n"
    + "word " * 300
    + """

```python run
print(1)
```
```output
1
```

## Where this bites in production

Everywhere. See [two](skill:area.two).

## Sources

- [RFC 9110](https://www.rfc-editor.org/rfc/rfc9110), section 1
"""
)


def write_skill(skills: Path, skill: str, *, drills: str = ALL_TOML, lesson: str = LESSON) -> Path:
    """A skill's folder below `skills`; an empty text leaves the file out."""
    folder = skills.joinpath(*skill.split("."))
    folder.mkdir(parents=True)
    (folder / "skill.toml").write_text('title = "X"\n')
    for name, text in (("drills.toml", drills), ("lesson.md", lesson)):
        if text:
            (folder / name).write_text(text)
    return folder
