"""Channels of Microsoft Teams: by a service user, or by a flow of the Workflows app.

Microsoft lets no app post in channels by itself (permission Teamwork.Migrate.All is for migrations alone), so there is
no third way without a bot.
"""

from __future__ import annotations

from pydantic import BaseModel

from connectors.channel import ChannelKind, ChannelSetup, Sender
from connectors.microsoft365.teams.options import ChannelOptions, WorkflowOptions
from domain.announcements.channel import Abilities, Form

LARGEST = 28_000
"""Bytes that Teams takes in a message (learn.microsoft.com, incoming webhooks: about 28 KB)."""
LARGEST_QUOTED = 22_000
"""Bytes of a card that is sent as a text within JSON, where every quotation mark counts twice."""


def _channel_abilities(options: BaseModel) -> Abilities:
    del options
    return Abilities(Form.CARD, max_length=LARGEST_QUOTED, edits=True, finds=True, counts=True)


def _workflow_abilities(options: BaseModel) -> Abilities:
    del options
    return Abilities(Form.CARD, max_length=LARGEST - 200)


def _open_channel(setup: ChannelSetup) -> Sender:
    from connectors.microsoft365.teams.posting import ChannelSender  # the HTTP layer is only for those who connect

    return ChannelSender(setup)


def _open_workflow(setup: ChannelSetup) -> Sender:
    from connectors.microsoft365.teams.workflow import WorkflowSender

    return WorkflowSender(setup)


CHANNEL_KIND = ChannelKind(
    name="teams-channel",
    title="Teams channel",
    options=ChannelOptions,
    abilities=_channel_abilities,
    open=_open_channel,
    tool="microsoft365",
)
"""A channel, by a service user who is a member of its team: messages can be edited, found and their replies counted."""

WORKFLOW_KIND = ChannelKind(
    name="teams-workflow",
    title="Teams channel (Workflows)",
    options=WorkflowOptions,
    abilities=_workflow_abilities,
    open=_open_workflow,
)
"""A channel, by the address of a flow: nothing comes back, so nothing can be edited or found."""
