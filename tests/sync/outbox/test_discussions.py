"""Discussions brought in by hand: once each, as plain text, and nothing of other groups."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from connectors.linkedin.archive import shares
from connectors.linkedin.permalink import parse
from domain.errors import ConfigProblem, Locked
from domain.records import MAX_NOTES, Record
from domain.richtext.plain import to_plain
from store.state import Wanted, load
from sync.outbox import discussions, sheets
from sync.outbox.discussions import Brought, Discussion
from tests.connectors.linkedin.test_archive import HEADING, packed
from tests.sync.outbox.bench import COMMUNITY, GROUP, NOW, Bench, permalink


def kept(here: Bench) -> list[Record]:
    with here.store.reading() as connection:
        found, _ = load(connection, COMMUNITY, Wanted(everything=True))
    return sorted(found.values(), key=lambda one: str(one.fields["published_at"]))


def table(here: Bench, content: str) -> Brought:
    brought = discussions.begin(here.now)
    rows = sheets.rows(content.encode(), "x.csv", discussions.NEEDED)
    return discussions.bring_in(here.store, here.place, discussions.of_rows(rows, GROUP, brought), brought, here.now)


def counts(brought: Brought) -> tuple[int, int, int, int]:
    return brought.new, brought.changed, brought.same, len(brought.refused)


def test_a_table_twice_is_as_once(here: Bench) -> None:
    lines = [f"{permalink(NOW - timedelta(days=day), number=day)};Title {day};Text {day};Ada;" for day in range(1, 4)]
    content = "\r\n".join(
        ["post_url;title;text;author_name;link", *lines, f"{permalink(NOW, '999')};x;y;;", "lnkd.in/x;;;;"]
    )
    brought = table(here, content)
    assert counts(brought) == (3, 0, 0, 2)
    assert [row for row, _ in brought.refused] == [5, 6]
    assert counts(table(here, content)) == (0, 0, 3, 2)
    (first, *_) = found = kept(here)
    assert len(found) == 3
    assert first.fields["published_at"] == NOW - timedelta(days=3)
    assert (first.fields["title"], first.fields["author"], first.fields["body"]) == ("Title 3", "Ada", "Text 3")
    assert first.fields["url"] == permalink(NOW - timedelta(days=3), number=3)


def test_what_is_given_anew_changes_and_what_is_left_out_stays(here: Bench) -> None:
    link = permalink(NOW)
    table(here, f"post_url,title,text\n{link},One,First\n")
    assert counts(table(here, f"post_url,title,text\n{link}?utm_source=x,Two,\n")) == (0, 1, 0, 0)
    (found,) = kept(here)
    assert (found.fields["title"], found.fields["body"]) == ("Two", "First")


def test_text_stays_text(here: Bench) -> None:
    evil = "<script>alert(1)</script>\n# no heading\n[x](javascript:alert(1))\n=cmd|' /C calc'!A0"
    brought = discussions.begin(here.now)
    given = [Discussion(parse(permalink(NOW)), "a\n\n<b>b</b>", evil, link="javascript:alert(1)")]
    discussions.bring_in(here.store, here.place, given, brought, here.now)
    (found,) = kept(here)
    assert to_plain(str(found.fields["body"])) == evil
    assert found.fields["title"] == "a <b>b</b>"


def test_ones_own_data_brings_the_group_and_nothing_else(here: Bench, tmp_path: Path) -> None:
    lines = f"2026-11-20,{permalink(NOW)},Who comes?,https://example.org/talk,,\r\n"
    lines += f"2026-11-20,{permalink(NOW, '9')},No,,,\r\n"
    path = packed(tmp_path, {"Shares.csv": HEADING + lines, "messages.csv": "private"})
    for expected in ((1, 0, 0, 0), (0, 0, 1, 0)):
        brought = discussions.begin(here.now)
        given = map(discussions.of_share, shares(path, GROUP))
        assert counts(discussions.bring_in(here.store, here.place, given, brought, here.now)) == expected
    assert [one.fields["body"] for one in kept(here)] == ["Who comes?\n\n<https://example.org/talk>"]


def test_a_file_that_breaks_off_leaves_nothing(here: Bench) -> None:
    rows = "".join(f"{permalink(NOW, number=number)},T\n" for number in range(6_000))
    with pytest.raises(ConfigProblem, match="cannot be read from line 6002"):
        table(here, f'post_url,title\n{rows}"broken')
    assert kept(here) == []


def test_h18_an_import_waits_for_a_run(here: Bench) -> None:
    lease = here.store.acquire(COMMUNITY, "a sync", here.now)
    with pytest.raises(Locked):
        table(here, f"post_url,title\n{permalink(NOW)},T\n")
    here.store.release(lease)
    assert counts(table(here, f"post_url,title\n{permalink(NOW)},T\n")) == (1, 0, 0, 0)


def test_h28_one_post_that_cannot_be_kept_keeps_no_other_out(here: Bench) -> None:
    given = [
        Discussion(parse(permalink(NOW, number=1)), "long", "x" * (MAX_NOTES + 1)),
        Discussion(parse(permalink(NOW, number=2)), "odd \ud800 \x00", "𝕏 ‮ okay"),
        Discussion(parse(permalink(NOW, number=3)), "plain", "text"),
    ]
    brought = discussions.bring_in(here.store, here.place, given, discussions.begin(here.now), here.now)
    assert sorted(str(one.fields["title"]) for one in kept(here)) == ["odd", "plain"]
    assert (brought.new, len(brought.refused)) == (2, 1)


def test_many_rows(here: Bench) -> None:
    begin = datetime(2026, 1, 1, tzinfo=UTC)
    lines = (f"{permalink(begin + timedelta(seconds=90 * number))},T{number},Text\n" for number in range(12_000))
    content = "post_url,title,text\n" + "".join(lines)
    assert counts(table(here, content)) == (12_000, 0, 0, 0)
    assert counts(table(here, content)) == (0, 0, 12_000, 0)
