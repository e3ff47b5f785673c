"""Notes in Exchange: beside joining details and footers, which are never read as notes and never lost."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.microsoft365.richtext import from_exchange, hold_exchange, replace_text, to_exchange
from domain.richtext.commonmark import normalise
from domain.richtext.html_tokens import attributes, tokens
from sandbox.microsoft365.bodies import body_from
from tests.domain.richtext.strategies import html, markdown

NOTES = """# Agenda & more

Bring **slides, _all_ of them**, ~~paper~~ `code` and [the list](https://example.org/?a=1&b=2)\\
or see https://example.org/x.

- one
  - two

    again

3. four

> said

```
a < b
```

---

The end"""

WRITTEN = (
    '<div id="copsync"><h1>Agenda &amp; more</h1>'
    "<p>Bring <strong>slides, <em>all</em> of them</strong>, <s>paper</s> <code>code</code> and "
    '<a href="https://example.org/?a=1&amp;b=2">the list</a><br>'
    'or see <a href="https://example.org/x">https://example.org/x</a>.</p>'
    '<ul><li>one<ul><li><p>two</p><p>again</p></li></ul></li></ul><ol start="3"><li>four</li></ol>'
    "<blockquote><p>said</p></blockquote><pre>a &lt; b</pre><hr><p>The end</p></div>"
)

LINE = "_" * 80
JOIN = "https://teams.microsoft.com/l/meetup-join/19%3ameeting_x%40thread.v2/0?context=%7b%22Tid%22%3a%22t%22%7d"

MEETING_2026 = (
    '<div class="me-email-text" lang="en-US" style="max-width:1024px; color:#242424">\r\n'
    f'<div aria-hidden="true" style="white-space:nowrap">\r\n{LINE}</div>\r\n'
    '<div><span class="me-email-text">Microsoft Teams meeting</span>\r\n</div>\r\n'
    f'<div><a href="{JOIN}" id="meet_invite_block.action.join_link" class="me-email-link">Join</a>\r\n</div>\r\n'
    '<div><span class="me-email-text-secondary">Passcode:\r\n</span><span class="me-email-text">x</span></div>\r\n'
    f'<div aria-hidden="true">\r\n{LINE}</div>\r\n</div>'
)
MEETING_2021 = (
    f'<div style="width:100%; height:20px"><span style="opacity:.36">{LINE}</span> </div>\r\n'
    '<div class="me-email-text" style="color:#252424"><div><span>Microsoft Teams meeting</span></div>\r\n'
    f'<a class="me-email-headline" href="{JOIN}">Click here to join the meeting</a></div>\r\n'
    '<div style="font-size:14px">\r\n</div>\r\n<div></div>\r\n'
    f'<div style="width:100%"><span>{LINE}</span> </div>'
)
MEETING_QUOTED = MEETING_2026.replace('class="', 'class="x_').replace('id="', 'id="x_')
MEETING_PHONE = (
    f"<span>{LINE}</span><br><span>Microsoft Teams meeting</span><br>"
    f'<strong><a href="{JOIN}">Click here to join the meeting</a></strong><br>{LINE}'
)
MEETINGS = [MEETING_2026, MEETING_2021, MEETING_QUOTED, MEETING_PHONE]

GROUP = "https://outlook.office365.com/owa/x@example.org/groupsubscription.ashx?source=EscalatedMessage&amp;action="
FOOTER_TABLE = (
    '<div id="a59ada49" style="display:inline-block">\r\n<table><tbody><tr><td>\r\n&nbsp;</td></tr></tbody></table>\r\n'
    "<table><tbody>\r\n<tr><td>\r\nYou're receiving this message because you're a member of the "
    f'<a href="{GROUP}conversations">Gardeners</a> group. If you don\'t want to receive any messages from it,\r\n'
    f'<a href="{GROUP}unsubscribe">stop following it in your inbox</a>.</td></tr>\r\n'
    f'<tr><td><a href="{GROUP}files">View\r\n group files</a></td></tr></tbody></table>\r\n</div>'
)
FOOTER_LINE = (
    "<div style=\"color:rgb(0,0,0)\">\r\nYou're receiving this message because you're a member of the Gardeners group. "
    "If you don't want to receive any messages or events from this group, stop following it in&nbsp;your inbox.</div>"
)
FOREIGN = [*MEETINGS, FOOTER_TABLE, FOOTER_LINE]


def page(inner: str) -> str:
    head = '<html>\r\n<head>\r\n<meta http-equiv="Content-Type" content="text/html; charset=utf-8">\r\n</head>\r\n'
    return f"{head}<body>\r\n{inner}\r\n</body>\r\n</html>\r\n"


# Writing and reading


def test_what_exchange_is_sent_and_what_it_holds() -> None:
    assert to_exchange(NOTES) == WRITTEN
    assert from_exchange(WRITTEN) == hold_exchange(NOTES) == NOTES
    assert to_exchange("") == from_exchange("") == hold_exchange("") == ""


@given(markdown)
def test_what_comes_back_is_what_exchange_holds(notes: str) -> None:
    held = hold_exchange(notes)
    assert from_exchange(to_exchange(notes)) == held
    assert hold_exchange(held) == held == normalise(held)
    assert to_exchange(held) == to_exchange(notes)


@given(markdown)
def test_what_exchange_makes_of_it_reads_the_same(notes: str) -> None:
    kept = body_from({"contentType": "html", "content": to_exchange(notes)})
    assert from_exchange(kept.as_html) == hold_exchange(notes)
    met = kept.with_meeting(JOIN)
    assert from_exchange(met.as_html) == hold_exchange(notes)


@given(html)
def test_any_markup_settles_after_one_round(source: str) -> None:
    read = from_exchange(page(source))
    assert normalise(read) == read
    assert from_exchange(to_exchange(read)) == hold_exchange(read)


TAGS = {
    "div", "p", "h1", "h2", "h3", "h4", "h5", "h6", "br", "hr", "strong", "em", "s", "code", "a", "pre", "ol", "ul",
    "li", "blockquote",
}  # fmt: skip


@given(markdown)
def test_only_plain_tags_are_written(notes: str) -> None:
    for token in tokens(to_exchange(notes)):
        if token.kind == "start":
            assert token.name in TAGS
            assert set(attributes(token.body)) <= {"a": {"href"}, "ol": {"start"}, "div": {"id"}}.get(token.name, set())


def test_what_outlook_writes() -> None:
    source = (
        '<div style="font-size:12pt">first line</div>\r\n<div>second&nbsp; line</div>\r\n<div><br>\r\n</div>\r\n'
        '<div class="elementToProof">Ask <a id="OWAAM123" href="mailto:ada@example.org">@Ada Lovelace</a>,\r\n'
        "please</div>"
        '<p class="MsoNormal"><o:p>&nbsp;</o:p></p><ol data-editing-info="{}"><li><span>one</span></li></ol>'
    )
    assert from_exchange(page(source)) == "first line\\\nsecond line\n\nAsk @Ada Lovelace, please\n\n1. one"


def test_links_behind_safe_links_are_the_links_they_were() -> None:
    wrapped = (
        '<a href="https://eur01.safelinks.protection.outlook.com/?url=https%3A%2F%2Fexample.org%2Fa%3Fb%3D1&amp;data=05">'
        "a</a> "
    )
    assert from_exchange(wrapped) == "[a](https://example.org/a?b=1)"
    assert from_exchange(wrapped.replace("url=", "x=")).startswith("[a](https://eur01.safelinks")
    assert from_exchange(wrapped.replace("url=https", "url=javascript")) == "a"
    assert from_exchange('<a href="https://example.org/?.safelinks.protection.outlook.com&url=x">a</a>').startswith(
        "[a]"
    )


# Foreign blocks


@pytest.mark.parametrize("foreign", FOREIGN)
@pytest.mark.parametrize("notes", ["", "Bring slides", NOTES])
def test_foreign_blocks_are_no_notes(foreign: str, notes: str) -> None:
    ours = to_exchange(notes)
    assert from_exchange(page(foreign)) == ""
    assert from_exchange(page(f"{ours}<br>\r\n{foreign}")) == notes
    assert from_exchange(page(f"<div><br>\r\n<br>\r\n{foreign}</div>{ours}")) == notes


def test_words_on_both_sides_of_a_foreign_block_stay_apart() -> None:
    assert from_exchange(page(f"before{MEETING_2026}after")) == "before\n\nafter"


@pytest.mark.parametrize("foreign", FOREIGN)
@pytest.mark.parametrize("ours", ['<div id="copsync"><p>old</p></div>', '<div id="x_copsync">\r\n<p>old</p>\r\n</div>'])
def test_only_our_part_is_replaced(foreign: str, ours: str) -> None:
    old = page(f"<div>\r\n<br>\r\n</div>{ours}\r\n<br>\r\n{foreign}")
    new = replace_text(old, NOTES)
    assert new == old.replace(ours, WRITTEN)
    assert from_exchange(new) == NOTES


@pytest.mark.parametrize("foreign", FOREIGN)
@pytest.mark.parametrize(
    "written",
    [
        "<div>typed in Outlook</div>",
        "typed<div id='copsync'>old</div>beside",
        "<b><div id='copsync'>old</div></b>",
        "<ul><li><div id='copsync'>old</div></li></ul>",
        "<div id='copsync'>old</div><div id='copsync'>twice</div>",
        "",
    ],
)
def test_everything_but_the_foreign_blocks_is_replaced(foreign: str, written: str) -> None:
    for old in (page(f"{written}<br>{foreign}"), page(f"{foreign}{written}"), f"{written}{foreign}"):
        new = replace_text(old, "new *notes*")
        assert foreign in new
        assert "typed" not in new
        assert "old" not in new.replace("bold", "")
        assert from_exchange(new) == "new _notes_"
        assert from_exchange(replace_text(new, "")) == ""


def test_joining_details_inside_our_part_are_kept_too() -> None:
    old = page(f'<div id="copsync"><p>old</p>{MEETING_2026}</div>')
    assert from_exchange(old) == "old"
    new = replace_text(old, "new")
    assert MEETING_2026 in new
    assert from_exchange(new) == "new"


def test_all_foreign_blocks_at_once() -> None:
    old = page(f"typed{MEETING_2026}<p>between</p>{FOOTER_TABLE}")
    assert from_exchange(old) == "typed\n\nbetween"
    new = replace_text(old, "new")
    assert MEETING_2026 in new
    assert FOOTER_TABLE in new
    assert from_exchange(new) == "new"


def test_a_pasted_invitation_among_our_notes_is_ours() -> None:
    notes = (
        f"{LINE}\n\n[Join]({JOIN})\n\n{LINE}\n\nYou're receiving this message because you're a member of the x group."
    )
    assert from_exchange(page(to_exchange(notes))) == normalise(notes)


def test_a_join_link_that_somebody_typed_is_a_note() -> None:
    assert from_exchange(page(f'<p>Meet <a href="{JOIN}">here</a></p>')).startswith("Meet [here](https://teams.")
    assert from_exchange(page(f"<p>{LINE}</p><p>a</p>")) == normalise(LINE + "\n\na").replace("---", "\\_" * 80)


def test_the_stand_in_keeps_the_meeting_through_a_change_of_notes() -> None:
    body = body_from({"contentType": "html", "content": to_exchange("old")}).with_meeting(JOIN)
    new = body_from({"contentType": "html", "content": replace_text(body.as_html, NOTES)})
    assert new.holds_meeting(JOIN)
    assert from_exchange(new.as_html) == NOTES


@given(
    st.one_of(html, markdown.map(to_exchange)),
    st.sampled_from(["", *FOREIGN]),
    st.one_of(html, st.just("")),
    markdown,
)
def test_whatever_stood_there_the_new_notes_are_read(before: str, foreign: str, after: str, notes: str) -> None:
    old = page(before + foreign + after)
    assert from_exchange(replace_text(old, notes)) == hold_exchange(notes)


@pytest.mark.parametrize("name", ["div", "blockquote", "table", "b"])
def test_ten_thousand_levels_around_a_foreign_block(name: str) -> None:
    old = f"<{name}>" * 10_000 + MEETING_2026 + f"</{name}>" * 10_000
    assert from_exchange(old) == ""
    assert MEETING_2026 in replace_text(old, "new")


@pytest.mark.parametrize(
    "piece",
    [
        "<div class=me-email-text>x</div>",
        f"<p>{LINE}</p><p class=me-email-text>x</p>y",
        "<i>__________</i>x",
        "__________ ",
        "_",
        "<p id=copsync>x",
        "<p id=copsync>__________<p class=me-email>",
        "<div><a href=groupsubscription.ashx>x",
        "<p>You're receiving this message because you're a member of the ",
        f"<a href='{JOIN}'>____________",
    ],
)
def test_hostile_invitations_take_linear_time(piece: str) -> None:
    def seconds(length: int) -> float:
        old = (piece * length)[: length * 10]
        start = time.process_time()
        replace_text(old, "new")
        return time.process_time() - start

    # Eight times the text may take twenty times as long; a square would take sixty-four. Other load comes and goes.
    base = min(seconds(1_000) for _ in range(3))
    assert any(seconds(8_000) < 0.02 + 20 * base for _ in range(4))
