import re

from backroad.verifier.repository.folder import Folder, lines_of
from backroad.verifier.repository.languages import sources
from backroad.verifier.repository.rule_file import rule
from backroad.verifier.repository.sight import Sight, absent

NAME = r"readme(?:\.(?:md|markdown|rst|txt|adoc|asciidoc|org))?"
STARTS = re.compile(
    r"(?x) \b(?: (?:npm|pnpm|yarn|bun)\s+(?:run\s+)?(?:start|dev|serve) | node\s+[\w./-]+ | npx\s+\w+"
    r"| deno\s+(?:run|task) | python3?\s+(?:-m\s+)?[\w./-]+ | uv\s+run | poetry\s+run | flask\s+.*run | uvicorn"
    r"| gunicorn | granian | manage\.py\s+runserver | fastapi\s+(?:dev|run) | litestar\s+.*run | go\s+run | cargo\s+run"
    r"| docker[ -]compose\s+.*\bup | docker\s+run | podman\s+run | make\s+\w+ | just\s+\w+ | task\s+\w+"
    r"| (?:mvn|mvnw)\s+\S+ | (?:gradle|gradlew)\s+\S+ | java\s+-jar | php\s+(?:-S|artisan\s+serve) | symfony\s+serve"
    r"| (?:bin/)?rails\s+s(?:erver)? | rackup | puma | bundle\s+exec | dotnet\s+run | backroad\s+(?:prove|start)"
    r"| kubectl\s+apply | helm\s+install | mix\s+\S+ )\b | (?m:^\s*(?:\$\s*)?\./[\w./-]+)"
)


@rule
def run(folder: Folder) -> list[Sight]:
    """The README says how to start the server.

    The first thing that somebody new does with a repository is to start it. If that takes a search, they ask a
    colleague, or give up; half a year later, somebody new is you.

    Fix: a section "Start" in the README with the command, what must be installed before, and which settings it needs.
    """
    found = [path for path in folder.named(NAME) if "/" not in path]
    code = sources(folder)
    if not found:
        if not code:
            absent("there is neither a README nor a program in the folder")
        return [Sight(code[0], 1, "a README with the command that starts the server", "there is no README")]
    read = [folder.text(path) for path in found if folder.readable(path)]
    if any(STARTS.search(line) for text in read for _, line in lines_of(text)):
        return []
    return [Sight(found[0], 1, "the command that starts the server", "no such command in the README")]
