"""The groups of a configuration into which people post."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from config.loader import Configuration
from config.models import ChannelSettings, CommunitySettings
from config.problems import Problem, as_error, from_pydantic
from connectors.linkedin.channel import KIND, GroupOptions
from domain.errors import ConfigProblem
from sync.outbox.links import PATH, PORT
from sync.outbox.place import Place


def places_of(configuration: Configuration, communities: Sequence[CommunitySettings]) -> list[Place]:
    """Return the places of some communities, in the order of the configuration.

    Raises:
        ConfigProblem: a key of a channel is wrong; the message names it.
    """
    return [_place(configuration, one, place) for one in communities for place in _assisted(one)]


def _assisted(community: CommunitySettings) -> Iterator[int]:
    return (place for place, channel in enumerate(community.channels) if channel.kind == KIND.name)


def _place(configuration: Configuration, community: CommunitySettings, number: int) -> Place:
    channel = community.channels[number]
    options = group_options(configuration, community, number, channel)
    return Place(
        community.id,
        channel.id,
        options.group,
        ZoneInfo(channel.time_zone or community.time_zone),
        options.proof,
        timedelta(days=options.term_days),
        approve=options.approve,
        composer=options.composer,
        remind=options.remind,
        connection=channel.connection,
    )


def group_options(
    configuration: Configuration, community: CommunitySettings, number: int, channel: ChannelSettings
) -> GroupOptions:
    """Return the keys of a channel that is a group.

    Raises:
        ConfigProblem: one of them is wrong.
    """
    try:
        return GroupOptions.model_validate(channel.options)
    except ValidationError as invalid:
        at = configuration.settings.communities.index(community)
        key = ("communities", at, "channels", number)
        found = from_pydantic(invalid, GroupOptions, more=list(ChannelSettings.model_fields))
        problems = [Problem((*key, *one.key), one.message) for one in found]
        raise as_error(configuration.path, configuration.text, problems, configuration.environment) from None


def one_place(places: Sequence[Place], wanted: str | None) -> Place:
    """Return the place that a channel's id means, or the only one.

    Raises:
        ConfigProblem: there is none, or there are several.
    """
    found = [place for place in places if wanted in (None, place.channel)]
    if len(found) == 1:
        return found[0]
    if not places:
        raise no_place()
    names = ", ".join(place.channel for place in places)
    raise ConfigProblem("Which group is meant is not clear.", mend=f"Add --channel with one of: {names}.")


def no_place() -> ConfigProblem:
    """Return the error for a configuration without any group."""
    return ConfigProblem(
        "No LinkedIn group is configured.",
        mend=f'Add [[communities.channels]] with kind = "{KIND.name}" and group = "…"; docs/connectors/linkedin.md.',
    )


def link_url(configuration: Configuration, token: str) -> str:
    """Return the address that a one-time link has: the configured one, or this machine alone."""
    base = configuration.settings.outbox.base_url or f"http://127.0.0.1:{PORT}"
    return base + PATH.format(token)
