"""The kinds under the suite, each before its place with nothing in it yet."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any, cast

from config.loader import Configuration
from domain.outbox.states import State
from domain.richtext.plain import to_plain
from sandbox.linkedin.state import Account, LinkedInState
from sandbox.microsoft365.workflows import PATH
from sync.keeper import Keepers
from sync.outbox import desk
from sync.outbox.places import places_of
from tests.connectors.linkedin.conftest import ADA, PAGE, TOKEN, settling
from tests.connectors.microsoft365.teams.conftest import ROBOT, Tenant, renting
from tests.contract.channels.subject import Now, Serving, Subject, Wire
from tests.web.place import Place

GROUP = "8472911"
_HASHTAG = re.compile(r"\{hashtag\|\\#\|([^}|]*)\}")


@contextmanager
def folder(_now: Now) -> Iterator[Subject]:
    """A folder of files in CommonMark."""
    with tempfile.TemporaryDirectory() as name:

        def files() -> list[Path]:
            return sorted(
                (one for one in Path(name).iterdir() if one.suffix == ".md"), key=lambda one: one.stat().st_ctime_ns
            )

        yield Subject(
            "folder",
            f'folder = "{name}"',
            lambda: [to_plain(one.read_text(encoding="utf-8")) for one in files()],
            meddle=lambda words: files()[-1].write_text(words + "\n", encoding="utf-8"),
            remove=lambda: files()[-1].unlink(),
        )


@contextmanager
def teams_channel(now: Now) -> Iterator[Subject]:
    """A channel of Teams by a service user; Graph's stand-in, held against the published description."""
    with renting(now) as tenant:

        def keep(configuration: Configuration) -> None:
            keepers = Keepers(configuration)
            tenant.sign_in()
            assert tenant.drawer.kept is not None
            keepers.of("m365-user").keep(tenant.drawer.kept)
            keepers.close()

        def ours() -> list[Any]:
            return [one for one in tenant.channel.messages if one.author == ROBOT and one.deleted is None]

        yield Subject(
            "teams-channel",
            f'connection = "m365-user"\nteam = "{tenant.team.id}"\nchannel = "{tenant.channel.id}"',
            lambda: [_shown(tenant.card(one)) for one in ours()],
            _service_user(tenant),
            prepare=keep,
            wire=Wire(tenant.faults, ("POST", "/messages$"), ("PATCH", "/messages/[0-9]+$"), tenant.entra.revoke, keep),
            remove=lambda: ours()[-1].delete(now()),
        )


def _service_user(tenant: Tenant) -> str:
    return (
        f'[connections.m365-user]\ntool = "microsoft365"\nbase_url = "{tenant.urls["graph"]}"\nservice_user = true\n'
        f'tenant = "{tenant.entra.tenant}"\nclient_id = "{tenant.entra.client_id}"\n'
        f'authority = "{tenant.urls["entra"].rstrip("/")}"\n'
    )


@contextmanager
def teams_workflow(now: Now) -> Iterator[Subject]:
    """A channel of Teams by the address of a flow."""
    with renting(now) as tenant:

        def switch(*, is_on: bool) -> None:
            tenant.flow.is_on = is_on

        yield Subject(
            "teams-workflow",
            'url = { env = "TEAMS_FLOW" }',
            lambda: [_shown(one) for one in tenant.flow.posted],
            environment={"TEAMS_FLOW": tenant.address()},
            wire=Wire(
                tenant.flow_faults, ("POST", PATH), None, lambda: switch(is_on=False), lambda _: switch(is_on=True)
            ),
            secrets=["s4ndb0x"],
        )


@contextmanager
def linkedin_page(now: Now) -> Iterator[Subject]:
    """A page of an organisation at LinkedIn."""
    with settling(now) as town:

        def readmit(_: Configuration) -> None:
            town.state.accounts[TOKEN] = Account(ADA, frozenset({PAGE}))

        def latest() -> dict[str, Any]:
            return list(town.state.posts.values())[-1]

        yield Subject(
            "linkedin-page",
            f'connection = "linkedin"\npage = "{PAGE}"',
            lambda: [_unescaped(one["commentary"]) for one in town.state.posts.values()],
            f'[connections.linkedin]\ntool = "linkedin"\nbase_url = "{town.url}"\n'
            'token = { env = "LINKEDIN_TOKEN" }\n',
            environment={"LINKEDIN_TOKEN": TOKEN},
            wire=Wire(
                town.faults,
                ("POST", "/rest/posts$"),
                ("POST", "/rest/posts/"),
                town.state.accounts.clear,
                readmit,
            ),
            meddle=lambda words: latest().update(commentary=words),
            remove=lambda: town.state.posts.pop(latest()["id"]),
            secrets=[TOKEN],
        )


@contextmanager
def linkedin_group(now: Now) -> Iterator[Subject]:
    """A group at LinkedIn, in which a moderator posts what copsync hands out."""
    with settling(now) as town:
        yield Subject(
            "linkedin-group",
            f"group = {GROUP}",
            lambda: [str(one["commentary"]) for one in town.state.groups.get(GROUP, [])],
            by_hand=lambda here: moderate(town.state, here),
        )


def moderate(state: LinkedInState, here: Place, *, claims: bool = True) -> None:
    """Post everything that is ready, and give the links, as a moderator does with the page of the outbox."""
    (spot,) = places_of(here.configuration, [here.settings])
    for item in desk.hand_out(here.store, desk.items(here.store, spot, [State.READY]), "ada@example.org", here.now):
        link = state.group_post(TOKEN, spot.group, item.text)
        if claims:
            desk.claim(here.store, spot, item, link, "ada@example.org", here.now)


def _shown(card: Mapping[str, Any]) -> str:
    """Return a card as Teams shows it: text runs as they are, text blocks as Markdown, buttons with their addresses."""
    lines = [_line(one) for one in card["body"]]
    return "\n".join([*lines, *(f"{one['title']}: {one['url']}" for one in card.get("actions", []))])


def _line(block: Mapping[str, Any]) -> str:
    if block["type"] == "TextBlock":
        return to_plain(str(block["text"]))
    return "".join(str(run["text"]) for run in block["inlines"])


def _unescaped(little: str) -> str:
    """Return a "little" text as LinkedIn shows it."""
    return re.sub(r"\\(.)", r"\1", _HASHTAG.sub(r"#\1", little), flags=re.DOTALL)


OURS: tuple[Serving, ...] = (folder, teams_channel, teams_workflow, linkedin_page, linkedin_group)


def named(names: str) -> Iterator[Serving]:
    """Yield what serves the places of kinds that live elsewhere, named as module:function with commas between."""
    for name in filter(None, names.split(",")):
        module, _, function = name.strip().partition(":")
        yield cast("Serving", getattr(import_module(module), function))


SUBJECTS: dict[str, Serving] = {
    one.__name__: one for one in (*OURS, *named(os.environ.get("COPSYNC_CHANNEL_SUBJECTS", "")))
}
