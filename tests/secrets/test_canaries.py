"""No secret ever leaves: every command, in order and in trouble, and then a search of everything that was written.

The search is tried first on leaks that are planted, so that its silence means something.
"""

from __future__ import annotations

import base64
import json
import logging
import os
import re
import signal
import sys
import traceback
from dataclasses import replace
from io import StringIO
from pathlib import Path
from typing import IO
from urllib.parse import quote, urlsplit

import httpx
import pytest
from pydantic import SecretStr

from config.loader import load
from connectors.http.grants import App, SignIn
from connectors.http.oauth import OAuth
from domain.errors import CopsyncError
from sandbox.faults import Fault
from store.store import Store
from store.vault import new_key
from sync.run import Wish, sync
from sync.wiring import Wiring
from tests.connectors.http.faketime import FakeTime
from tests.secrets.cage import CLOSED, Cage
from tests.secrets.canaries import ODD, Aviary, Processes, canary, spellings
from tests.secrets.lodge import PATHS, origin_of
from tests.system.office import now

# The search itself.

SAMPLE = canary(ODD)
FORMS = {
    "as it is": SAMPLE,
    "in a URL": f"https://example.org/?token={quote(SAMPLE, safe='')}&x=1",
    "in JSON": json.dumps({"token": SAMPLE}),
    "in JSON in JSON": json.dumps(json.dumps({"token": SAMPLE})),
    "base64": base64.b64encode(SAMPLE.encode()).decode(),
    "as of basic authentication": base64.b64encode(f"me:{SAMPLE}".encode()).decode(),
    "one byte on": base64.b64encode(f"a{SAMPLE}z".encode()).decode(),
    "URL-safe": base64.urlsafe_b64encode(f"ab{SAMPLE}".encode()).decode(),
    "hex": SAMPLE.encode().hex(),
    "cut": f"token {SAMPLE[:24]}… is not valid",
    "its end": f"…{SAMPLE[-40:]}",
    "repr": repr(SAMPLE.encode()),
    "UTF-16": SAMPLE.encode("utf-16-le").decode("latin-1"),
}


@pytest.mark.parametrize("form", FORMS)
def test_the_search_knows_every_spelling(form: str) -> None:
    aviary = Aviary()
    aviary.plant("sample", SAMPLE)
    assert aviary.found_in(FORMS[form])
    assert aviary.found_in(f"{'x' * 99}{FORMS[form]}".encode("latin-1", "replace"))
    assert not aviary.found_in("nothing of the kind: " + SAMPLE[:8] + "…")
    assert all(len(piece) >= 14 for piece in spellings(SAMPLE).values())


LEAKS = {
    "standard output": "print(token)",
    "standard error": "sys.stderr.write(token[3:30])",
    "a file": "open('deep.log', 'w').write(repr(token))",
    "a temporary file": "import tempfile; open(tempfile.mkstemp()[1], 'w').write(token)",
    "the store": "import sqlite3; d = sqlite3.connect('copsync.db'); d.execute('create table if not exists x (y)');"
    "d.execute('insert into x values (?)', (token,)); d.commit()",
    "the name of a file": "open(token.replace('/', '_'), 'w')",
    "a traceback": "raise KeyError(token)",
    "a child's command line": "import subprocess;"
    "subprocess.run([sys.executable, '-c', 'import time; time.sleep(1)', token])",
}


@pytest.mark.parametrize("place", LEAKS)
def test_the_search_looks_everywhere(cage: Cage, place: str) -> None:
    program = f"import os, sys; token = os.environ['ASANA_TOKEN']; {LEAKS[place]}"
    processes = Processes(cage.aviary)
    with processes.watched():
        cage(command=(sys.executable, "-c", program))
    assert bool(processes.found) is (place == "a child's command line")
    assert bool(cage.leaks()) is (place != "a child's command line")


# What is searched.

STEPS: tuple[tuple[str, ...], ...] = (
    ("check",),
    ("check", "--json"),
    ("plan",),
    ("plan", "--out", "plan.json"),
    ("sync", "--plan", "plan.json"),
    ("sync", "--json"),
    ("status",),
    ("status", "--json"),
    ("history", "--json"),
    ("conflicts", "--json"),
    ("export",),
)


