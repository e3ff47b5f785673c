"""A damaged store is told, with the mend and exit status 2: never a traceback, never a mistake of copsync's own."""

from __future__ import annotations

import json
import shutil
import sqlite3
from contextlib import chdir
from copy import deepcopy
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from random import Random

import pytest

from cli.ending import run
from connectors.memory.tool import TOOLS, MemoryTool
from domain.fields import RecordType
from domain.values import Value

TASK = RecordType.TASK
NAMES = ("one", "two", "three")
PLACES = 50
SINCE = "2026-11-21T12:00:00+00:00"
ALWAYS = (("status",), ("sync", "--full"))
IN_TURN = (
    ("history",),
    ("conflicts",),
    ("export",),
    ("check",),
    ("plan",),
    ("sync",),
    ("backup", "--force", "copy.db"),
)
SETTINGS = "\n".join(
    [f'[connections.{name}]\ntool = "memory"\nbase_url = "memory://{name}"' for name in NAMES]
    + ['[[communities]]\nid = "town"\nname = "Town"\ntime_zone = "Europe/Berlin"']
    + [f'[[communities.spaces]]\nname = "{name}"\nconnection = "{name}"' for name in NAMES]
)


def tools() -> dict[str, MemoryTool]:
    """Make the tools anew: 40 tasks in the first, edited in two places since."""
    TOOLS.clear()
    made = {name: MemoryTool() for name in NAMES}
    TOOLS.update({f"memory://{name}": tool for name, tool in made.items()})
    for number in range(40):
        fields: dict[str, Value] = {"title": f"Task {number}", "notes": "some notes\n" * 20, "tags": frozenset({"a"})}
        made["one"].create(TASK, {**fields, "kind": "task", "state": "open", "due": date(2026, 12, 1)})
    return made


def edit(made: dict[str, MemoryTool]) -> None:
    """Change a field in two tools at once, and others in one."""
    for name in ("one", "two"):
        identity = next(key for key, fields in made[name].fields().items() if fields["title"] == "Task 1")
        made[name].edit(identity, {"title": f"Edited in {name}"})
    for number in range(5, 10):
        made["one"].edit(str(number), {"notes": f"edited {number}\n"})


@dataclass(frozen=True)
class Kept:
    """A folder with a store, and the tools as they were then."""

    folder: Path
    tools: dict[str, MemoryTool]

    def again(self, folder: Path) -> Path:
        """Put all of it where a test may spoil it; return the store."""
        shutil.copytree(self.folder, folder, dirs_exist_ok=True)
        TOOLS.clear()
        TOOLS.update({f"memory://{name}": deepcopy(tool) for name, tool in self.tools.items()})
        return folder / "copsync.db"


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Kept:
    """The store of a community that has seen creations, edits, conflicts, and an interruption."""
    folder = tmp_path_factory.mktemp("kept")
    (folder / "copsync.toml").write_text(SETTINGS)
    made = tools()
    with chdir(folder):
        assert run(["sync"]) == 0
        edit(made)
        assert run(["sync"]) in (0, 3)
    database = sqlite3.connect(folder / "copsync.db", isolation_level=None)
    database.execute("UPDATE journal SET state = 'uncertain' WHERE id IN (SELECT id FROM journal LIMIT 3)")
    database.execute(
        "INSERT INTO set_aside VALUES ('town', 'one', 'read', '3', 'task', 'Task 3', 'a reason', 3, ?, ?)",
        (SINCE, SINCE),
    )
    database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()
    return Kept(folder, made)


def answers(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str]:
    """Call a command; return its status and what it says went wrong."""
    capsys.readouterr()
    status = run([*words, "--json"])
    printed = capsys.readouterr()
    assert "Traceback" not in printed.err
    assert "mistake of its own" not in printed.err, (words, printed.err)
    error = json.loads(printed.out).get("error") if status == 2 else None
    return status, f"{error['message']} {error['mend']}" if error else ""


