"""What the stand-in of LinkedIn holds, and the switches that no person has."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

Json = dict[str, Any]

RESERVED = "\\|{}@[]()<>#*_~"
_ELEMENT = re.compile(r"\{hashtag\|\\?#\|[^}|]*\}|@\[[^\]]*\]\(urn:li:[a-zA-Z]+:[0-9]+\)|\\.", re.DOTALL)
DAY_MS = 24 * 60 * 60 * 1000


@dataclass(eq=False)
class Account:
    """Whom tokens belong to: which pages they run, and whether they live where they may ask for their own data."""

    person: str
    pages: frozenset[str] = frozenset()
    is_eea: bool = False
    consents: bool = False

    def __str__(self) -> str:
        return self.person


@dataclass
class LinkedInState:
    """Everything, in memory.

    Attributes:
        accounts: by token; taking one away revokes it.
        posts: by URN.
        changes: every event of members' records, oldest first.
        spent: endpoints whose quota of the day is used up; they answer 429, without a header, until midnight UTC.
        busy: so many answers 429 follow that pass by themselves.
        lost: so many creates succeed behind an answer 502.
        not_yet: the snapshot is not ready, as in the first days after consent.
        versions: which versions are alive.
        requests: (method, path, version) of every request.
    """

    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    accounts: dict[str, Account] = field(default_factory=dict)
    posts: dict[str, Json] = field(default_factory=dict)
    images: dict[str, bytes | None] = field(default_factory=dict)
    changes: list[Json] = field(default_factory=list)
    groups: dict[str, list[Json]] = field(default_factory=dict)
    spent: dict[str, datetime] = field(default_factory=dict)
    busy: int = 0
    lost: int = 0
    not_yet: bool = False
    versions: Callable[[str], bool] | None = None
    requests: list[tuple[str, str, str]] = field(default_factory=list)
    minted: int = 0

    def mint(self) -> int:
        """Return a new number: the moment in milliseconds above 22 bits."""
        self.minted += 1
        return int(self.now().timestamp() * 1000) << 22 | self.minted

    def spend(self, endpoint: str) -> None:
        """Use up the quota of an endpoint until midnight UTC."""
        day = self.now().astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        self.spent[endpoint] = day + timedelta(days=1)

    def is_alive(self, version: str) -> bool:
        """Tell whether a version is one of the last twelve months."""
        if self.versions is not None:
            return self.versions(version)
        if not re.fullmatch(r"20\d{4}", version):
            return False
        today = self.now()
        age = (today.year - int(version[:4])) * 12 + today.month - int(version[4:])
        return 0 <= age < 12

    def group_post(self, token: str, group: str, text: str) -> str:
        """Let a person post in a group, as only people can; return what “Copy link to post” gives."""
        account, number = self.accounts[token], self.mint()
        urn = f"urn:li:groupPost:{group}-{number}"
        post = {"id": urn, "author": account.person, "commentary": text}
        self.groups.setdefault(group, []).append(post)
        self.record(account, urn, text, f"urn:li:group:{group}")
        return permalink(urn)

    def record(
        self, account: Account, urn: str, text: str, container: str | None = None, name: str = "ugcPosts"
    ) -> None:
        """Write into a member's own record, if they consented."""
        if not account.consents:
            return
        moment, number = int(self.now().timestamp() * 1000), self.mint()
        content = {"shareCommentary": {"text": text}}
        activity: Json = {"firstPublishedAt": moment, "author": account.person}
        activity["specificContent"] = {"com.linkedin.ugc.ShareContent": content}
        activity |= {"containerEntity": container, "visibility": "CONTAINER"} if container else {}
        self.changes.append(
            {
                "id": number,
                "activityId": str(number),
                "capturedAt": moment,
                "processedAt": moment,
                "owner": account.person,
                "actor": account.person,
                "resourceName": name,
                "resourceId": urn,
                "method": "CREATE",
                "activityStatus": "SUCCESS",
                "activity": activity,
            }
        )


def permalink(urn: str) -> str:
    """Return what “Copy link to post” gives."""
    return f"https://www.linkedin.com/feed/update/{urn}/?utm_source=share&utm_medium=member_desktop"


def shown(little: str) -> str:
    """Return what LinkedIn keeps of a little text: all up to the first reserved character that is not escaped."""
    end = 0
    while end < len(little):
        element = _ELEMENT.match(little, end)
        if element is None and little[end] in RESERVED:
            return little[:end]
        end = element.end() if element else end + 1
    return little
