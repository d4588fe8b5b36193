"""Markdown to HTML: CommonMark and tables, highlighted by CSS classes, sanitised; no raw HTML, no images.

Lessons are ours; notes are written by people and taken as hostile. Both go through the same sanitiser.
"""

import functools
import re
from collections.abc import Callable, Iterator, Sequence

import msgspec
import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token

from backroad.kit.highlight import render_code as render_code

_PARTED = ("paragraph_close", "heading_close", "table_close", "bullet_list_close", "ordered_list_close")
"""After these a plain text has an empty line."""

_SKILL = re.compile(r"skill:([a-z0-9-]+\.[a-z0-9-]+)")
_BARE = re.compile(r"(https?://[^\s<>\"'`|\\]*[^\s<>\"'`|\\.,;:!?)\]])")
_OUTSIDE = re.compile(r"https?://|mailto:", re.IGNORECASE)
_INSIDE = re.compile(r"#|/(?!/)")

_BLOCK_TAGS = "blockquote figcaption figure h1 h2 h3 h4 h5 h6 hr li ol p pre table tbody td th thead tr ul"
_INLINE_TAGS = "a br code em span strong"
_CLEANER = nh3.Cleaner(
    tags={*_BLOCK_TAGS.split(), *_INLINE_TAGS.split()},
    attributes={
        "a": {"href", "rel"},
        "ol": {"start"},
        "pre": {"class", "tabindex"},
        "table": {"tabindex"},
        **{tag: {"class"} for tag in ("code", "figure", "span", "td", "th")},
        **{f"h{level}": {"id"} for level in range(1, 7)},
    },
    url_schemes={"http", "https", "mailto"},
    link_rel=None,
)


def _fence(_renderer: object, tokens: Sequence[Token], index: int, _options: object, _env: object) -> str:
    # Only the first word is shown: `run` and the like are for the tests of the content.
    words = tokens[index].info.lower().split()
    return render_code(tokens[index].content, words[0][:30] if words else "")


@functools.cache
def _markdown() -> MarkdownIt:
    markdown = MarkdownIt("commonmark", {"html": False}).enable("table").disable("image")
    markdown.add_render_rule("fence", _fence)
    markdown.add_render_rule("code_block", _fence)
    return markdown


def _parse(text: str, *, inline: bool = False) -> list[Token]:
    markdown = _markdown()
    tokens = markdown.parseInline(text) if inline else markdown.parse(text)
    for token in tokens:
        if token.children and "://" in token.content:
            token.children = list(_linked(token.children))
    return tokens


def _linked(children: Sequence[Token]) -> Iterator[Token]:
    """Addresses that stand bare in the text become links."""
    depth = 0
    for child in children:
        depth += child.nesting if child.type.startswith("link_") else 0
        if depth or child.type != "text":
            yield child
            continue
        for index, part in enumerate(_BARE.split(child.content)):
            text = Token("text", "", 0, content=part)
            if index % 2:
                yield Token("link_open", "a", 1, attrs={"href": part})
                yield text
                yield Token("link_close", "a", -1)
            elif part:
                yield text


def _prepare(tokens: Sequence[Token], *, anchors: bool, deeper: int) -> None:
    """Puts our attributes on links and table cells, ids on headings, and headings `deeper` levels down."""
    taken: dict[str, int] = {}
    for index, token in enumerate(tokens):
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(6, int(token.tag[1]) + deeper)}"
            if anchors and token.type == "heading_open":
                token.attrSet("id", _slug(_inline_text(tokens[index + 1]), taken))
        elif token.type == "table_open":
            token.attrSet("tabindex", "0")  # a wide one scrolls sideways, also by keyboard
        elif token.type in ("th_open", "td_open"):
            # Written as inline style, which our content security policy forbids.
            alignment = str(token.attrs.pop("style", "")).rpartition(":")[2]
            if alignment in ("right", "center"):
                token.attrSet("class", alignment)
        for child in token.children or []:
            if child.type == "link_open":
                _resolve(child)


def _resolve(link: Token) -> None:
    href = str(link.attrs.get("href", ""))
    link.attrs = {}
    if skill := _SKILL.fullmatch(href):
        link.attrSet("href", f"/skills/{skill[1]}")
    elif _INSIDE.match(href):
        link.attrSet("href", href)
    elif _OUTSIDE.match(href):
        link.attrs = {"href": href, "rel": "noopener nofollow"}


def _slug(text: str, taken: dict[str, int]) -> str:
    """`taken` holds the ids given so far, and how far each was counted: thousands of equal headings cost no search."""
    base = slug = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-") or "section"
    number = taken.get(base, 1)
    while slug in taken:
        number += 1
        slug = f"{base}-{number}"
    taken[base] = number
    taken.setdefault(slug, 1)
    return slug


def _render(text: str, *, anchors: bool, deeper: int) -> str:
    markdown, tokens = _markdown(), _parse(text)
    _prepare(tokens, anchors=anchors, deeper=deeper)
    return _CLEANER.clean(markdown.renderer.render(tokens, markdown.options, {}))


