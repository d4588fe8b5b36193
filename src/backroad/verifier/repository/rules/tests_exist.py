import re

from backroad.verifier.repository.folder import Folder
from backroad.verifier.repository.languages import sources
from backroad.verifier.repository.rule_file import rule
from backroad.verifier.repository.sight import Sight, absent

NAME = re.compile(
    r"(?i)(?:.*/)?(?:(?:tests?|specs?|__tests__)/(?:.+/)?[^/]+\.\w+|test_[^/]+\.py|[^/]+_test\.(?:py|go|rb|exs)"
    r"|[^/]+_spec\.rb|[^/]+[.-](?:test|spec)\.[cm]?[jt]sx?|[^/]*tests?\.(?:java|kt|cs|php|scala))"
)
TEST = re.compile(
    r"(?m)\bdef test|\bclass Test|^[ \t]*(?:it|test|describe|specify|scenario|context)\b|@Test\b|@ParameterizedTest"
    r"|\bfunc (?:Test|Benchmark|Fuzz)\w*\(|\[(?:Fact|Theory|Test|TestMethod)\b|function test\w*\(|#\[test\]"
    r"|\bassert|\bexpect\("
)


@rule
def run(folder: Folder) -> list[Sight]:
    """The repository has tests.

    Without them every change is a bet, and the way to find out is a user. The checks here judge your server from
    outside; only your own tests say which part broke.

    Fix: one test of one rule of your program, in the usual place of your language (`tests/`, `*_test.go`, `*.test.ts`);
    then one for every bug that you fix.
    """
    code = sources(folder)
    named = [path for path in folder.files if NAME.fullmatch(path)]
    if not code and not named:
        absent("there is no program in the folder")
    if any(TEST.search(text) for _, text in folder.search(named)):
        return []
    got = "test files without a test in them" if named else "no file of tests"
    return [Sight((named or code)[0], 1, "at least one test", got)]
