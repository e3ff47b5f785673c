"""Notes as plain text and as HTML for people."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.richtext.characters import clean
from domain.richtext.commonmark import normalise, parse
from domain.richtext.html import HTML, from_html, hold
from domain.richtext.html_tokens import attributes, tokens
from domain.richtext.plain import from_plain, to_plain
from domain.richtext.safe import safe_html, safe_html_from
from tests.domain.richtext.strategies import html, markdown, words

RICH = """# Agenda

Bring **slides** and [the list](https://example.org/list), write to [Ada](mailto:ada@example.org)\\
or call.

- one
  - `two`

    again
3. three

> said
>
> - so

```py
a  <b
```

---

https://example.org/x_y"""

PLAIN = """Agenda

Bring slides and the list (https://example.org/list), write to Ada (ada@example.org)
or call.

• one
  • two

    again

3. three

> said
>
> • so

a  <b

———

https://example.org/x_y"""


def test_plain_text_is_readable() -> None:
    assert to_plain(RICH) == PLAIN
    assert to_plain("") == ""
    assert to_plain("-\n- a") == "•\n• a"


@pytest.mark.parametrize(
    ("text", "commonmark"),
    [
        ("", ""),
        ("one two", "one two"),
        ("one\ntwo\r\n\r\n\r\nthree", "one\\\ntwo\n\nthree"),
        ("- one\n1. two\n# three", "\\- one\\\n1\\. two\\\n\\# three"),
        ("*one* <b>two</b> [three](x) &amp; \\", "\\*one\\* \\<b>two\\</b> \\[three](x) \\&amp; \\\\"),
        ("  one\n    two", "one\\\ntwo"),
    ],
)
def test_plain_text_becomes_notes_that_show_it(text: str, commonmark: str) -> None:
    assert from_plain(text) == commonmark
    assert normalise(commonmark) == commonmark


@given(words)
def test_plain_text_loses_nothing_but_white_space(text: str) -> None:
    assert to_plain(from_plain(text)).split() == clean(text).split()


def test_what_people_are_shown() -> None:
    assert safe_html("**a** <b>\n\n[c](javascript:x) https://example.org/d") == (
        "<p><strong>a</strong> &lt;b&gt;</p>"
        '<p>c <a href="https://example.org/d" rel="noopener noreferrer nofollow">https://example.org/d</a></p>'
    )
    shown = safe_html_from("<p onclick='x()' style='color:red'>a<script>b</script><img src=x onerror=y><b>c</b></p>")
    assert shown == "<p>a<strong>c</strong></p>"


ALLOWED = {
    "a": {"href", "rel"}, "ol": {"start"}, "blockquote": set(), "br": set(), "code": set(), "em": set(), "hr": set(),
    "li": set(), "p": set(), "pre": set(), "s": set(), "strong": set(), "ul": set(),
    **{f"h{level}": set() for level in range(1, 7)},
}  # fmt: skip


def assert_harmless(shown: str) -> None:
    for token in tokens(shown):
        if token.kind == "start":
            assert set(attributes(token.body)) <= ALLOWED[token.name]
            href = attributes(token.body).get("href", "https:")
            assert href.split(":")[0] in {"http", "https", "mailto", "tel", "webcal"}


@given(st.one_of(markdown.map(safe_html), html.map(safe_html_from)))
def test_nothing_shown_can_harm(shown: str) -> None:
    assert_harmless(shown)


@given(markdown)
def test_nothing_of_a_note_is_missing_on_the_page(commonmark: str) -> None:
    assert from_html(safe_html(commonmark)) == hold(parse(commonmark), HTML)
