"""What copsync cannot write in a description stays there when the words around it change."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.asana.keep import keeping
from connectors.asana.richtext import from_asana, hold_asana, to_asana
from tests.connectors.asana.world import World, edit, read

TABLE = "<table><tr><td>a</td><td>b</td></tr><tr><td>c</td><td>d</td></tr></table>"
PICTURE = '<img data-asana-gid="12" src="https://example.org/p?expires=1" alt="plan"/>'
OBJECT = '<object type="application/vnd.asana.gantt" data-asana-gid="13"/>'
FUTURE = '<sparkle level="3">new</sparkle>'
ADA = '<a href="https://app.asana.com/0/profile/5" data-asana-type="user" data-asana-gid="5">@Ada</a>'
NODES = [TABLE, PICTURE, OBJECT, FUTURE, ADA]


@pytest.mark.parametrize("node", NODES)
@pytest.mark.parametrize(("old", "new"), [("first", "1st"), ("last", "the very last"), ("last", "last\n\n- a\n- list")])
def test_a_node_stays_in_its_place_when_other_words_change(node: str, old: str, new: str) -> None:
    present = f"<body>the first line\nbefore\n{node}\nafter\nthe last line</body>"
    wanted = from_asana(present).replace(old, new)
    markup = keeping(wanted, present)
    assert markup.count(node) == 1
    assert markup.index("before") < markup.index(node) < markup.index("after")
    assert from_asana(markup) == hold_asana(wanted)


@pytest.mark.parametrize("node", [PICTURE, FUTURE, ADA])
def test_a_node_within_a_line_stays_when_the_line_changes(node: str) -> None:
    present = f"<body>see here {node} and there</body>"
    wanted = from_asana(present).replace("there", "elsewhere")
    assert keeping(wanted, present) == f"<body>see here {node} and elsewhere</body>"


def test_words_edited_in_a_table_win_over_its_shape() -> None:
    present = f"<body>before\n{TABLE}\nafter</body>"
    wanted = from_asana(present).replace("c | d", "c | D")
    markup = keeping(wanted, present)
    assert TABLE not in markup
    assert from_asana(markup) == wanted


@pytest.mark.parametrize("node", [PICTURE, OBJECT])
@pytest.mark.parametrize("wanted", ["", "All of it is new."])
def test_what_has_no_words_moves_to_the_end_rather_than_away(node: str, wanted: str) -> None:
    markup = keeping(wanted, f"<body>before\n{node}\nafter</body>")
    assert markup.endswith(f"{node}</body>")
    assert from_asana(markup).startswith(wanted)


def test_a_mention_that_somebody_deleted_is_not_made_again() -> None:
    assert keeping("hello you", f"<body>hello {ADA}</body>") == "<body>hello you</body>"


@pytest.mark.parametrize("present", [None, "", "<body></body>", "<body>old <strong>words</strong></body>"])
def test_plain_descriptions_are_simply_written(present: str | None) -> None:
    assert keeping("# New\n\n*words*", present) == to_asana("# New\n\n*words*")


def test_a_text_that_holds_our_own_marks_is_no_trap() -> None:
    present = f"<body>copsyncKeeps0x {PICTURE} copsyncKeepsx1x {TABLE} x</body>"
    wanted = from_asana(present).replace("0x", "9x")
    markup = keeping(wanted, present)
    assert PICTURE in markup
    assert from_asana(markup) == wanted


def test_long_texts_take_no_longer_than_they_should() -> None:
    words = "\n\n".join(f"Paragraph {number} of many words" for number in range(1500))
    present = f"<body>{words}\n\n{PICTURE}\n\nthe end</body>"
    wanted = from_asana(present).replace("Paragraph 7 ", "Section 7 ")
    assert keeping(wanted, present).endswith(f"{PICTURE}\n\nthe end</body>")


pieces = st.lists(
    st.sampled_from([*NODES, "one", "two", "three", " ", "\n", "\n\n", "<em>four</em>", "|"]), max_size=12
)


@given(pieces, pieces)
def test_whatever_changes_no_words_are_lost_and_no_picture(old: list[str], new: list[str]) -> None:
    present, wanted = f"<body>{''.join(old)}</body>", from_asana(f"<body>{''.join(new)}</body>")
    markup = keeping(wanted, present)
    for node in (PICTURE, OBJECT):
        assert (node in markup) == (node in present)
    assert _words(from_asana(markup)) >= _words(hold_asana(wanted))


@given(pieces)
def test_an_unchanged_text_keeps_all_its_nodes(old: list[str]) -> None:
    present = f"<body>{''.join(old)}</body>"
    markup = keeping(from_asana(present), present)
    assert from_asana(markup) == from_asana(present)
    for node in (PICTURE, OBJECT):
        assert markup.count(node) == present.count(node)


def _words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text))


async def test_asana_takes_back_what_it_sent(world: World) -> None:
    mention = f'<a data-asana-gid="{world.ada}"/>'
    gid = world.add("Task", html_notes=f"<body>First {mention}\n{PICTURE}\n{TABLE}\nlast</body>")
    told = len(world.state.notified)
    async with world.space() as space:
        before = (await read(space, gid)).raw["html_notes"]
        notes = str(space.view(await read(space, gid))["notes"])
        after = await edit(space, gid, notes=notes.replace("First", "1st"))
        assert after.raw["html_notes"] == before.replace("First", "1st")
        assert space.view(after)["notes"] == notes.replace("First", "1st")
    assert len(world.state.notified) == told
