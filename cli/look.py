"""status, history, show, explain and export: what is, what happened, and why."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.context import (
    CommunityOption,
    JsonOption,
    configuration_of,
    failing_clearly,
    now,
    out,
    print_json,
    store_of,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from config.loader import Configuration
    from store.store import Store

Json = dict[str, Any]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    for command in (status, history, show, explain, export):
        app.command()(command)


def _ids(configuration: Configuration, wanted: str | None) -> list[str]:
    from sync.wiring import Wiring

    return [settings.id for settings in Wiring(configuration).community_settings(wanted)]


def _together(documents: Sequence[Json]) -> Json:
    return documents[0] if len(documents) == 1 else {"communities": list(documents)}


def _for_each(context: typer.Context, community: str | None, ask: Callable[[Store, str], Json]) -> list[Json]:
    configuration = configuration_of(context)
    ids = _ids(configuration, community)
    with store_of(configuration) as store:
        return [ask(store, identity) for identity in ids]


def status(context: typer.Context, community: CommunityOption = None, json: JsonOption = False) -> None:
    """Show where the community stands and what waits for a person."""
    with failing_clearly(as_json=json):
        from cli.stories import show_status
        from sync.status import status as ask

        documents = _for_each(context, community, lambda store, identity: ask(store, identity, now()))
        if json:
            print_json(_together(documents))
        else:
            for document in documents:
                show_status(out(), document)


def history(
    context: typer.Context,
    community: CommunityOption = None,
    json: JsonOption = False,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many runs.")] = 20,
) -> None:
    """List the last runs, newest first."""
    with failing_clearly(as_json=json):
        from cli.stories import show_history
        from sync.status import history as ask

        documents = _for_each(context, community, lambda store, one: {"community": one, "runs": ask(store, one, limit)})
        if json:
            print_json(_together(documents))
        else:
            for document in documents:
                show_history(out(), document)


def show(
    context: typer.Context,
    run: Annotated[str, typer.Argument(metavar="RUN", help="A run's id, as `copsync history` lists it.")],
    json: JsonOption = False,
) -> None:
    """Show one run: what was done, step by step, and why."""
    with failing_clearly(as_json=json):
        from cli.pages import show_report
        from domain.errors import ConfigProblem
        from store import runs

        with store_of(configuration_of(context)) as store, store.reading() as connection:
            found = runs.one(connection, run)
        if found is None:
            raise ConfigProblem(f"There is no run '{run}'.", mend="`copsync history` lists the runs.")
        if found["report"] is None:
            raise ConfigProblem(
                f"Run {run} did not end properly.", mend="Run `copsync sync`; it looks up what was open."
            )
        if json:
            print_json(found["report"])
        else:
            show_report(out(), found["report"])


def explain(
    context: typer.Context,
    record: Annotated[str, typer.Argument(metavar="RECORD", help="A record's id, or an item's id in its tool.")],
    community: CommunityOption = None,
    json: JsonOption = False,
) -> None:
    """Show why a record is as it is: per field its value everywhere, who wrote it last, and what holds it back."""
    with failing_clearly(as_json=json):
        from cli.stories import show_explanation
        from sync.explain import explain as ask
        from sync.wiring import Wiring

        configuration = configuration_of(context)
        wiring = Wiring(configuration)
        settings = wiring.community_settings(community)
        with store_of(configuration) as store:
            found = _first_known(lambda one: ask(wiring.community(one), store, record), settings)
        if json:
            print_json(found)
        else:
            show_explanation(out(), found)


def _first_known(ask: Callable[[Any], Json], settings: Sequence[Any]) -> Json:
    from domain.errors import ConfigProblem

    for place, one in enumerate(settings):
        try:
            return ask(one)
        except ConfigProblem:
            if place == len(settings) - 1:
                raise
    raise AssertionError("a configuration without communities was refused before")


def export(
    context: typer.Context,
    community: CommunityOption = None,
    json: Annotated[bool, typer.Option("--json", help="JSON is the only form so far; accepted for scripts.")] = True,
) -> None:
    """Print the canonical model as JSON, with every link and field."""
    with failing_clearly(as_json=json):
        from sync.export import export as ask

        print_json(_together(_for_each(context, community, ask)))
