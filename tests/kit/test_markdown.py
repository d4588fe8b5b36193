import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pygments.lexers import get_lexer_by_name
from pygments.token import STANDARD_TYPES

from backroad.kit import highlight
from backroad.kit.markdown import outline, plain_text, render_code, render_inline, render_lesson, render_note

RENDERERS = (render_lesson, render_note, render_inline)


def test_common_mark_and_tables() -> None:
    html = render_lesson("Some *text*.\n\n1. a\n2. b\n\n| n | name |\n|--:|:-:|\n| 1 | x |\n")
    assert "<p>Some <em>text</em>.</p>" in html
    assert "<ol>\n<li>a</li>" in html
    assert '<table tabindex="0">' in html
    assert '<th class="right">n</th>' in html
    assert '<td class="center">x</td>' in html
    assert "style=" not in html


def test_strikethrough_is_left_as_it_is() -> None:
    assert render_note("~~no~~") == "<p>~~no~~</p>\n"


def test_headings_of_lessons_have_unique_ids_and_those_of_notes_none() -> None:
    text = "## The `GET` way!\n\n## The GET way\n\n## 那\n"
    assert re.findall(r'<h2 id="(.*?)">', render_lesson(text)) == ["the-get-way", "the-get-way-2", "section"]
    assert re.findall(r"<h\d.*?>", render_note("# a\n## b\n###### c\n")) == ["<h3>", "<h4>", "<h6>"]


def test_a_fence_has_its_language_but_not_its_other_words() -> None:
    html = render_lesson("```python run\ndef f(): return 1 < 2\n```\n```output\nTrue\n```\n")
    assert '<figure class="code"><figcaption>Python</figcaption><pre tabindex="0"><code>' in html
    assert '<span class="k">def</span> <span class="nf">f</span>(): ' in html
    assert "1</span> &lt; " in html
    assert '<figure class="code output"><figcaption>Output</figcaption><pre class="output" tabindex="0">' in html
    assert "<code>True</code>" in html
    assert "run" not in html


@pytest.mark.parametrize("text", ["```\na < b\n```", "```text\na < b\n```", "    a < b\n"])
def test_code_without_a_language_has_no_caption(text: str) -> None:
    assert render_note(text) == '<figure class="code"><pre tabindex="0"><code>a &lt; b</code></pre></figure>\n'


def test_an_unknown_language_is_named_and_shown_plain() -> None:
    assert render_code("x", "brainfog") == (
        '<figure class="code"><figcaption>brainfog</figcaption><pre tabindex="0"><code>x</code></pre></figure>\n'
    )


@pytest.mark.parametrize("language", sorted({"node", *highlight._LABELS} - {"output"}))
def test_every_labelled_language_is_coloured(language: str) -> None:
    assert get_lexer_by_name(highlight._LEXERS.get(language, language))
    assert "<code>" in render_code('key = "value" -- # //\n', language)


@given(st.text(max_size=60), st.sampled_from(["python", "sql", "sh", "node", "http", "json", "console", "x"]))
def test_highlighting_changes_no_character(code: str, language: str) -> None:
    html = render_code(code, language)
    body = re.sub(r"<[^>]*>", "", html[html.index("<pre") :])
    text = body.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&").rstrip("\n")
    assert text == code.rstrip()


def test_links_to_skills_become_links_to_their_pages() -> None:
    assert render_inline("[joins](skill:sql.joins)") == '<a href="/skills/sql.joins">joins</a>'
    assert render_inline("[x](skill:../admin)") == "<a>x</a>"


def test_outside_links_neither_open_a_way_back_nor_vouch() -> None:
    rel = 'rel="noopener nofollow"'
    assert render_inline("[a](https://e.org/?a=1&b=2)") == f'<a href="https://e.org/?a=1&amp;b=2" {rel}>a</a>'
    assert render_inline("[a](/notes)") == '<a href="/notes">a</a>'
    assert render_inline("[a](#top)") == '<a href="#top">a</a>'


