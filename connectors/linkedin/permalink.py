"""Links of posts in a LinkedIn group: read, made canonical, and proved without asking LinkedIn.

LinkedIn gives a post in a group the address ``/feed/update/urn:li:groupPost:{group}-{post}/``. Its first number is the
group's own (the one in ``/groups/{group}/``), and the second grows with time: shifted right by 22 bits it is the moment
at which the post was made, in milliseconds since 1970, UTC. Seen on posts whose date is known; LinkedIn documents
neither. So a link proves where and when a post was made - not what it says.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import unquote, urlsplit

from domain.errors import ConfigProblem

LONGEST = 2_000
"""Links are never longer; browsers add long tails."""
TOLERANCE = timedelta(minutes=5)
"""How far LinkedIn's clock and ours may be apart."""

_TIME_SHIFT = 22
_MOST = 2**63
_ENCODED_TWICE = 2
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_AROUND = " \t\r\n<>\"'\u200b\u200e\u200f\u2060\ufeff"
_HOST = re.compile(r"(?:(?:www|m|[a-z]{2})\.)?linkedin\.com")
_SHORT = re.compile(r"(?:www\.)?lnkd\.in")
# Links in LinkedIn's own mails have /comm in front.
_PATH = re.compile(r"(?:/comm)?/feed/update/(urn:[^/]*)/?", re.IGNORECASE)
_URN = re.compile(r"urn:li:groupPost:([1-9][0-9]{0,18})-([1-9][0-9]{14,18})", re.IGNORECASE)
_ELSEWHERE = re.compile(r"urn:li:(?:activity|share|ugcPost):[0-9]+|/posts/", re.IGNORECASE)

COPY = "In the group, open the menu … of the post, choose “Copy link to post”, and paste that."


@dataclass(frozen=True, slots=True)
class GroupPost:
    """A post in a group, known by its two numbers."""

    group: str
    post: str

    @property
    def urn(self) -> str:
        """LinkedIn's name of it, the same for every spelling of its link."""
        return f"urn:li:groupPost:{self.group}-{self.post}"

    @property
    def url(self) -> str:
        """Its link, without tails."""
        return f"https://www.linkedin.com/feed/update/{self.urn}/"

    @property
    def made_at(self) -> datetime:
        """When it was made, by LinkedIn's clock, in UTC."""
        return _EPOCH + timedelta(milliseconds=int(self.post) >> _TIME_SHIFT)


def group_url(group: str) -> str:
    """Return the address of a group, where a moderator pastes the text."""
    return f"https://www.linkedin.com/groups/{group}/"


def parse(text: str) -> GroupPost:
    """Read the link of a group's post, however it was copied: with tracking tails, encoded once or twice, as a URN.

    Raises:
        ConfigProblem: it is no such link; the message says what it is instead, and how to get the right one.
    """
    link = _tidy(text)
    found = _URN.fullmatch(_decoded(link)) if link.lower().startswith("urn") else _URN.fullmatch(_named_in(link))
    if found is None or int(found[2]) >= _MOST:
        raise _refused(link)
    return GroupPost(found[1], found[2])


def prove(post: GroupPost, group: str, since: datetime, until: datetime) -> str:
    """Return in words what a link proves: a post in this group, made after `since` and before `until`.

    Args:
        post: what :func:`parse` returned.
        group: the community's group.
        since: when the text was handed out; aware.
        until: when the link was claimed; aware. Both ends are widened by `TOLERANCE`.

    Raises:
        ConfigProblem: it is a post of another group, or of another time.
    """
    if post.group != group:
        raise ConfigProblem(
            f"This is a post in the group {post.group}, and the community's group is {group}.",
            mend=f"Post the text in {group_url(group)} and paste the link of that post.",
        )
    made = _in_words(post.made_at)
    if post.made_at < since - TOLERANCE:
        raise ConfigProblem(
            f"This post was made on {made}, before the text was handed out ({_in_words(since)}).",
            mend="Paste the link of the post that was made from this text.",
        )
    if post.made_at > until + TOLERANCE:
        raise ConfigProblem(
            f"This post claims to be made on {made}, which is still to come.", mend=f"The link was changed. {COPY}"
        )
    return f"posted in the group {group} on {made}"


def _in_words(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def _tidy(text: str) -> str:
    link = text.strip(_AROUND)
    if not link:
        raise ConfigProblem("No link is given.", mend=COPY)
    if len(link) > LONGEST:
        raise ConfigProblem(f"This is longer than any link ({len(link)} characters).", mend=COPY)
    if not (link.isascii() and link.isprintable() and " " not in link):
        raise ConfigProblem(
            "This is more than a link, or holds letters that only look like those of one.",
            mend=f"Paste the link alone. {COPY}",
        )
    return link


def _named_in(link: str) -> str:
    """Return what a link to LinkedIn says that it leads to; nothing where it leads elsewhere within LinkedIn."""
    try:
        parts = urlsplit(link if "://" in link else f"https://{link}")
        host, port = (parts.hostname or "").lower(), parts.port
    except ValueError:
        raise _refused(link) from None
    if _SHORT.fullmatch(host):
        raise ConfigProblem("Short links (lnkd.in) do not say where they lead.", mend=COPY)
    is_plain = parts.scheme.lower() in ("http", "https") and "@" not in parts.netloc and port in (None, 80, 443)
    if not (is_plain and _HOST.fullmatch(host)):
        raise ConfigProblem(f"This leads to {host or 'no web address'}, not to LinkedIn.", mend=COPY)
    found = _PATH.fullmatch(_decoded(parts.path))
    return found[1] if found else ""


def _decoded(text: str) -> str:
    for _ in range(_ENCODED_TWICE):
        text = unquote(text, errors="strict") if _is_encoded_ascii(text) else text
    return text


def _is_encoded_ascii(text: str) -> bool:
    """Tell whether nothing but ASCII is written in percents; URNs hold nothing else."""
    return not re.search(r"%[89a-fA-F][0-9a-fA-F]", text)


def _refused(link: str) -> ConfigProblem:
    if _ELSEWHERE.search(_decoded(link)):
        return ConfigProblem("This is a post outside of any group, on a page or in somebody's feed.", mend=COPY)
    return ConfigProblem("This is no link to a post in a LinkedIn group.", mend=COPY)
