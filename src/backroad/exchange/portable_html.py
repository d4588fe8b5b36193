"""Markdown as HTML that another program shows: a few plain tags, no classes, nothing that leads back to our pages."""

import html
from collections.abc import Iterable

import nh3

from backroad.kit.markdown import render_code, render_inline, render_note

_TAGS = "a b blockquote br code em h3 h4 h5 h6 hr li ol p pre strong table tbody td th thead tr ul"
_CLEANER = nh3.Cleaner(
    tags={*_TAGS.split()},
    clean_content_tags={"figcaption"},
    attributes={"a": {"href"}, "ol": {"start", "type"}},
    url_schemes={"http", "https"},
    link_rel=None,
    url_relative="deny",  # a page of ours, which the other program cannot reach
)
_WORDS = nh3.Cleaner(tags=set())


def clean(text: str) -> str:
    return _CLEANER.clean(text)


def block(markdown: str) -> str:
    return clean(render_note(markdown)).strip() if markdown.strip() else ""


def line(markdown: str) -> str:
    """A paragraph of one line."""
    return f"<p>{clean(render_inline(markdown))}</p>"


def words(markdown: str) -> str:
    """The words of one line without their marks; `<`, `>` and `&` stay written as entities."""
    return _WORDS.clean(render_inline(markdown)).strip()


def program(code: str) -> str:
    return clean(render_code(code))


def typed(text: str) -> str:
    """What somebody types, as it is."""
    return f"<code>{html.escape(text, quote=False)}</code>"


def dotted(texts: Iterable[str]) -> str:
    return "".join(("<ul>", *(f"<li>{clean(render_inline(text))}</li>" for text in texts), "</ul>"))