@pytest.mark.timeout(400)  # twenty processes, one after the other
def test_every_command_in_order(cage: Cage) -> None:
    processes = Processes(cage.aviary)
    debug = {"COPSYNC_DEBUG": "1", "PYTHONASYNCIODEBUG": "1"}
    with processes.watched():
        for step in STEPS:
            cage(*step, env=debug)
        (cage.folder / "export.json").write_text(cage("export"), encoding="utf-8")
        run = json.loads(cage("history", "--json"))["runs"][0]["run"]
        record = json.loads(cage("export"))["records"][0]["id"]
        cage("show", run, env=debug)
        cage("explain", record, env=debug)
        cage("undo", run, env=debug)
        cage("backup", "copy.db", env=debug)
        cage("restore", "copy.db", env=debug)
        cage("sync", "--full", env=debug)
    assert all(label.endswith("-> 0") for label in list(cage.said)[: len(STEPS)]), list(cage.said)
    assert {service.renewals for service in cage.world.sign_in.values()} == {1}, "tokens were renewed and kept"
    assert processes.looks > 20
    assert any(b"copsync" in line for line in processes.seen)
    assert cage.leaks() == {}
    assert processes.found == []


ECHO = '{{"error": "The token {secret} of {again} is not valid", "errors": [{{"message": "{secret}"}}]}}'
ANYTHING, SIGN_IN = ".", "oauth_token|authorization/token"
TROUBLES = {
    "nobody is there": None,
    "a web page": Fault("*", ANYTHING, "html", times=None),
    "half an answer": Fault("*", ANYTHING, "truncated_json", times=None),
    "no answer": Fault("*", ANYTHING, "lost_answer", times=None),
    **{
        f"{status} that quotes": Fault("*", ANYTHING, "status", times=None, status=status) for status in (401, 403, 500)
    },
    **{f"sign-in: {status}": Fault("*", SIGN_IN, "status", times=None, status=status) for status in (400, 401, 404)},
}


@pytest.mark.parametrize("trouble", TROUBLES)
def test_every_trouble(cage: Cage, trouble: str) -> None:
    """All tools are in trouble at once; where they answer with a status, they quote the secrets they were sent."""
    cage("check")
    cage.note_given()
    fault = TROUBLES[trouble]
    if fault is None:
        cage.configure(addresses={tool: f"{CLOSED}{urlsplit(url).path}" for tool, url in cage.world.urls.items()})
    else:
        for tool, faults in cage.world.faults.items():
            faults.add(replace(fault, body=echo(cage, tool)) if fault.kind == "status" else fault)
    if fault is not None and fault.path_regex == SIGN_IN:
        for service in cage.world.sign_in.values():
            service.expire_access()
    debug = {"COPSYNC_DEBUG": "1"}
    processes = [(arguments, cage.start(*arguments, env=debug)) for arguments in (("check",), ("sync", "--json"))]
    statuses = [cage.ended(process, *arguments) for arguments, process in processes]
    assert 0 not in statuses, cage.said
    assert cage.leaks() == {}


def echo(cage: Cage, tool: str) -> str:
    if tool not in cage.world.sign_in:
        return ECHO.format(secret=json.dumps(cage.env["M365_TOKEN"])[1:-1], again="nobody")
    again = json.dumps(cage.env[f"{tool.upper()}_REFRESH"])[1:-1]
    return ECHO.format(secret=cage.world.sign_in[tool].given[-1], again=again)


def test_signing_in_that_ended_and_keys_that_do_not_fit(cage: Cage) -> None:
    cage("check")
    other = cage.aviary.plant("another key", new_key().get_secret_value())
    arguments: tuple[str, ...]
    for key in (other, other[:-9], f"{other},{cage.env['COPSYNC_KEY']}", cage.env["ASANA_SECRET"]):
        for arguments in (("check",), ("sync",), ("connect", "asana", "--paste")):
            cage.here(*arguments, env={"COPSYNC_KEY": key})
    for service in cage.world.sign_in.values():
        service.revoke()
    for arguments in (("check",), ("sync",), ("sync", "--json"), ("status",)):
        cage.here(*arguments)
    cage("sync", env={"COPSYNC_DEBUG": "1"})
    assert cage.leaks() == {}


