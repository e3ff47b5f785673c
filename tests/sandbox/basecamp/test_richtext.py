import pytest

from sandbox.basecamp.richtext import clean, expand, mentions
from tests.sandbox.basecamp.conftest import World

MENTION = '<bc-attachment sgid="S"></bc-attachment>'


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("", ""),
        ("Plain & simple", "<div>Plain &amp; simple</div>"),
        ("One<br/>two", "<div>One<br>two</div>"),
        ("<div>Already <strong>wrapped</strong></div>", "<div>Already <strong>wrapped</strong></div>"),
        ("<ul><li>a</li></ul>", "<ul><li>a</li></ul>"),
        ("<p>Gone</p> <b>bold</b> <i>it</i> <code>x</code>", "<div>Gone bold it x</div>"),
        ("<h1>Kept</h1><h2>Gone</h2>", "<h1>Kept</h1>Gone"),
        ("<script>alert(1)</script>Safe", "<div>Safe</div>"),
        ('<a href="https://e.org/?a=1&amp;b=2" class="x" title="t">l</a>', None),
        ('<a href="javascript:alert(1)">l</a>', "<div><a>l</a></div>"),
        ('<div style="color:red" dir="auto">x</div>', "<div>x</div>"),
        ("<em>e</em><strike>s</strike>", "<div><em>e</em><strike>s</strike></div>"),
        ("<pre>a\n  b</pre>", "<pre>a\n  b</pre>"),
        ("<blockquote>q</blockquote>", "<blockquote>q</blockquote>"),
        ("<div><br></div>", "<div><br></div>"),
    ],
)
def test_only_allowed_tags_stay(sent: str, kept: str | None) -> None:
    expected = kept if kept is not None else '<div><a href="https://e.org/?a=1&amp;b=2">l</a></div>'
    assert clean(sent) == expected


@pytest.mark.parametrize("sent", ["x", "a<br>b", "<ol><li>1</li></ol>", f"Ask {MENTION} now", "&nbsp;x"])
def test_what_was_read_can_be_sent_back_unchanged(sent: str) -> None:
    once = clean(sent)
    assert clean(once) == once


def test_a_mention_is_spelled_out_and_survives_being_echoed() -> None:
    stored = clean(f"Ask {MENTION}")
    shown = expand(stored, {"S": "Ben Berg"}.get)
    assert "<figcaption>Ben</figcaption>" in shown
    assert 'content-type="application/vnd.basecamp.mention"' in shown
    assert clean(shown) == stored


def test_an_attachment_that_is_nobody_stays_as_it_is() -> None:
    stored = clean('<bc-attachment sgid="file" caption="Plan" width="3">x</bc-attachment>')
    assert stored == '<div><bc-attachment sgid="file" caption="Plan"></bc-attachment></div>'
    assert expand(stored, lambda _: None) == stored
    assert mentions(stored) == {"file"}


def test_a_todo_shows_what_was_kept(world: World) -> None:
    made = world.todo(description="Hello <script>x</script><p>world</p>")
    assert made["description"] == "<div>Hello world</div>"
    assert made["description_attachments"] == []


def test_titles_are_plain_text(world: World) -> None:
    assert world.todo("Use <b> & </b>")["content"] == "Use <b> & </b>"


def test_mentioning_somebody_shows_their_first_name(world: World) -> None:
    sgid = world.get(f"/people/{world.ids['ben']}.json")["attachable_sgid"]
    made = world.todo(description=f'Ask <bc-attachment sgid="{sgid}"></bc-attachment>')
    assert "<figcaption>Ben</figcaption>" in made["description"]