@pytest.mark.parametrize(
    ("text", "href"),
    [
        ("see https://e.org/a_b_c?d=1.", "https://e.org/a_b_c?d=1"),
        ("(https://e.org/a)", "https://e.org/a"),
        ("<https://e.org/>", "https://e.org/"),
        ("[https://e.org/a](https://e.org/b)", "https://e.org/b"),
        ("**https://e.org/a**, and", "https://e.org/a"),
    ],
)
def test_bare_addresses_become_one_link(text: str, href: str) -> None:
    assert re.findall(r'href="(.*?)"', render_inline(text)) == [href]


@pytest.mark.parametrize("text", ["`https://e.org`", "```\nhttps://e.org\n```", "https://", "ftp://e.org"])
def test_addresses_in_code_and_half_ones_stay_text(text: str) -> None:
    assert "href" not in render_note(text)


HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<a href='javascript:alert(1)'>x</a>",
    "<div style='position:fixed'>x</div>",
    "<style>*{display:none}</style>",
    "<iframe src='https://e.org'></iframe>",
    "<!-- --><svg onload=alert(1)>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](java&#10;script:alert(1))",
    "[x](&#x6A;avascript:alert(1))",
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "[x](vbscript:x)",
    "[x](file:///etc/passwd)",
    "[x](//e.org)",
    "[x](/\\e.org)",
    "[x](\\\\e.org)",
    '[x](https://e.org "onmouseover=alert(1)")',
    '[x](https://e.org"onmouseover="alert(1))',
    "<javascript:alert(1)>",
    "[x]: javascript:alert(1)\n\n[x]",
    "![x](https://e.org/pixel.gif)",
    "![x](javascript:alert(1))",
    '```"><script>alert(1)</script>\nx\n```',
    "```html\n<script>alert(1)</script>\n```",
    "`<script>alert(1)</script>`",
    "| <script> |\n|---|\n| <b onclick=x> |",
    "# <b id=main>x</b>",
    "https://e.org/<script>alert(1)</script>",
    'https://e.org/"onmouseover="alert(1)',
]
TAG = re.compile(r"<(/?)([a-z0-9]+)((?:\s+[a-z]+=\"[^\"<>]*\")*)\s*>")
TAGS = "a blockquote br code em figcaption figure h1 h2 h3 h4 h5 h6 hr li ol p pre span strong table tbody td th thead"
ATTRIBUTES = {"href", "rel", "class", "id", "tabindex", "start"}


def assert_harmless(html: str) -> None:
    for match in TAG.finditer(html):
        assert match[2] in [*TAGS.split(), "tr", "ul"], html
        for name, value in re.findall(r"([a-z]+)=\"([^\"]*)\"", match[3]):
            assert name in ATTRIBUTES, html
            if name == "href":
                assert re.match(r"https?://|mailto:|/(?![/\\])|#", value), html
                outside = not value.startswith(("/", "#"))
                assert ('rel="noopener nofollow"' in match[3]) == outside, html
    # Nothing but these tags: every other angle bracket is escaped.
    assert "<" not in TAG.sub("", html), html


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("render", RENDERERS)
def test_hostile_markdown_is_harmless(render: object, text: str) -> None:
    assert callable(render)
    assert_harmless(render(text))


@given(
    st.lists(st.sampled_from([*HOSTILE, "\n", "> ", "- ", "`", "```", "[", "](", ")", "*", "<", '"', "&", "\\", "|"]))
)
def test_hostile_markdown_put_together_is_harmless(parts: list[str]) -> None:
    for render in RENDERERS:
        assert_harmless(render("".join(parts)))


@given(st.text(max_size=200))
def test_any_text_renders(text: str) -> None:
    for render in RENDERERS:
        assert_harmless(render(text))
    plain_text(text)
    outline(text)


def test_ids_and_classes_cannot_be_chosen_by_a_note() -> None:
    html = render_note("# main\n\n<p id=main class=notice>x</p>\n\n```x class=y id=z\n1\n```\n")
    assert not re.search(r"<[^>]* id=", html)
    assert set(re.findall(r'class="(.*?)"', html)) == {"code"}


