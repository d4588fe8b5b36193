"""Code with its words coloured by CSS classes: nothing is styled inline."""

import functools
import html
import itertools
from typing import Any

from pygments.lexers import get_lexer_by_name
from pygments.style import Style
from pygments.token import STANDARD_TYPES, Comment, Generic, Keyword, Name, Number, Operator, String, _TokenType

_LABELS = {
    "python": "Python", "sql": "SQL", "sh": "Shell", "bash": "Shell", "node": "Node.js", "javascript": "JavaScript",
    "js": "JavaScript", "typescript": "TypeScript", "ts": "TypeScript", "json": "JSON", "http": "HTTP", "toml": "TOML",
    "yaml": "YAML", "html": "HTML", "css": "CSS", "xml": "XML", "go": "Go", "java": "Java", "php": "PHP",
    "ruby": "Ruby", "csharp": "C#", "c": "C", "rust": "Rust", "diff": "diff", "ini": "ini", "nginx": "nginx",
    "dockerfile": "Dockerfile", "graphql": "GraphQL", "console": "console", "output": "Output",
    "mongodb": "MongoDB shell", "redis": "Redis",
}  # fmt: skip
_LEXERS = {"node": "javascript", "mongodb": "javascript", "redis": "bash", "output": ""}
_PLAIN = ("", "text", "txt", "plain")
_LONGEST_HIGHLIGHTED = 20_000
"""Characters; longer code is shown plain, since some lexers take time out of proportion."""


def render_code(code: str, language: str = "") -> str:
    """A figure with the language as its caption; `output` looks like output."""
    label = _LABELS.get(language, language)
    caption = f"<figcaption>{html.escape(label)}</figcaption>" if label and language not in _PLAIN else ""
    figure, pre = ("code output", ' class="output"') if language == "output" else ("code", "")
    # A block that scrolls sideways must be reachable by keyboard.
    body = f'<pre{pre} tabindex="0"><code>{_highlighted(code.rstrip(), language)}</code></pre>'
    return f'<figure class="{figure}">{caption}{body}</figure>\n'


def _highlighted(code: str, language: str) -> str:
    lexer = _LEXERS.get(language, language)
    if language not in _LABELS or not lexer or len(code) > _LONGEST_HIGHLIGHTED:
        return html.escape(code, quote=False)
    tokens = list(get_lexer_by_name(lexer, stripnl=False, ensurenl=False).get_tokens(code))
    if "".join(value for _, value in tokens) != code:
        # Some lexers swallow text that they do not expect.
        return html.escape(code, quote=False)
    parts = []
    # Most kinds of token have no colour of their own: without spans for them a page is a third of the size.
    for name, group in itertools.groupby(tokens, lambda token: _class_of(token[0])):
        text = html.escape("".join(value for _, value in group), quote=False)
        parts.append(f'<span class="{name}">{text}</span>' if name else text)
    return "".join(parts)


@functools.cache
def _class_of(kind: _TokenType) -> str:
    """The CSS class of a kind of token, or nothing where it looks like plain text."""
    while kind not in STANDARD_TYPES and kind.parent:
        kind = kind.parent
    return STANDARD_TYPES[kind] if LightCode.style_for_token(kind)["color"] else ""


def _colours(comment: str, keyword: str, string: str, number: str, name: str) -> dict[Any, str]:
    return {
        Comment: comment, Keyword: keyword, Operator.Word: keyword, String: string, Number: number,
        Keyword.Constant: number, Name.Function: name, Name.Class: name, Name.Decorator: name, Name.Tag: keyword,
        Name.Attribute: name, Generic.Prompt: comment, Generic.Output: comment, Generic.Deleted: keyword,
        Generic.Inserted: string, Generic.Subheading: number,
    }  # fmt: skip


class LightCode(Style):
    """Keeps a contrast of 4.5:1 on white and on near-white greys."""

    styles = _colours(comment="#5f5f58", keyword="#8a2f6b", string="#17663f", number="#1a5a8f", name="#7a4a00")


class DarkCode(Style):
    """Keeps a contrast of 4.5:1 on black and on near-black greys."""

    styles = _colours(comment="#9a9a92", keyword="#e59ac8", string="#8fd3ac", number="#8cc2f0", name="#e6bd73")


def highlight_css(within: str = ".code") -> str:
    """Rules for the classes of highlighted code; `light-dark()` follows the page's `color-scheme`."""
    rules: dict[tuple[str, str], list[str]] = {}
    for kind, short in STANDARD_TYPES.items():
        light, dark = (style.style_for_token(kind)["color"] for style in (LightCode, DarkCode))
        if short and light and dark:
            rules.setdefault((light, dark), []).append(f"{within} .{short}")
    return "".join(
        f"{', '.join(names)} {{ color: light-dark(#{light}, #{dark}); }}\n" for (light, dark), names in rules.items()
    )