def test_a_store_with_a_password(cage: Cage) -> None:
    urls = (
        f"postgresql+psycopg://copsync:{cage.password}@127.0.0.1:9/x",
        f"postgresql+psycopg://copsync:{cage.password}@127.0.0.1:9/x?no_such_option=1",
        f"mysql://copsync:{cage.password}@127.0.0.1/x",
        f"postgresql+nothing://copsync:{cage.password}@127.0.0.1/x",
        f"copsync:{cage.password}@127.0.0.1",
        f"postgresql+psycopg://copsync:{cage.password}@[not-an-address/x",
    )
    for url in urls:
        for arguments in (("check",), ("sync", "--json"), ("status",)):
            cage.here(*arguments, env={"COPSYNC_STORE__URL": url})
    cage("check", env={"COPSYNC_STORE__URL": urls[0], "COPSYNC_DEBUG": "1"})
    assert all(not label.endswith("-> 0") for label in cage.said)
    assert cage.leaks() == {}


def test_settings_that_hold_the_secret_itself(cage: Cage, tmp_path: Path) -> None:
    token = cage.env["ASANA_TOKEN"].partition("/")[0]
    wrong = (
        f'[connections.a]\ntool = "asana"\ntoken = "{token}"\n',
        f'[connections.a]\ntool = "asana"\ntoken = {{ env = "{token}" }}\n',
        f'[connections.a]\ntool = "asana"\nclient_id = "1"\nclient_secret = "{token}"\n',
        f'[connections.a]\ntool = "asana"\nclient_id = "1"\nrefresh_token = ["{token}"]\n',
        f'[connections.a]\ntool = "asana"\nclient_id = "1"\nclient_secret = {{ value = "{token}" }}\n',
        f'[store]\nkey = "{token}"\n',
        f'[store]\nkey = {{ env = "{token}" }}\n',
        f'[store]\nurl = "postgresql+psycopg://me:{cage.password}@127.0.0.1/x"\n',
        f'[connections.a]\ntool = "basecamp"\ntoken = "{token}\n',
    )
    for number, text in enumerate(wrong):
        place = tmp_path / f"settings-{number}"  # outside of what is searched: people wrote the secret in there
        place.mkdir()
        community = '\n[[communities]]\nid = "x"\ntime_zone = "UTC"\n'
        (place / "copsync.toml").write_text(text + community, encoding="utf-8")
        for arguments in (("check",), ("check", "--json"), ("connect", "a")):
            cage.here("--config", str(place / "copsync.toml"), *arguments)
    refused = [label for label in cage.said if label.endswith("-> 2")]
    assert len(refused) >= 3 * len(wrong) - 2, cage.said  # a key that nobody needs may name a variable that is not set
    assert cage.leaks() == {}


def test_a_mistake_of_our_own(cage: Cage) -> None:
    """A bug in the middle of a run, with the details switched on, while every secret is in somebody's hands."""
    places = {
        "connectors.http.wire.Wire._read": "the wire",
        "connectors.http.grants._grant_of": "the sign-in",
        "store.vault.Vault.put": "the vault",
        "connectors.http.tokens.Tokens.text": "the tokens",
        "connectors.asana.sdk.Sdk.deserialize": "the SDK",
    }
    for target in places:
        module, _, name = target.rpartition(".")
        owner = f"sys.modules['{module}']" if module in sys.modules else _attribute(module)
        program = f"""if True:
            import sys, connectors.http.grants, connectors.http.oauth, connectors.http.wire
            import connectors.asana.sdk, store.vault
            def broken(*given, **named):
                raise RuntimeError("a bug met " + ", ".join(map(repr, [*given, *named.values()])))
            {owner}.{name} = broken
            from cli.main import main
            main()
        """
        for service in cage.world.sign_in.values():
            service.rotates = False
            service.expire_access()
        cage("sync", command=(sys.executable, "-c", program), env={"COPSYNC_DEBUG": "1"})
    assert all("a bug met" in text or "mistake" in text for text in cage.said.values()), cage.said
    assert cage.leaks() == {}


def _attribute(dotted: str) -> str:
    module, _, name = dotted.rpartition(".")
    return f"sys.modules['{module}'].{name}"


def test_a_killed_run_leaves_nothing_in_its_files(cage: Cage) -> None:
    held = cage.world.faults["basecamp"].add(Fault("POST", r"todos|todolists", "hold", times=None))
    process = cage.start("sync")
    assert held.reached.wait(60)
    os.kill(process.pid, signal.SIGKILL)
    with process:
        out, err = process.communicate()
    cage.said["killed"] = out + err
    assert (cage.folder / "copsync.db-wal").stat().st_size > 0
    assert cage.leaks() == {}
    held.remove()