@pytest.mark.parametrize(
    "text",
    ["[" * 20_000, "> " * 5_000, "*a " * 5_000, "`" * 9_999, "![[" * 4_000, "- " * 5_000, "[a](" * 3_000, "a|" * 3_000,
     "<" * 20_000, "```python\n" + "(" * 100_000, "```json\n" + '"\\' * 5_000, "```html\n" + "<a " * 3_000,
     "http://" * 3_000, "https://" + ")" * 20_000],
    ids=lambda text: text[:10],
)  # fmt: skip
def test_long_hostile_notes_take_no_time(text: str) -> None:
    begun = time.process_time()
    render_note(text)
    assert time.process_time() - begun < 2


def test_rendered_lessons_are_kept() -> None:
    text = "## A lesson of this test\n\n" + "word " * 2000
    assert render_lesson(text) is render_lesson("".join(text))


def test_plain_text_keeps_words_and_lines() -> None:
    text = (
        "# Title\n\nSome *words* and `code`,\nand [a link](skill:a.b).\n\n- one\n- two\n  1. deep\n\n"
        "```python run\nprint(1)\n\nprint(2)\n```\n\n| a | b |\n|---|---|\n| 1 | **2** |\n\n> said\n"
    )
    assert plain_text(text) == (
        "Title\n\nSome words and code, and a link.\n\n- one\n- two\n  1. deep\n\n"
        "    print(1)\n    \n    print(2)\n\na | b\n1 | 2\n\nsaid"
    )


def test_thousands_of_equal_headings_each_have_an_id_of_their_own() -> None:
    ids = re.findall(r'id="([^"]+)"', render_lesson("# x-2\n" + "# x\n" * 10_000 + "# x-2\n"))
    assert len(set(ids)) == len(ids) == 10_002
    assert ids[:4] == ["x-2", "x", "x-3", "x-4"]


def test_an_outline_says_what_a_text_consists_of() -> None:
    parts = outline(
        "Two words.\n\n## A [link](skill:a.b)\n\n```python run\nprint(1)\n```\n```output\n1\n```\n\n"
        "https://e.org/x\n\n```sql\nnever closed\n"
    )
    assert parts.words == 5
    assert [(heading.level, heading.text, heading.anchor, heading.line) for heading in parts.headings] == [
        (2, "A link", "a-link", 3)
    ]
    assert [(link.href, link.line) for link in parts.links] == [("skill:a.b", 3), ("https://e.org/x", 12)]
    assert [(fence.language, fence.flags, fence.line, fence.adjacent, fence.closed) for fence in parts.fences] == [
        ("python", ("run",), 5, False, True),
        ("output", (), 8, True, True),
        ("sql", (), 14, False, False),
    ]


def _contrast(first: str, second: str) -> float:
    """WCAG 2 contrast ratio of two colours `rrggbb`."""

    def luminance(colour: str) -> float:
        parts = [int(colour[i : i + 2], 16) / 255 for i in (0, 2, 4)]
        red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    dark, light = sorted((luminance(first), luminance(second)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize(
    ("style", "grounds"),
    [(highlight.LightCode, ("ffffff", "fafaf8", "f1f1ed")), (highlight.DarkCode, ("000000", "151514", "232321"))],
)
def test_code_colours_keep_their_contrast(style: type, grounds: tuple[str, ...]) -> None:
    colours = {style.style_for_token(kind)["color"] for kind in STANDARD_TYPES} - {None}  # type: ignore[attr-defined]
    assert len(colours) == 5
    assert all(_contrast(colour, ground) >= 4.5 for colour in colours for ground in grounds)


def test_the_style_sheet_names_every_class_that_is_used() -> None:
    css = highlight.highlight_css()
    assert ".code .k, " in css
    assert "light-dark(#8a2f6b, #e59ac8)" in css
    html = render_code("@a\nclass B:\n    'd'\n    x = f'{1}' and None  # c\n", "python")
    used = set(re.findall(r'span class="(\w+)"', html))
    assert used >= {"nd", "k", "nc", "c1"}
    assert all(re.search(rf"\.code \.{name}\b", css) for name in used)
