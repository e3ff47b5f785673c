"""Links of group posts: every spelling of a real one is understood, and nothing else is."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from urllib.parse import quote, unquote

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from connectors.linkedin.permalink import LONGEST, TOLERANCE, GroupPost, parse, prove
from domain.errors import ConfigProblem

GROUP = "8472911"
MADE = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
POST = str(int(MADE.timestamp() * 1000) << 22 | 4711)
LINK = f"https://www.linkedin.com/feed/update/urn:li:groupPost:{GROUP}-{POST}/"
URN = f"urn:li:groupPost:{GROUP}-{POST}"

SPELLINGS = (
    LINK,
    LINK.rstrip("/"),
    f"  <{LINK}>\n",
    f"\u200b{LINK}\ufeff",
    LINK + "?utm_source=share&utm_medium=member_desktop&rcm=ACoAAA",
    LINK + "?commentUrn=urn%3Ali%3Acomment%3A%28groupPost%3A1-2%2C3%29#dashboard",
    LINK.replace("https", "http"),
    LINK.removeprefix("https://"),
    LINK.replace("www.", ""),
    LINK.replace("www.", "de."),
    LINK.replace("www.linkedin.com", "WWW.LinkedIn.COM:443"),
    LINK.replace("groupPost", "grouppost"),
    LINK.replace(URN, quote(URN, safe="")),
    LINK.replace(URN, quote(quote(URN, safe=""), safe="")),
    LINK.replace("/feed", "/comm/feed"),
    URN,
    quote(URN, safe=""),
)


@pytest.mark.parametrize("link", SPELLINGS)
def test_every_spelling_leads_to_one_name(link: str) -> None:
    post = parse(link)
    assert (post.group, post.post, post.urn, post.url) == (GROUP, POST, URN, LINK)


def test_the_number_holds_the_moment() -> None:
    assert parse(LINK).made_at == MADE


REFUSED = {
    "": "No link",
    "https://lnkd.in/e4ZkQx2": "Short links",
    "lnkd.in/e4ZkQx2": "Short links",
    "https://www.linkedin.com/feed/update/urn:li:activity:7264851234567890123/": "outside of any group",
    "https://www.linkedin.com/feed/update/urn%3Ali%3Ashare%3A7264851234567890123": "outside of any group",
    "https://www.linkedin.com/posts/ada_data-activity-7264851234567890123-Xy1z": "outside of any group",
    f"https://www.linkedin.com/groups/{GROUP}/": "no link to a post",
    LINK.replace("www.linkedin.com", "www.linkedin.com.example.org"): "not to LinkedIn",
    LINK.replace("www.linkedin.com", "evil-linkedin.com"): "not to LinkedIn",
    LINK.replace("www.linkedin.com", "www.linkedin.com@example.org"): "not to LinkedIn",
    LINK.replace("www.linkedin.com", "ada@www.linkedin.com"): "not to LinkedIn",
    LINK.replace("www.linkedin.com", "a.b.linkedin.com"): "not to LinkedIn",
    LINK.replace("www.linkedin.com", "www.linkedin.com:8443"): "not to LinkedIn",
    LINK.replace("www.linkedin.com", "www.linkedin.com:99999"): "no link to a post",
    LINK.replace("https://www.linkedin.com", "https://[::1"): "no link to a post",
    LINK.replace("https", "javascript"): "not to LinkedIn",
    LINK.replace("linkedin", "lіnkedin"): "only look like",  # a Cyrillic і
    LINK.replace(POST, POST.replace("7", "٧")): "only look like",  # an Arabic seven
    LINK.replace(POST, quote(POST.replace("7", "٧"))): "no link to a post",
    LINK.replace("-", "\u2010"): "only look like",
    f"look here: {LINK}": "only look like",
    LINK.replace(POST, POST[:14]): "no link to a post",
    LINK.replace(POST, "9" * 19): "no link to a post",
    LINK.replace(POST, "0" + POST): "no link to a post",
    LINK.replace(GROUP, "0"): "no link to a post",
    LINK + "../x": "no link to a post",
    LINK.replace(URN, f"{URN},urn:li:groupPost:1-{POST}"): "no link to a post",
    f"https://www.linkedin.com/redir/redirect?url={quote(LINK, safe='')}": "no link to a post",
    f"https://www.linkedin.com/feed/?highlightedUpdateUrn={quote(URN, safe='')}": "no link to a post",
    LINK.replace(URN, quote(quote(quote(URN, safe=""), safe=""), safe="")): "no link to a post",
    LINK + "?" + "a" * LONGEST: "longer than any link",
}


@pytest.mark.parametrize("link", REFUSED, ids=lambda link: link[:60].encode("unicode-escape").decode())
def test_anything_else_is_refused_in_words(link: str) -> None:
    with pytest.raises(ConfigProblem) as refused:
        parse(link)
    assert REFUSED[link] in refused.value.message
    assert "Copy link to post" in refused.value.mend


NUMBERS = st.integers(1, 10**12).map(str)
POSTS = st.integers(10**14, 2**63 - 1).map(str)
ENCODINGS = st.integers(0, 2)
TAILS = st.sampled_from(["", "/", "/?utm_source=share", "?origin=x#y", "/#z"])
HOSTS = st.sampled_from(["linkedin.com", "www.linkedin.com", "fr.linkedin.com", "m.LINKEDIN.com"])


@given(NUMBERS, POSTS, ENCODINGS, TAILS, HOSTS)
def test_what_is_written_is_read(group: str, post: str, encoded: int, tail: str, host: str) -> None:
    found = GroupPost(group, post)
    urn = found.urn
    for _ in range(encoded):
        urn = quote(urn, safe="")
    assert parse(f"https://{host}/feed/update/{urn}{tail}") == found
    assert parse(found.url) == parse(found.urn) == found


PIECES = st.sampled_from(
    [
        *("https://", "http://", "//", "www.", "linkedin.com", "example.org", "lnkd.in", "/feed/update/", "/comm"),
        *("urn:li:", "groupPost:", "activity:", GROUP, POST, "-", "%3A", "%253A", "%2F", "/", "..", "@", ":443"),
        *(":8443", "\\", "%00", "?", "#", "[", "]", ";", "і", "٧", "\u202e", "\x00", "%", "%25", " "),
        *("javascript:", "evil-", "ada@", "/x", ".org"),
    ]
)
OURS = re.compile(r"|((https?:)?//)?((www|m|[a-z]{2})\.)?linkedin\.com(:(443|80)?)?(/comm)?/feed/update/")
TAIL = re.compile(r"/?([?#].*)?", re.DOTALL)
AROUND = " \t\r\n<>\"'\u200b\u200e\u200f\u2060\ufeff"
SEAMS = st.sampled_from([len("https://"), len("https://www."), len("https://www.linkedin.com")])
EDITS = st.lists(st.tuples(SEAMS | st.integers(0, 110), st.just(0) | st.integers(0, 12), PIECES), max_size=2)


@st.composite
def mutated(draw: st.DrawFn) -> str:
    """Return a link that is right, encoded any number of times, with some pieces put in or in the place of others."""
    urn = URN
    for _ in range(draw(st.integers(0, 4))):
        urn = quote(urn, safe="")
    text = draw(st.sampled_from(SPELLINGS)).replace(URN, urn)
    for place, length, piece in draw(EDITS):
        text = text[:place] + piece + text[place + length :]
    return text


def check(text: str) -> None:
    """See that what is taken for a link of a post is one, by a rule of its own."""
    try:
        post = parse(text)
    except ConfigProblem:
        return
    before, urn, after = unquote(unquote(text)).lower().partition(post.urn.lower())
    assert urn
    assert OURS.fullmatch(before.strip(AROUND)), before
    assert TAIL.fullmatch(after.strip(AROUND)), after
    assert parse(post.url) == post


@settings(max_examples=1_500)
@given(mutated())
def test_nothing_slips_through_that_looks_much_like_a_link(text: str) -> None:
    check(text)


@settings(max_examples=300)
@given(st.lists(PIECES, max_size=14).map("".join) | st.text(max_size=80))
@example(LINK)
def test_nothing_else_slips_through(text: str) -> None:
    check(text)


@settings(max_examples=1_000)
@given(st.integers(0, len(LINK) - 1), st.characters())
def test_one_wrong_letter_never_makes_another_post(place: int, letter: str) -> None:
    text = LINK[:place] + letter + LINK[place + 1 :]
    try:
        post = parse(text)
    except ConfigProblem:
        return
    changed = post != parse(LINK)
    digits = LINK.index(GROUP) <= place < len(LINK) - 1
    assert not changed or (digits and letter.isascii())


def test_proof_names_group_and_moment() -> None:
    words = prove(parse(LINK), GROUP, MADE - timedelta(hours=1), MADE + timedelta(hours=1))
    assert words == f"posted in the group {GROUP} on 2026-11-20 09:30 UTC"


@pytest.mark.parametrize(
    ("group", "since", "until", "words"),
    [
        ("999", -60, 60, "the community's group is 999"),
        (GROUP, 6, 60, "before the text was handed out"),
        (GROUP, -60, -6, "still to come"),
    ],
)
def test_another_group_or_time_proves_nothing(group: str, since: int, until: int, words: str) -> None:
    with pytest.raises(ConfigProblem) as refused:
        prove(parse(LINK), group, MADE + timedelta(minutes=since), MADE + timedelta(minutes=until))
    assert words in str(refused.value)


@pytest.mark.parametrize("ahead", [TOLERANCE, -TOLERANCE])
def test_clocks_may_be_apart_a_little(ahead: timedelta) -> None:
    prove(parse(LINK), GROUP, MADE + abs(ahead), MADE + timedelta(hours=1))
    prove(parse(LINK), GROUP, MADE - timedelta(hours=1), MADE - abs(ahead))
    with pytest.raises(ConfigProblem):
        prove(parse(LINK), GROUP, MADE + TOLERANCE + timedelta(seconds=1), MADE + timedelta(hours=1))


@given(NUMBERS, POSTS)
def test_every_number_has_a_moment(group: str, post: str) -> None:
    assert GroupPost(group, post).made_at.tzinfo is UTC
