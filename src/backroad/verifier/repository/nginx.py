"""nginx configuration: tokens, directives, blocks. Written by hand, without recursion."""

import re
from collections.abc import Iterator

from backroad.verifier.repository.folder import Folder, Trouble
from backroad.verifier.repository.sight import absent

DEEPEST = 50
PLACE = re.compile(
    r"(?i)(?:.*/)?(?:nginx[^/]*\.conf(?:\.[\w-]+)?|[^/]*\.nginx|"
    r"(?:nginx|conf\.d|sites-available|sites-enabled)/(?:.*/)?[^/]*\.conf(?:\.[\w-]+)?)"
)
TELLING = re.compile(r"(?m)^[ \t]*(?:server|http|events|upstream|location|proxy_pass|listen|include)\b[^\n]*[{;]")
WORD = re.compile(r"(?:\$\{[^}\n]{0,200}\}|\\.|[^\s;{}\\])+")
SIZE = re.compile(r"(\d{1,12})([kKmMgG]?)")
TIME = re.compile(r"(\d{1,12})(ms|s|m|h|d|w|)")
SECONDS = {"ms": 0.001, "s": 1, "": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}


class Directive:
    """`block` is None for a simple directive. `parent` is the block it stands in."""

    __slots__ = ("_own", "args", "block", "line", "name", "parent", "path")

    def __init__(self, name: str, args: list[str], path: str, line: int, parent: "Directive | None") -> None:
        self.name = name
        self.args = args
        self.path = path
        self.line = line
        self.parent = parent
        self.block: list[Directive] | None = None
        self._own: dict[str, list[Directive]] | None = None

    def own(self, name: str) -> list["Directive"]:
        """Those of the name in its block, once the file is read."""
        if self._own is None:
            self._own = {}
            for one in self.block or []:
                self._own.setdefault(one.name, []).append(one)
        return self._own.get(name, [])

    def around(self) -> Iterator["Directive"]:
        """The blocks it stands in, from the inside out."""
        above = self.parent
        while above is not None:
            yield above
            above = above.parent

    def inherited(self, name: str) -> list["Directive"]:
        """Those of the innermost block around it that has any: nginx does not add levels up."""
        return next((found for block in self.around() if (found := block.own(name))), [])

    def walk(self) -> Iterator["Directive"]:
        waiting = list(reversed(self.block or []))
        while waiting:
            one = waiting.pop()
            yield one
            waiting += reversed(one.block or [])


def nginx_files(folder: Folder) -> list[Directive]:
    """One outermost block for each file; not run where there is none."""
    paths = [path for path in folder.named(r".*(?:\.conf(?:\.[\w-]+)?|\.nginx)", aside=False) if PLACE.fullmatch(path)]
    telling = [path for path in paths if folder.readable(path) and TELLING.search(folder.text(path))]
    found = [root for path in telling if (root := folder.parsed(path, read_nginx)) is not None]
    return found or absent("there is no nginx configuration in the folder")


def read_nginx(text: str, path: str) -> Directive:
    root = Directive("", [], path, 1, None)
    root.block = []
    block, line, depth = root, 1, 0
    words: list[str] = []
    tokens = Tokens(text, path)
    for kind, word, number in tokens:
        if kind == "word":
            line = line if words else number
            words.append(word)
            continue
        if not words and word != "}":
            raise Trouble(path, number, f'has a "{word}" where a directive should begin')
        if word == "}":
            if words or block.parent is None:
                what = f"the directive {words[0]} has no ; at its end" if words else 'has a "}" too many'
                raise Trouble(path, line if words else number, what)
            block, depth = block.parent, depth - 1
            continue
        directive = Directive(words[0], words[1:], path, line, block)
        assert block.block is not None
        block.block.append(directive)
        words = []
        if word == "{":
            directive.block = []
            if directive.name.endswith("_by_lua_block"):
                tokens.skip_code(number)
                continue
            block, depth = directive, depth + 1
            if depth > DEEPEST:
                raise Trouble(path, number, f"is nested more than {DEEPEST} levels deep")
    if words or block is not root:
        what = f"the directive {words[0]} has no ; at its end" if words else f"the block {block.name} is not closed"
        raise Trouble(path, line if words else block.line, what)
    return root


class Tokens:
    def __init__(self, text: str, path: str) -> None:
        self.text = text
        self.path = path
        self.at = 0
        self.line = 1

    def __iter__(self) -> Iterator[tuple[str, str, int]]:
        """Kind (word or sign), the token without its quotes, its line."""
        text, end = self.text, len(self.text)
        while self.at < end:
            char = text[self.at]
            if char == "\n":
                self.line += 1
                self.at += 1
            elif char.isspace():
                self.at += 1
            elif char == "#":
                stop = text.find("\n", self.at)
                self.at = end if stop < 0 else stop
            elif char in ";{}":
                self.at += 1
                yield "sign", char, self.line
            elif char in "\"'":
                yield "word", self.quoted(char), self.line
            else:
                found = WORD.match(text, self.at)
                word = found[0] if found else char
                line = self.line
                self.at += len(word)
                self.line += word.count("\n")
                yield "word", word, line

    def quoted(self, quote: str) -> str:
        start, at = self.line, self.at + 1
        while at < len(self.text) and self.text[at] != quote:
            at += 2 if self.text[at] == "\\" else 1
        if at >= len(self.text):
            raise Trouble(self.path, start, "has a quote that is not closed")
        word = self.text[self.at + 1 : at]
        self.line += word.count("\n")
        self.at = at + 1
        return word

    def skip_code(self, start: int) -> None:
        """To the brace that closes a block of Lua."""
        depth = 1
        while depth and self.at < len(self.text):
            char = self.text[self.at]
            depth += (char == "{") - (char == "}")
            self.line += char == "\n"
            self.at += 1
        if depth:
            raise Trouble(self.path, start, "has a block of code that is not closed")


def size_of(text: str) -> int | None:
    """Bytes."""
    found = SIZE.fullmatch(text)
    return int(found[1]) << {"": 0, "k": 10, "m": 20, "g": 30}[found[2].lower()] if found else None


def seconds_of(text: str) -> float | None:
    found = TIME.fullmatch(text)
    return int(found[1]) * SECONDS[found[2]] if found else None