async def test_logs_that_somebody_else_switched_on(cage: Cage, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every logger at its most talkative, to a handler that knows nothing of secrets."""
    for name, value in cage.env.items():
        monkeypatch.setenv(name, value)
    stream = StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logging.Formatter("%(name)s %(message)s %(args)r"))
    root, before = logging.getLogger(), logging.getLogger().level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    configuration = load(cage.folder / "copsync.toml")
    store = Store.open(configuration.settings.store.url, configuration.folder)
    try:
        async with Wiring(configuration) as wiring:
            (settings,) = wiring.community_settings(None)
            await sync(wiring.community(settings), store, now, Wish())
    finally:
        store.close()
        root.removeHandler(handler)
        root.setLevel(before)
    cage.said["log"] = stream.getvalue()
    assert "connectors.http" in stream.getvalue()
    assert len(stream.getvalue().splitlines()) > 20
    assert cage.leaks() == {}


class Nowhere:
    """A place for tokens that keeps nothing."""

    def recall(self) -> None:
        return None

    def keep(self, secret: SecretStr) -> None:
        raise RuntimeError(f"no room for {secret!r}")


@pytest.mark.parametrize("trouble", ["status", "html", "truncated_json", "lost_answer", "refused", "kept nowhere"])
async def test_a_traceback_that_prints_local_variables(cage: Cage, trouble: str) -> None:
    service = cage.world.sign_in["basecamp"]
    seed = cage.env["BASECAMP_REFRESH"] if trouble != "refused" else cage.aviary.plant("refused", canary(ODD))
    url = origin_of(cage.world, "basecamp") + PATHS["basecamp"]
    app = App(
        "basecamp", "Basecamp", service.client_id, SecretStr(service.client_secret), url, "copsync (x@example.org)"
    )
    if trouble not in ("refused", "kept nowhere"):
        fault = Fault("POST", "authorization/token", trouble, times=None)  # type: ignore[arg-type]
        cage.world.faults["basecamp"].add(fault)
    timing = FakeTime().timing()
    oauth = OAuth(SignIn(app, timing=timing), Nowhere(), SecretStr(seed), timing=timing)
    with pytest.raises((CopsyncError, RuntimeError)) as caught:
        await oauth.headers()
    await oauth.aclose()
    del seed
    shown = "".join(traceback.TracebackException.from_exception(caught.value, capture_locals=True).format())
    assert "connectors/http/oauth.py" in shown
    ours = shown[shown.index("connectors/http/oauth.py") :]
    cage.said["traceback"] = ours
    assert cage.leaks() == {}


def test_the_address_of_a_feed_is_printed_once(cage: Cage) -> None:
    """Whoever makes a feed sees its address; nothing else does, not even the server that answers there."""
    assert cage.here("sync") == 0
    debug = {"COPSYNC_DEBUG": "1", "PYTHONASYNCIODEBUG": "1"}
    url = json.loads(cage("feed", "add", "--calendar", "--json", env=debug))["url"]
    made = cage.said.popitem()
    token = cage.aviary.plant("feed address", url.rpartition("/")[2].removesuffix(".ics"))
    assert made[1].count(token) >= 1
    server = cage.start("feed", "serve", "--port", "0", "--json", env=debug)
    assert server.stdout is not None
    origin = re.search(r"http://127\.0\.0\.1:\d+", _first_document(server.stdout))
    assert origin is not None
    processes = Processes(cage.aviary)
    with processes.watched(), httpx.Client(base_url=origin[0], trust_env=False) as app:
        assert app.get(f"/feeds/{token}.ics").status_code == 200
        for wrong in (f"/feeds/{token}", f"/feeds/{token}x.ics", f"/elsewhere/{token}", f"/feeds/{token}.ics/../x"):
            assert app.get(wrong).status_code == 404
            assert app.post(wrong, content=token).status_code in (404, 405)
    server.terminate()
    cage.ended(server, "feed", "serve")
    cage("feed", env=debug)
    cage("backup", "copy.db")
    assert cage.leaks() == {}
    assert processes.found == []


def _first_document(stream: IO[str]) -> str:
    """Return the JSON document that a server prints before it serves."""
    text = ""
    for line in stream:
        text += line
        if line.rstrip() == "}":
            return text
    raise AssertionError(text)
