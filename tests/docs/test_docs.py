"""The documentation says what the code does."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from connectors.fidelity import BEGIN, END, PAGES, with_tables
from connectors.registry import tool, tool_names

ROOT = Path(__file__).resolve().parents[2]
PAGES_OF_DOCS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("deployments/**/*.md")])


@pytest.mark.parametrize("name", tool_names())
def test_every_tool_has_a_page_whose_tables_are_up_to_date(name: str) -> None:
    page = (PAGES / f"{name}.md").read_text(encoding="utf-8")
    assert page.count(BEGIN) == page.count(END) == 1
    assert with_tables(page, tool(name)) == page, "run `python -m connectors.fidelity`"


@pytest.mark.parametrize("page", PAGES_OF_DOCS, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_within_the_project_leads_somewhere(page: Path) -> None:
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", text):
        if "://" not in target and not target.startswith("mailto:"):
            assert (page.parent / target).exists(), f"{page.name} points to {target}"


def test_every_verb_of_the_readme_is_in_the_makefile() -> None:
    verbs = set(re.findall(r"(?:^|`)make ([a-z]+)", (ROOT / "README.md").read_text(), flags=re.MULTILINE))
    makefile = (ROOT / "Makefile").read_text()
    assert verbs
    assert all(re.search(rf"^{verb}:", makefile, flags=re.MULTILINE) for verb in verbs)
