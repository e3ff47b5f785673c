"""Notes are written as each tool's editor would write them."""

from xml.etree import ElementTree

import pytest

from sandbox.seed import load
from sandbox.seed.richtext import for_asana, for_basecamp, for_outlook
from tests.sandbox.test_seed import TODAY

TEXT = """
## Plan & more

First **bold** *soft* `code` line
goes on.

Second, with a [link](https://example.org/?a=1&b=2).

- one
- two
"""


def test_asana() -> None:
    assert for_asana(TEXT) == (
        "<body><h2>Plan &amp; more</h2>\n"
        "First <strong>bold</strong> <em>soft</em> <code>code</code> line goes on.\n\n"
        'Second, with a <a href="https://example.org/?a=1&amp;b=2">link</a>.\n\n'
        "<ul><li>one</li><li>two</li></ul></body>"
    )


def test_basecamp() -> None:
    assert for_basecamp(TEXT) == (
        "<h1>Plan &amp; more</h1>"
        "<div>First <strong>bold</strong> <em>soft</em> code line goes on.<br><br>"
        'Second, with a <a href="https://example.org/?a=1&amp;b=2">link</a>.</div>'
        "<ul><li>one</li><li>two</li></ul>"
    )


def test_outlook() -> None:
    html = for_outlook(TEXT)
    assert html.startswith("<html><body><h2>Plan &amp; more</h2>\r\n<p>First")
    assert html.endswith("<li>two</li></ul></body></html>")


@pytest.mark.parametrize("number", range(20))
def test_every_note_is_well_formed(number: int) -> None:
    community = load(TODAY)
    notes = [copy.notes for task in community.work_in("asana") for copy in task.copies.values()][number::20]
    for text in [community.charter, *notes]:
        for html in (for_asana(text), f"<p>{for_basecamp(text)}</p>".replace("<br>", "<br/>"), for_outlook(text)):
            ElementTree.fromstring(html)