def _cached(size: int, longest: int) -> Callable[[Callable[[str], str]], Callable[[str], str]]:
    """Keeps the latest `size` results for texts of up to `longest` characters."""

    def decorate(function: Callable[[str], str]) -> Callable[[str], str]:
        keep = functools.lru_cache(size)(function)

        @functools.wraps(function)
        def cached(text: str) -> str:
            return keep(text) if len(text) <= longest else function(text)

        return cached

    return decorate


@_cached(512, 100_000)
def render_lesson(text: str) -> str:
    """A lesson below the page's title: headings keep their level and get ids."""
    return _render(text, anchors=True, deeper=0)


@_cached(1024, 5_000)
def render_note(text: str) -> str:
    """Text within a page: headings start at the third level and have no ids, which might clash with the page's."""
    return _render(text, anchors=False, deeper=2)


@_cached(4096, 1_000)
def render_inline(text: str) -> str:
    """One line without block elements, for choices and labels."""
    markdown, tokens = _markdown(), _parse(text, inline=True)
    _prepare(tokens, anchors=False, deeper=0)
    return _CLEANER.clean(markdown.renderer.render(tokens, markdown.options, {}))


def plain_text(text: str) -> str:
    """The words without the marks, for search and for the terminal: list items and code keep their own lines."""
    lines: list[str] = []
    numbers: list[int | None] = []
    cells: list[str] = []
    marker = ""
    for token in _parse(text):
        match token.type:
            case "bullet_list_open":
                numbers.append(None)
            case "ordered_list_open":
                numbers.append(int(token.attrs.get("start", 1)))
            case "bullet_list_close" | "ordered_list_close":
                numbers.pop()
            case "list_item_open":
                number = numbers[-1]
                marker = "  " * (len(numbers) - 1) + ("- " if number is None else f"{number}. ")
                numbers[-1] = None if number is None else number + 1
            case "th_open" | "td_open":
                cells.append("")
            case "tr_close":
                lines.append(" | ".join(cells))
                cells = []
            case "inline" if cells:
                cells[-1] = _inline_text(token)
            case "inline":
                lines.append((marker or "  " * len(numbers)) + _inline_text(token))
                marker = ""
            case "fence" | "code_block":
                lines += ["", *(f"    {line}" for line in token.content.rstrip().split("\n")), ""]
        if not numbers and token.type in _PARTED:
            lines.append("")
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip("\n")


def _inline_text(token: Token) -> str:
    parts = []
    for child in token.children or []:
        if child.type in ("text", "code_inline"):
            parts.append(child.content)
        elif child.type in ("softbreak", "hardbreak"):
            parts.append(" ")
    return "".join(parts)


class Fence(msgspec.Struct, frozen=True):
    """A code block. `line` counts from 1; `adjacent` when it follows another fence at once."""

    language: str
    flags: tuple[str, ...]
    code: str
    line: int
    adjacent: bool
    closed: bool


class Heading(msgspec.Struct, frozen=True):
    level: int
    text: str
    anchor: str
    line: int


class Link(msgspec.Struct, frozen=True):
    href: str
    line: int


class Outline(msgspec.Struct, frozen=True):
    """What a text consists of. `words` counts those outside code blocks; `paragraphs` are (plain text, line)."""

    headings: tuple[Heading, ...]
    fences: tuple[Fence, ...]
    links: tuple[Link, ...]
    words: int
    paragraphs: tuple[tuple[str, int], ...] = ()


def outline(text: str) -> Outline:
    tokens = _parse(text)
    source = text.split("\n")
    taken: dict[str, int] = {}
    headings, fences, links, paragraphs, words = [], [], [], [], 0
    for index, token in enumerate(tokens):
        line = token.map[0] + 1 if token.map else 0
        if token.type == "heading_open":
            title = _inline_text(tokens[index + 1])
            headings.append(Heading(int(token.tag[1]), title, _slug(title, taken), line))
        elif token.type == "fence":
            adjacent = index > 0 and tokens[index - 1].type == "fence"
            fences.append(_outline_fence(token, source, line, adjacent=adjacent))
        elif token.type == "inline":
            words += sum(any(map(str.isalnum, word)) for word in _inline_text(token).split())
            links += [Link(href, line) for href in _hrefs(token)]
            if index and tokens[index - 1].type == "paragraph_open":
                paragraphs.append((_inline_text(token), line))
    return Outline(tuple(headings), tuple(fences), tuple(links), words, tuple(paragraphs))


def _outline_fence(token: Token, source: list[str], line: int, *, adjacent: bool) -> Fence:
    language, *flags = token.info.split() or [""]
    last = source[token.map[1] - 1] if token.map and token.map[1] > line else ""
    closed = set(last.strip(" >")) == set(token.markup[0])
    return Fence(language, tuple(flags), token.content, line, adjacent, closed)


def _hrefs(token: Token) -> Iterator[str]:
    for child in token.children or []:
        if child.type == "link_open":
            yield str(child.attrs.get("href", ""))
