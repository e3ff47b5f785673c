"""Writes a prefect.yaml that fits a configuration: one nightly run per time zone, one deployment per community.

Run from the repository root, then deploy what it printed::

    python -m flows.deploy --config copsync.toml > deployments/copsync.prefect.yaml
    prefect deploy --all --prefect-file deployments/copsync.prefect.yaml
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from typing import Any

import yaml

from config.loader import Configuration
from config.models import CommunitySettings
from domain.errors import ConfigProblem
from flows.requests import configuration_of

Json = dict[str, Any]

POOL = "copsync-process"
NIGHTLY_CRON = "30 3 * * *"
"""Half past three exists once on every day of the year in nearly every zone; half past two does not."""

HOURLY_CRON = "10 * * * *"
"""How often to look where single messages are wanted; quiet hours are kept by the channels themselves."""
OUTBOX_CRON = "10 8 * * 1-5"
"""In the morning of working days, when moderators look at what came in."""

ENVIRONMENT = {
    "PREFECT_LOGGING_EXTRA_LOGGERS": "connectors,store,sync",
    "PREFECT_LOGGING_TO_API_WHEN_MISSING_FLOW": "ignore",
    "PREFECT_FLOWS_HEARTBEAT_FREQUENCY": "60",
}
"""What every run is started with, beside the environment of its worker."""

_HEADER = f"""\
# Written by `python -m flows.deploy` from {{path}}. Write it anew after adding a community or changing a time zone.
# Secrets and COPSYNC_CONFIG come from the environment of the worker. The hour of the nightly run is `cron`.
# Beforehand: prefect work-pool create {POOL} --type process
"""


def prefect_yaml(configuration: Configuration) -> str:
    """Return the deployments of a configuration as the text of a prefect.yaml.

    Raises:
        ConfigProblem: no community is configured.
    """
    communities = configuration.settings.communities
    if not communities:
        mend = "Add a [[communities]] block; `copsync init` shows one."
        raise configuration.problem((), "No community is configured.", mend)
    syncs = (_sync_now(community) for community in communities)
    deployments = [*nightlies(communities), *digests(communities), *outboxes(communities), *syncs]
    document = {"name": "copsync", "pull": [], "deployments": deployments}
    text = yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=120)
    return _HEADER.format(path=configuration.path.name) + text


def nightlies(communities: Sequence[CommunitySettings]) -> list[Json]:
    """Return the nightly deployments: one, or one for each time zone that the communities live in."""
    zones = list(dict.fromkeys(community.time_zone for community in communities))
    if len(zones) == 1:
        return [_nightly("nightly", zones[0], {})]
    return [_nightly(_night_of(zone), zone, {"request": {"time_zone": zone}}) for zone in zones]


def _night_of(zone: str) -> str:
    return f"nightly-{zone.lower().replace('/', '-')}"


def _nightly(name: str, zone: str, parameters: Json) -> Json:
    schedule = {"slug": "nightly", "cron": NIGHTLY_CRON, "timezone": zone, "active": True}
    return _deployment(name, "flows.nightly.nightly", parameters) | {"schedules": [schedule]}


def digests(communities: Sequence[CommunitySettings]) -> list[Json]:
    """Return, for each community with channels, the deployment that says what is due, on its clocks."""
    return [_digest(one) for one in communities if one.channels]


def _digest(community: CommunitySettings) -> Json:
    schedules = [
        {"slug": f"digest-{number}", "cron": cron, "timezone": zone, "active": True}
        for number, (cron, zone) in enumerate(_moments(community))
    ]
    parameters = {"request": {"community": community.id}}
    return _deployment(f"{community.id}-digest", "flows.digest.weekly_digest", parameters) | {"schedules": schedules}


def _moments(community: CommunitySettings) -> list[tuple[str, str]]:
    """Return when to look: at the time of each digest, and hourly by day where single messages are wanted."""
    found = []
    for channel in community.channels:
        zone = channel.time_zone or community.time_zone
        if "digest" in channel.wants:
            weekday, _, at = channel.digest.partition(" ")
            hour, _, minute = at.partition(":")
            found.append((f"{int(minute)} {int(hour)} * * {weekday[:3]}", zone))
        if set(channel.wants) - {"digest"}:
            found.append((HOURLY_CRON, zone))
    return list(dict.fromkeys(found))


def outboxes(communities: Sequence[CommunitySettings]) -> list[Json]:
    """Return the deployments that look after outboxes: one for each time zone in which a group is posted in by hand."""
    assisted = [one for one in communities if any(channel.kind == "linkedin-group" for channel in one.channels)]
    zones = list(dict.fromkeys(community.time_zone for community in assisted))
    return [_outbox(zone, alone=len(zones) == 1) for zone in zones]


def _outbox(zone: str, *, alone: bool) -> Json:
    schedule = {"slug": "outbox", "cron": OUTBOX_CRON, "timezone": zone, "active": True}
    name = "outbox" if alone else f"outbox-{zone.lower().replace('/', '-')}"
    parameters = {"request": {"time_zone": zone}}
    return _deployment(name, "flows.outbox.tend", parameters) | {"schedules": [schedule]}


def _sync_now(community: CommunitySettings) -> Json:
    parameters = {"request": {"community": community.id, "full": False}}
    return _deployment(community.id, "flows.sync.sync_community", parameters)


def _deployment(name: str, entrypoint: str, parameters: Json) -> Json:
    limit = {"limit": 1, "collision_strategy": "ENQUEUE", "grace_period_seconds": 120}
    return {
        "name": name,
        "entrypoint": entrypoint,
        "parameters": parameters,
        "tags": ["copsync"],
        "concurrency_limit": limit,
        "work_pool": {"name": POOL, "job_variables": {"env": dict(ENVIRONMENT)}},
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the prefect.yaml of a configuration; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m flows.deploy", description="Print a prefect.yaml for copsync.")
    parser.add_argument("--config", help="the configuration; by default $COPSYNC_CONFIG, else ./copsync.toml")
    try:
        text = prefect_yaml(configuration_of(parser.parse_args(arguments).config))
    except ConfigProblem as problem:
        sys.stderr.write(f"copsync: {problem}\n")
        return 2
    sys.stdout.write(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
