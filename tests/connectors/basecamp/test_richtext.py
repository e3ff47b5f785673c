"""Notes in Basecamp: what is written, what is read, and that Basecamp's sanitiser leaves it alone."""

import pytest
from hypothesis import given

from connectors.basecamp.richtext import from_basecamp, hold_basecamp, to_basecamp
from domain.richtext.commonmark import normalise
from domain.richtext.html_tokens import attributes, tokens
from sandbox.basecamp.richtext import clean, expand
from tests.domain.richtext.strategies import html, markdown

NOTES = """# Agenda & more

Bring **slides, _all_ of them**, ~~paper~~ `code` and [the list](https://example.org/?a=1&b=2)\\
or see https://example.org/x.

Second

## Then

- one
  - two
- three

  again

3. four

> said
>
> > - so

```py
a < b
  c
```

---

The end"""

WRITTEN = (
    "<h1>Agenda &amp; more</h1>"
    "<div>Bring <strong>slides, <em>all</em> of them</strong>, <strike>paper</strike> code and "
    '<a href="https://example.org/?a=1&amp;b=2">the list</a><br>'
    'or see <a href="https://example.org/x">https://example.org/x</a>.<br><br>Second<br><br>'
    "<strong>Then</strong></div>"
    "<ul><li>one<ul><li>two</li></ul></li><li>three<br>again</li></ul><ol><li>four</li></ol>"
    "<blockquote>said<blockquote><ul><li>so</li></ul></blockquote></blockquote><pre>a &lt; b\n  c</pre>"
    "<div>———<br><br>The end</div>"
)

HELD = """# Agenda & more

Bring **slides, _all_ of them**, ~~paper~~ code and [the list](https://example.org/?a=1&b=2)\\
or see https://example.org/x.

Second

**Then**

- one
  - two
- three\\
  again

1. four

> said
>
> > - so

```
a < b
  c
```

---

The end"""


def test_what_basecamp_is_sent_and_what_it_holds() -> None:
    assert to_basecamp(NOTES) == WRITTEN
    assert from_basecamp(WRITTEN) == hold_basecamp(NOTES) == HELD


@pytest.mark.parametrize(
    ("notes", "written"),
    [("", ""), ("plain words", "<div>plain words</div>"), ("two\n\nparagraphs", "<div>two<br><br>paragraphs</div>")],
)
def test_plain_notes(notes: str, written: str) -> None:
    assert to_basecamp(notes) == written
    assert from_basecamp(written) == hold_basecamp(notes) == notes


@given(markdown)
def test_what_comes_back_is_what_basecamp_holds(notes: str) -> None:
    held = hold_basecamp(notes)
    assert from_basecamp(to_basecamp(notes)) == held
    assert hold_basecamp(held) == held == normalise(held)
    assert to_basecamp(held) == to_basecamp(notes)


@given(html)
def test_any_markup_settles_after_one_round(source: str) -> None:
    read = from_basecamp(source)
    assert normalise(read) == read
    assert from_basecamp(to_basecamp(read)) == hold_basecamp(read)


TAGS = {"div", "h1", "br", "strong", "em", "strike", "a", "pre", "ol", "ul", "li", "blockquote"}


@given(markdown)
def test_only_tags_that_every_basecamp_keeps_are_written(notes: str) -> None:
    written = to_basecamp(notes)
    for token in tokens(written):
        if token.kind == "start":
            assert token.name in TAGS
            assert set(attributes(token.body)) == ({"href"} if token.name == "a" else set())
    assert from_basecamp(clean(written)) == hold_basecamp(notes)


def test_a_mention_is_the_name_it_shows() -> None:
    stored = '<div>Thanks <bc-attachment sgid="a1"></bc-attachment>!</div>'
    assert from_basecamp(expand(stored, lambda sgid: {"a1": "Ada Lovelace"}.get(sgid))) == "Thanks @Ada!"
    shown = (
        '<div>Thanks <bc-attachment sgid="a1" content-type="application/vnd.basecamp.mention">\n  <figure>\n'
        '    <img src="https://example.org/avatar" class="avatar" alt="Ada Lovelace">\n'
        "    <figcaption>{}</figcaption>\n  </figure>\n</bc-attachment>, see you</div>"
    )
    assert from_basecamp(shown.format("Ada")) == "Thanks @Ada, see you"
    assert from_basecamp(shown.format("")) == "Thanks @Ada Lovelace, see you"
    assert from_basecamp(shown.replace("alt", "x").format("")) == "Thanks , see you"
    assert "bc-attachment" not in to_basecamp(from_basecamp(shown.format("Ada")))


@pytest.mark.parametrize(
    ("found", "words"),
    [
        ('href="https://example.org/f" filename="plan.pdf"', "a [plan.pdf](https://example.org/f) b"),
        ('url="https://example.org/f" filename="plan.pdf"', "a [plan.pdf](https://example.org/f) b"),
        ('href="https://example.org/f" filename="plan.pdf" caption="The plan"',
         "a [The plan](https://example.org/f) b"),
        ('filename="plan.pdf"', "a plan.pdf b"),
        ('href="https://example.org/f"', "a [shown](https://example.org/f) b"),
        ('sgid="a1"', "a shown b"),
    ],
)  # fmt: skip
def test_a_file_is_a_link_or_its_name(found: str, words: str) -> None:
    source = f"<div>a <bc-attachment {found}><figure><figcaption>shown</figcaption></figure></bc-attachment> b</div>"
    assert from_basecamp(source) == words


def test_what_newer_editors_write_is_read() -> None:
    source = "<p>a <code>b</code> <mark>c</mark></p><h3>d</h3><p>e&nbsp;f<br></p><hr><ol start='2'><li>g</li></ol>"
    assert from_basecamp(source) == "a `b` c\n\n### d\n\ne f\n\n---\n\n2. g"


def test_lists_that_meet_where_two_quotes_become_one_are_one_too() -> None:
    notes = "> - a\n\n> - b\n>\n> > c\n\n> > d"
    assert hold_basecamp(notes) == "> - a\n> - b\n>\n> > c\n> >\n> > d"
    assert hold_basecamp(hold_basecamp(notes)) == hold_basecamp(notes) == from_basecamp(to_basecamp(notes))


def test_a_line_of_dashes_is_a_rule_and_only_alone() -> None:
    assert from_basecamp("<div>———</div>") == hold_basecamp("———") == "---"
    assert from_basecamp("<div>a<br>———</div>") == hold_basecamp("a\\\n———") == "a\\\n———"
    assert from_basecamp("<ul><li>———</li></ul>") == hold_basecamp("- ———") == "- ———"
