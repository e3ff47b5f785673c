"""The page of the outbox in a real browser: by keyboard alone, on a small phone, in the dark, for everybody."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from domain.outbox.states import State
from sync.outbox import links
from tests.sync.outbox.bench import TEXT, Bench, bench
from tests.web.chromium import browser
from tests.web.serving import served
from web.outbox import create_app

PHONE = {"width": 360, "height": 740}
STATES = ("link", "waiting", "wrong", "done", "used")


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser() as opened:
        yield opened


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Bench]:
    with bench(tmp_path, channel="composer = true") as made:
        yield made


@contextmanager
def visiting(chromium: Browser, here: Bench, **more: Any) -> Iterator[tuple[Page, list[str]]]:
    """Give a page of a served outbox at its link, and the addresses of every request that it makes."""
    with served(create_app(here.configuration, here.clock)) as client:
        context = chromium.new_context(base_url=str(client.base_url), **more)
        page = context.new_page()
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        try:
            page.goto(f"/outbox/{links.make(here.store, here.place, 'ada@example.org', here.now)}")
            yield page, asked
        finally:
            context.close()


def tab_to(page: Page, words: str) -> None:
    """Walk with the Tab key until the focus is on something with these words."""
    for _ in range(30):
        page.keyboard.press("Tab")
        focused = page.evaluate("document.activeElement.innerText || document.activeElement.id")
        if words in focused:
            return
    raise AssertionError(f"“{words}” cannot be reached with the Tab key")


def test_from_the_link_to_the_proof_without_a_mouse(chromium: Browser, here: Bench) -> None:
    item = here.put()
    with visiting(chromium, here, permissions=["clipboard-read", "clipboard-write"]) as (page, asked):
        page.locator("button:focus").wait_for()  # given by the page when it is shown, which may be after it is loaded
        page.keyboard.press("Enter")
        page.wait_for_url("**/outbox")
        tab_to(page, "Copy the text")
        page.keyboard.press("Enter")
        page.get_by_text("Copied.").wait_for()
        assert page.evaluate("navigator.clipboard.readText()") == TEXT
        tab_to(page, "Open the group")
        tab_to(page, f"link-{item.id}")
        page.keyboard.type("https://lnkd.in/x")
        page.keyboard.press("Enter")
        page.get_by_role("alert").wait_for()
        page.locator(f"[id='link-{item.id}']:focus").wait_for()  # it can be mended at once
        page.keyboard.press("Control+A")
        page.keyboard.type(here.posted(item))
        page.keyboard.press("Enter")
        page.get_by_text("Thank you.").wait_for()
        own = page.url.partition("/outbox")[0]
        assert asked
        assert all(url.startswith(own) for url in asked), asked
    assert here.item(item.id).state is State.VERIFIED


def test_without_scripts_everything_can_be_done(chromium: Browser, here: Bench) -> None:
    item = here.put()
    with visiting(chromium, here, java_script_enabled=False) as (page, _):
        page.get_by_role("button", name="Show the texts").click()
        assert page.get_by_label("Text of the post").input_value() == TEXT
        assert page.get_by_role("button", name="Copy the text").count() == 0  # no button that does nothing
        page.get_by_label("Link of your post").fill(here.posted(item))
        page.get_by_role("button", name="I have posted it").click()
        page.get_by_text("Nothing waits").wait_for()
    assert here.item(item.id).state is State.VERIFIED


def show(page: Page, here: Bench, state: str) -> None:
    """Bring a page into one of its states."""
    if state == "link":
        return
    address = page.url
    page.get_by_role("button", name="Show the texts").click()
    page.wait_for_url("**/outbox")
    if state == "used":
        page.context.clear_cookies()
        page.goto(address)
        page.get_by_text("was opened before").wait_for()
    elif state in ("wrong", "done"):
        first = page.get_by_label("Link of your post").first
        first.fill("https://lnkd.in/x" if state == "wrong" else here.posted(here.item("00000001")))
        page.get_by_role("button", name="I have posted it").first.click()
        page.get_by_role("alert" if state == "wrong" else "status").first.wait_for()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("state", STATES)
def test_axe_finds_nothing_and_nothing_is_cut_off(chromium: Browser, here: Bench, state: str, scheme: str) -> None:
    here.put("A talk with a title that is as long as some people make them, and aVeryLongWordThatNoLineHolds" * 2)
    here.put("Another", text=TEXT + "\n" + "https://example.org/" + "x" * 300)
    with visiting(chromium, here, viewport=PHONE, color_scheme=scheme) as (page, _):
        show(page, here, state)
        found = Axe().run(page)
        assert found.violations_count == 0, found.generate_report()
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
        back = page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert back == ("rgb(255, 255, 255)" if scheme == "light" else "rgb(16, 22, 28)")


def test_the_browser_itself_would_refuse_what_is_foreign(chromium: Browser, here: Bench) -> None:
    here.put()
    with visiting(chromium, here) as (page, _):
        page.get_by_role("button", name="Show the texts").click()
        page.wait_for_url("**/outbox")
        refused: list[str] = []
        page.on("console", lambda said: refused.append(said.text))
        page.evaluate(
            """() => {
            const image = document.createElement("img"); image.src = "/x.png"; document.body.append(image);
            const script = document.createElement("script"); script.text = "window.ran = 1";
            document.body.append(script);
            }"""
        )
        page.wait_for_timeout(300)
        assert page.evaluate("window.ran") is None
        assert sum("Content Security Policy" in text for text in refused) >= 2
