"""Notes in Asana: what is written, what is read, and that Asana's strict reader takes all of it."""

from xml.etree import ElementTree

import pytest
from hypothesis import given

from connectors.asana.richtext import from_asana, hold_asana, to_asana
from domain.richtext.commonmark import normalise
from sandbox.asana import richtext as asana
from tests.domain.richtext.strategies import html, markdown

NOTES = """# Agenda & more

Bring **slides, _all_ of them**, ~~paper~~ `code` and [the list](https://example.org/?a=1&b=2)\\
or see https://example.org/x.

### Then

- one
  - two
- three

  again

3. four

> said
>
> - so

```py
a < b
  c
```

---

The end"""

WRITTEN = """<body><h1>Agenda &amp; more</h1>
Bring <strong>slides, <em>all</em> of them</strong>, <s>paper</s> <code>code</code> and \
<a href="https://example.org/?a=1&amp;b=2">the list</a>
or see <a href="https://example.org/x">https://example.org/x</a>.

<strong>Then</strong>
<ul><li>one<ul><li>two</li></ul></li><li>three
again</li></ul><ol><li>four</li></ol><blockquote>said

• so</blockquote><pre>a &lt; b
  c</pre><hr/>
The end</body>"""

HELD = """# Agenda & more

Bring **slides, _all_ of them**, ~~paper~~ `code` and [the list](https://example.org/?a=1&b=2)\\
or see https://example.org/x.

**Then**

- one
  - two
- three\\
  again

1. four

> said
>
> • so

```
a < b
  c
```

---

The end"""


def test_what_asana_is_sent_and_what_it_holds() -> None:
    assert to_asana(NOTES) == WRITTEN
    assert from_asana(WRITTEN) == hold_asana(NOTES) == HELD


@pytest.mark.parametrize("notes", ["", "plain words", "two\n\nparagraphs"])
def test_plain_notes(notes: str) -> None:
    assert to_asana(notes) == f"<body>{notes}</body>"
    assert from_asana(to_asana(notes)) == hold_asana(notes) == notes


@given(markdown)
def test_what_comes_back_is_what_asana_holds(notes: str) -> None:
    held = hold_asana(notes)
    assert from_asana(to_asana(notes)) == held
    assert hold_asana(held) == held == normalise(held)
    assert to_asana(held) == to_asana(notes)


@given(html)
def test_any_markup_settles_after_one_round(source: str) -> None:
    read = from_asana(f"<body>{source}</body>")
    assert normalise(read) == read
    assert from_asana(to_asana(read)) == hold_asana(read)


INLINE = {"strong", "em", "s", "code", "a"}
MAY_HOLD = {
    "body": INLINE | {"ul", "ol", "h1", "h2", "hr", "pre", "blockquote"},
    "ul": {"li"}, "ol": {"li"}, "li": INLINE | {"ul", "ol"}, "blockquote": INLINE, "h1": INLINE, "h2": INLINE,
    "pre": set[str](), "hr": set[str](), "code": set[str](), **dict.fromkeys(("strong", "em", "s", "a"), INLINE),
}  # fmt: skip


@given(markdown)
def test_what_is_written_is_the_xml_that_asana_takes(notes: str) -> None:
    written = to_asana(notes)
    root = ElementTree.fromstring(written)
    for element in root.iter():
        assert set(element.attrib) == ({"href"} if element.tag == "a" else set())
        assert {inner.tag for inner in element} <= MAY_HOLD[element.tag]
        if element.tag in ("h1", "h2"):
            assert "\n" not in "".join(element.itertext())
    accepted = asana.write(asana.accept(written, lambda found: found, in_task=True))
    assert from_asana(accepted) == hold_asana(notes)


def test_mentions_are_names_and_nobody_is_notified() -> None:
    notes = (
        '<body>Ask <a href="https://app.asana.com/0/12/list" data-asana-gid="12" data-asana-accessible="true" '
        'data-asana-type="user" data-asana-dynamic="true">@Ada Lovelace</a> or <a data-asana-gid="13" '
        'data-asana-type="user"/>see <a href="https://app.asana.com/0/0/14" data-asana-gid="14" '
        'data-asana-type="task">the task</a></body>'
    )
    assert from_asana(notes) == "Ask @Ada Lovelace or see [the task](https://app.asana.com/0/0/14)"
    assert "data-asana" not in to_asana(from_asana(notes))


def test_a_picture_is_a_link_that_does_not_change_with_every_read() -> None:
    first, second = (
        f'<body>a\n<img data-asana-gid="15" src="{url}" alt="\n{url}"/>b</body>'
        for url in ("https://s3.example.org/?signature=1", "https://s3.example.org/?signature=2")
    )
    assert from_asana(first) == from_asana(second)
    assert from_asana(first) == "a\\\n[image](https://app.asana.com/app/asana/-/get_asset?asset_id=15)b"
    assert from_asana('<body><img alt="chart.png"/></body>') == "chart.png"


def test_underline_tables_and_tags_of_the_future_keep_their_text() -> None:
    notes = '<body><u>a</u><table><tr><td>b</td><td>c</td></tr></table><object type="x">d</object><new>e</new></body>'
    assert from_asana(notes) == "a\\\nb | c\\\nd\\\ne"


def test_entities_of_a_document_type_are_never_expanded() -> None:
    notes = '<!DOCTYPE body [<!ENTITY x "boom">]><body>a &x; b</body>'
    assert from_asana(notes) == "]>\\\na \\&x; b"


@pytest.mark.parametrize("character", ["\x00", "\x0b", "\x1f", "\ud83d", "\ufffe"])
def test_what_xml_forbids_is_dropped(character: str) -> None:
    written = to_asana(f"a{character}b **c{character}d**\n\n```\ne{character}f\n```")
    ElementTree.fromstring(written)
    assert character not in written
