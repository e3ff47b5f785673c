"""What members see in the community's channels in Teams, through Microsoft Graph."""

import json
from typing import Any

from sandbox.channels import Channels
from sandbox.persons.wire import Wire


class TeamsPersons(Wire):
    """Lists read in Teams; people are members' keys."""

    channels: Channels

    def teams_messages(self, person: str, *, news: bool = False) -> list[dict[str, Any]]:
        """Return the messages in General, or in News, as a member reads them, the newest first, in plain words.

        `title` is the first line of the card, `lines` are the others; `edited` tells whether it was.
        """
        channel = self.channels.news if news else self.channels.channel
        path = f"/teams/{self.channels.team}/channels/{channel}/messages"
        rows = self.send("microsoft365", person, "GET", path, params={"$top": "50"}).json()["value"]
        return [_plain(row) for row in rows]


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    card = json.loads(row["attachments"][0]["content"]) if row["attachments"] else {"body": []}
    title, *lines = ["".join(run["text"] for run in block["inlines"]) for block in card["body"]] or [""]
    buttons = [action["title"] for action in card.get("actions", ())]
    return {
        "id": row["id"],
        "url": row["webUrl"],
        "title": title,
        "lines": lines,
        "buttons": buttons,
        "edited": row["lastEditedDateTime"] is not None,
    }
