"""The fidelity tables of the documentation, made from what each tool declares.

`python -m connectors.fidelity` writes them into docs/connectors/; a test fails when they are out of date.
"""

from __future__ import annotations

from pathlib import Path

from connectors.contract import Tool
from connectors.registry import tool, tool_names
from domain.capabilities import Held, Hold, TypeCapabilities
from domain.fields import FIELDS, RecordType

BEGIN, END = "<!-- fidelity:begin -->", "<!-- fidelity:end -->"
PAGES = Path(__file__).parent.parent / "docs" / "connectors"


def tables(kind: Tool) -> str:
    """Return the tables of a tool in Markdown: one per record type, a row per field of the model."""
    shown = [_table(record, capabilities) for record, capabilities in kind.capabilities.types.items()]
    return "\n\n".join(shown)


def _table(record: RecordType, capabilities: TypeCapabilities) -> str:
    title = f"### {record.value.capitalize()}" + (" (shown only)" if capabilities.shadow else "")
    rows = [_row(name, capabilities.fields.get(name)) for name in FIELDS[record]]
    return "\n".join([title, "", "| field | read | written | what is held |", "| --- | --- | --- | --- |", *rows])


def _row(name: str, held: Held | None) -> str:
    if held is None:
        return f"| {name} | no | no | kept by copsync and in the tools that hold it |"
    written = "no" if held.hold is Hold.READ else "yes"
    return f"| {name} | yes | {written} | {_words(held)} |"


def _words(held: Held) -> str:
    words = ["in full" if held.hold is Hold.FULL else held.hold.value]
    if held.max_length:
        words.append(f"up to {held.max_length} characters")
    if held.note:
        words.append(held.note)
    return "; ".join(words)


def with_tables(page: str, kind: Tool) -> str:
    """Return a page with fresh tables between its markers."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{tables(kind)}\n{END}{after}"


def main() -> None:
    """Write the tables into every tool's page."""
    for name in tool_names():
        path = PAGES / f"{name}.md"
        path.write_text(with_tables(path.read_text(encoding="utf-8"), tool(name)), encoding="utf-8")


if __name__ == "__main__":
    main()