@pytest.mark.parametrize("seed", range(PLACES))
def test_a_flipped_byte_is_told_or_does_no_harm(
    kept: Kept, tmp_path: Path, capsys: pytest.CaptureFixture[str], seed: int
) -> None:
    for command in (*ALWAYS, IN_TURN[seed % len(IN_TURN)]):
        store = kept.again(tmp_path / command[0])
        flip(store, Random(seed))
        before = contents()
        with chdir(store.parent):
            status, said = answers(capsys, *command)
        assert status in (0, 1, 2, 3), command
        if status == 2:
            assert "copsync restore FILE" in said or "newer copsync" in said, (command, said)
            assert contents() == before, command


def contents() -> dict[str, object]:
    return {address: tool.fields() for address, tool in TOOLS.items()}


def flip(store: Path, random: Random) -> None:
    """Flip one bit somewhere in the file."""
    content = bytearray(store.read_bytes())
    content[random.randrange(len(content))] ^= 1 << random.randrange(8)
    store.write_bytes(content)


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        ("UPDATE records SET type = 'song' WHERE id = (SELECT min(id) FROM records)", "of records"),
        ("UPDATE records SET fields = '{' WHERE id = (SELECT min(id) FROM records)", "of records"),
        ("UPDATE records SET writers = '[1]' WHERE id = (SELECT min(id) FROM records)", "of records"),
        ("UPDATE links SET state = 'lost' WHERE remote = '4'", "of links"),
        ("UPDATE links SET base = '{\"due\": \"soon\"}' WHERE remote = '4'", "of links"),
        ("UPDATE cursors SET read_at = 'yesterday' WHERE space = 'one'", "Row one of cursors"),
        ("UPDATE journal SET verb = 'sing' WHERE state = 'uncertain'", "of journal"),
        ("UPDATE journal SET type = 'song' WHERE state = 'uncertain'", "of journal"),
        ("UPDATE set_aside SET side = 'left'", "Row 3 of set_aside"),
        ("UPDATE leases SET since = 'now', expires = 9e12, process = NULL", "Row town of leases"),
    ],
)
def test_a_row_that_no_copsync_writes_names_itself(
    kept: Kept, tmp_path: Path, capsys: pytest.CaptureFixture[str], damage: str, words: str
) -> None:
    store = kept.again(tmp_path)
    database = sqlite3.connect(store, isolation_level=None)
    database.execute(damage)
    database.close()
    before = contents()
    command = ("export",) if words in ("of records", "of links") else ("sync", "--full")
    with chdir(tmp_path):
        status, said = answers(capsys, *command)
    assert (status, words in said, "copsync restore FILE" in said) == (2, True, True), said
    assert contents() == before


@pytest.mark.parametrize(
    ("damage", "command", "words"),
    [
        ("UPDATE runs SET report = replace(report, 'updated', 'uptated')", ("history",), "of runs"),
        ("UPDATE runs SET report = '[]'", ("status",), "of runs"),
        ("UPDATE conflicts SET lost = '{'", ("conflicts",), "of conflicts"),
    ],
)
def test_what_happened_names_itself_too(
    kept: Kept, tmp_path: Path, capsys: pytest.CaptureFixture[str], damage: str, command: tuple[str, ...], words: str
) -> None:
    store = kept.again(tmp_path)
    database = sqlite3.connect(store, isolation_level=None)
    database.execute(damage)
    database.close()
    with chdir(tmp_path):
        status, said = answers(capsys, *command)
    assert (status, words in said, "copsync restore FILE" in said) == (2, True, True), said


@pytest.mark.parametrize("share", [0.3, 0.7, 0.95])
def test_a_store_that_is_cut_off_is_told(
    kept: Kept, tmp_path: Path, capsys: pytest.CaptureFixture[str], share: float
) -> None:
    store = kept.again(tmp_path)
    content = store.read_bytes()
    store.write_bytes(content[: int(len(content) * share)])
    with chdir(tmp_path):
        status, said = answers(capsys, "sync", "--full")
    assert (status, "copsync restore FILE" in said) == (2, True), said
