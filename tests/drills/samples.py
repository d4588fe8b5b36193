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

SQL_TOML = """
[[drill]]
id = "count-orders"
kind = "sql"
seconds = 120
prompt = "Count each customer's orders."
why = "The left side is kept."
setup = '''
CREATE TABLE customers(id INTEGER PRIMARY KEY, name TEXT NOT NULL);
CREATE TABLE orders(id INTEGER PRIMARY KEY, customer_id INTEGER NOT NULL);
INSERT INTO customers VALUES (1, 'Ada'), (2, 'Bo');
INSERT INTO orders VALUES (10, 1), (11, 1);
'''
others = ["INSERT INTO customers VALUES (3, 'Cy')", "DELETE FROM orders"]
ordered = true
start = "SELECT name FROM customers"
answer = '''
SELECT c.name, count(o.id) AS orders
FROM customers c LEFT JOIN orders o ON o.customer_id = c.id
GROUP BY c.id ORDER BY c.name
'''
output = '''
name|orders
Ada|2
Bo|0
'''
wrong = [{answer = '''
SELECT c.name, count(o.id) AS orders
FROM customers c JOIN orders o ON o.customer_id = c.id
GROUP BY c.id ORDER BY c.name
''', why = "An inner join drops who has none."}]
"""
CODE_TOML = """
[[drill]]
id = "write-double"
kind = "code"
seconds = 120
prompt = "Write `double(x)`."
why = "Twice."
language = "python"
start = "def double(x): ..."
answer = "def double(x): return 2 * x"
tests = [{call = "double(2)", equals = "4"}, {call = "double(3)", equals = "6", why = "Twice, not squared."}]
wrong = [{answer = "def double(x): return x * x", why = "That squares."}]
"""
OPEN_TOML = """
[[drill]]
id = "explain"
kind = "open"
seconds = 120
prompt = "What is a join?"
why = "The words matter."
answer = "It pairs **rows**."
rubric = ["pairs rows", "by a condition", "of two tables"]
"""
GIT_TOML = """
[[drill]]
id = "merge-both"
kind = "git"
seconds = 120
prompt = "Merge `feature` into `main`; `price.txt` is to hold 131."
why = "Both changes are wanted."
setup = '''
save() { printf '%s\\n' "$2" > "$1"; git add "$1"; git commit -qm "$3"; }

git init -q --bare ../server.git
git init -q
git remote add origin ../server.git
save price.txt 100 "Start"
git push -qu origin main
git switch -qc feature
save price.txt 119 "Add the tax"
git switch -q main
save price.txt 110 "Raise the price"
'''
history = '''
* Add the tax (feature)
| * Raise the price (HEAD -> main)
|/
* Start (origin/main)

On the server:
* Start (HEAD -> main)
'''
start = "git merge feature"
goals = [
  { claim = "The price is right", file = "price.txt", at = "main", is = "131" },
  { claim = "It is a merge", parents = 2, at = "main" },
  { claim = "Nothing is left", clean = true },
]
answer = '''
git merge feature
echo 131 > price.txt
git commit -am "Merge feature"
'''
wrong = [
  { answer = "git merge -X ours feature", why = "That takes one side.", misses = ["The price is right"] },
  { answer = "echo 131 > price.txt; git commit -am Merge", why = "No merge.", misses = ["It is a merge"] },
  { answer = "git merge feature; echo 131 > price.txt", why = "Not committed.", misses = ["Nothing is left"] },
]
"""
CONFIG_TOML = """
[[drill]]
id = "ready"
kind = "config"
seconds = 120
prompt = "Wait for the database."
why = "A process is no server yet."
file = "compose.yaml"
rules = ["compose_pins_images", "compose_hides_databases"]
start = '''
services:
  db:
    image: postgres
    ports: ["5432:5432"]
'''
answer = '''
services:
  db:
    image: postgres:17.2
    healthcheck:
      test: ["CMD", "pg_isready"]
      interval: 5s
'''
wants = [
  {id = "asks", claim = "It asks", at = "services.db.healthcheck.test", matches = "pg_isready", why = "Nobody asks."},
  {id = "often", claim = "Often", at = "services.db.healthcheck.interval", at_most = "10s", why = "Too rarely."},
]
wrong = [
  {misses = "often", old = "interval: 5s", new = "interval: 5m", why = "A small m is a minute."},
  {misses = "compose_pins_images", old = ":17.2", new = ":latest", why = "Latest moves."},
  {misses = "asks", why = "A check of the port.", answer = '''
services:
  db:
    image: postgres:17.2
    healthcheck:
      test: nc -z localhost 5432
      interval: 5s
'''},
]
"""
HTTP_TOML = """
[[drill]]
id = "report"
kind = "http"
seconds = 120
prompt = "Fetch the report three times."
why = "It saves."
scenario = "conditional-get"
start = "GET /report"
answer = '''
# @name first
GET /report
###
GET /report
If-None-Match: {{first.headers.ETag}}
###
GET /report
If-None-Match: {{first.headers.ETag}}
'''
wrong = [{misses = "renewed", why = "All of it, each time.", answer = '''
# @name first
GET /report
###
GET /report
If-None-Match: {{first.headers.ETag}}
###
GET /report
'''}]
"""
JWT_TOML = """
[[drill]]
id = "small"
kind = "jwt"
seconds = 120
prompt = "Make it."
why = "So."
task = "build"
now = 1800000000
rules = {alg = "HS256", key = "orders.secret"}
keys = ["orders.secret"]
goals = [{name = "sub", say = "`sub` is 1.", claim = "sub", equals = "1"}]
answer = '''{"alg": "HS256"} {"sub": "1", "exp": 1800000060} key: orders.secret'''
[[drill.wrong]]
answer = '''{"alg": "HS256"} {"sub": "2", "exp": 1800000060} key: orders.secret'''
misses = "sub"
why = "Two."
"""
DOCUMENT_TOML = """
[[drill]]
id = "paid"
kind = "document"
seconds = 120
prompt = "The paid orders, the dearest first."
why = "A filter, then a sort."
setup = '''
db.orders.insertMany([
  {_id: 1, status: "paid", cents: 500},
  {_id: 2, status: "open", cents: 900},
  {_id: 3, status: "paid", cents: 700, at: ISODate("2026-01-05T09:00:00Z")},
])
'''
others = ['db.orders.insertOne({_id: 4, status: "paid", cents: 600})', 'db.orders.deleteOne({_id: 1})']
start = 'db.orders.find({})'
ordered = true
answer = 'db.orders.find({status: "paid"}, {_id: 0}).sort({cents: -1})'
output = '''
{status: "paid", cents: 700, at: ISODate("2026-01-05T09:00:00Z")}
{status: "paid", cents: 500}
'''
wrong = [
  {answer = 'db.orders.find({status: "paid"}, {_id: 0}).sort({cents: 1})', why = "That rises."},
  {answer = 'db.orders.find({}, {_id: 0}).sort({cents: -1})', why = "That is all of them."},
]
"""
REDIS_TOML = """
[[drill]]
id = "lock"
kind = "redis"
seconds = 120
prompt = "Take the lock for 30 s, unless it is taken."
why = "One command."
setup = '''
# nobody has it
SET other "a b"
'''
others = ["SET lock him EX 10", "SET lock him EX 60\\n# wait 5"]
start = "SET lock me"
check = '''
GET lock
TTL lock
# wait 31
GET lock
'''
returns = true
answer = "SET lock me NX EX 30"
output = '''
"me"
(integer) 30
(nil)
'''
wrong = [
  {answer = "SET lock me EX 30", why = "It takes what another one holds."},
  {answer = "SETNX lock me", why = "It never ends."},
]
"""
EVERY_TOML = (
    ALL_TOML
    + SQL_TOML
    + CODE_TOML
    + CONFIG_TOML
    + HTTP_TOML
    + JWT_TOML
    + GIT_TOML
    + DOCUMENT_TOML
    + REDIS_TOML
    + OPEN_TOML
)

LESSON = (
    "A skill is a small thing. It matters.\n\n## One\n\n"
    + "A sentence of five words. " * 60
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
