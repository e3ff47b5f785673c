"""Files and mentions stay in a text that is changed elsewhere."""

import pytest

from connectors.basecamp.attachments import keep_attachments
from connectors.basecamp.richtext import from_basecamp, to_basecamp


def mention(name: str) -> str:
    return (
        f'<bc-attachment sgid="{name}" content-type="application/vnd.basecamp.mention"><figure>'
        f'<img src="about:blank" class="avatar"><figcaption>{name}</figcaption></figure></bc-attachment>'
    )


PHOTO = (
    '<bc-attachment sgid="F" content-type="image/jpeg" href="https://files.example.org/p.jpg?a=1&amp;b=2" '
    'filename="p.jpg" caption="The room"><figure><img src="https://files.example.org/t"></figure></bc-attachment>'
)
EMPTY = '<bc-attachment sgid="E"></bc-attachment>'


def changed(before: str, old: str, new: str) -> str:
    """Change a text as another tool does that shows attachments as text."""
    notes = from_basecamp(before)
    assert old in notes
    return keep_attachments(to_basecamp(notes.replace(old, new)), before)


def test_what_still_stands_in_the_text_takes_its_place_again() -> None:
    before = f"<div>Ask {mention('Ben')} for {PHOTO} today</div>"
    assert changed(before, "today", "tomorrow") == f"<div>Ask {mention('Ben')} for {PHOTO} tomorrow</div>"


def test_what_was_removed_from_the_text_goes_to_the_end() -> None:
    before = f"<div>Ask {mention('Ben')} today</div>"
    assert changed(before, "Ask @Ben today", "Done") == f"<div>Done</div><div>{mention('Ben')}</div>"


def test_what_shows_as_nothing_goes_to_the_end_and_the_view_is_as_asked() -> None:
    after = changed(f"<div>Text</div>{EMPTY}", "Text", "New")
    assert after == f"<div>New</div><div>{EMPTY}</div>"
    assert from_basecamp(after) == "New"


def test_a_name_inside_of_a_longer_one_is_not_taken_for_a_mention() -> None:
    before = f"<div>{mention('Al')} and more</div>"
    after = keep_attachments(to_basecamp("@Albert and @Al"), before)
    assert after == f"<div>@Albert and {mention('Al')}</div>"


def test_two_of_the_same_keep_both() -> None:
    before = f"<div>{mention('Ben')} and {mention('Ben')}</div>"
    assert changed(before, "and", "or") == f"<div>{mention('Ben')} or {mention('Ben')}</div>"


@pytest.mark.parametrize("before", ["", "<div>Plain</div>", "<div>a &lt;bc-attachment&gt; b</div>"])
def test_a_text_without_any_is_as_it_was_written(before: str) -> None:
    assert keep_attachments("<div>New</div>", before) == "<div>New</div>"


def test_changes_do_not_pile_up() -> None:
    html = f"<div>Ask {mention('Ben')} {PHOTO}</div>"
    for number in range(3):
        html = keep_attachments(to_basecamp(f"Round {number}"), html)
    assert html == f"<div>Round 2</div><div>{mention('Ben')}{PHOTO}</div>"
