"""What a check asks of its driver, read from its own source: every `driver.x` and `driver.collection.x` in it.

The methods that it sends count too. A name that the check only uses if it is there (`if collection.instant:`) is
optional. Functions that the check imports from its neighbours are followed.
"""

import ast
import functools
from collections.abc import Iterator
from pathlib import Path

FOLLOWED = ("backroad.verifier.checks.", "backroad.verifier.drivers.")
PACKAGE = Path(__file__).parents[2]


@functools.cache
def hooks_of(path: Path, only: str = "") -> frozenset[str]:
    """`person`, `collection.unique`, …; of one function of the file and those it calls, if it is named."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    parts: list[ast.AST] = [*reachable(tree, only)] if only else [tree]
    drivers, collections = aliases(parts)
    used: set[str] = set()
    optional: set[str] = set()
    for part in parts:
        for node in ast.walk(part):
            name = hook(node, drivers, collections)
            if name:
                used.add(name)
            for tested in tests(node):
                optional.add(hook(tested, drivers, collections))
    used |= {name for part in parts for name in methods_of(part)}
    return frozenset(used - optional - {"bench", "collection", ""}) | imported(tree, parts)


def methods_of(part: ast.AST) -> set[str]:
    """`PATCH` and `DELETE` of things, `PATCH at once` by requests made beforehand; `secret` of a person."""
    nodes = list(ast.walk(part))
    called = {node.attr for node in nodes if isinstance(node, ast.Attribute)}
    said = {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    found = {"DELETE"} if "delete" in called or "DELETE" in said else set()
    if "secret" in called:
        found.add("secret")
    if "patch" in called or "PATCH" in said:
        found.add("PATCH")
    if "PATCH" in said and "at_once" in called:
        found.add("PATCH at once")
    return found


def reachable(tree: ast.Module, name: str) -> Iterator[ast.AST]:
    """The function or class of this name, and what it refers to within the file."""
    known = {
        node.name: node for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
    }
    waiting, seen = [name], set()
    while waiting:
        current = waiting.pop()
        if current in seen or current not in known:
            continue
        seen.add(current)
        yield known[current]
        waiting += [node.id for node in ast.walk(known[current]) if isinstance(node, ast.Name)]


def aliases(parts: list[ast.AST]) -> tuple[set[str], set[str]]:
    """Names that stand for the driver, and for its collection."""
    drivers, collections = {"driver"}, {"collection"}
    for part in parts:
        for node in ast.walk(part):
            if isinstance(node, ast.Assign | ast.AnnAssign) and isinstance(node.value, ast.Attribute):
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                names = {target.id for target in targets if isinstance(target, ast.Name)}
                if node.value.attr == "driver":
                    drivers |= names
                elif node.value.attr == "collection":
                    collections |= names
    return drivers, collections


def hook(node: ast.AST, drivers: set[str], collections: set[str]) -> str:
    if not isinstance(node, ast.Attribute):
        return ""
    owner = node.value
    if isinstance(owner, ast.Name):
        if owner.id in drivers:
            return node.attr
        return f"collection.{node.attr}" if owner.id in collections else ""
    if isinstance(owner, ast.Attribute) and owner.attr == "driver":
        return node.attr
    if isinstance(owner, ast.Attribute) and owner.attr == "collection":
        return f"collection.{node.attr}"
    return ""


def tests(node: ast.AST) -> Iterator[ast.AST]:
    """What is tested for being there at all."""
    if isinstance(node, ast.If | ast.IfExp):
        yield node.test
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "filter":
        for argument in node.args[1:]:
            if isinstance(argument, ast.Tuple | ast.List):
                yield from argument.elts


def imported(tree: ast.Module, parts: list[ast.AST]) -> frozenset[str]:
    """The hooks of functions that come from files beside the checks."""
    referred = {node.id for part in parts for node in ast.walk(part) if isinstance(node, ast.Name)}
    found: set[str] = set()
    for node in tree.body:
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(FOLLOWED):
            file = PACKAGE.joinpath(*(node.module or "").split(".")[1:]).with_suffix(".py")
            for name in node.names:
                if (name.asname or name.name) in referred and file.is_file() and is_function(file, name.name):
                    found |= hooks_of(file, name.name)
    return frozenset(found)


def is_function(file: Path, name: str) -> bool:
    """Classes are hooks themselves (a mixin), or annotations."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    return any(isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name == name for node in tree.body)


@functools.cache
def uses(path: Path, text: str) -> bool:
    """The file says this somewhere."""
    return text in path.read_text(encoding="utf-8")
