"""Every page on a phone of 360 pixels: nothing to scroll sideways, nothing too small, nothing axe calls serious."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from engine.domain.links import Link, Purpose, sign
from engine.ground.clock import SystemClock
from tests.browser.lived_in import LivedIn
from tests.browser.looking import serious_findings, spills, too_small

Window = Callable[..., Any]

PAGES: Mapping[str, tuple[str, str]] = {
    "the door": ("", "/login"),
    "what is not there": ("", "/nothing"),
    "a reminder": ("", "{reminder}"),
    "a day": ("li", "/day"),
    "the board": ("ops", "/board"),
}
"""Who looks ("" nobody in particular), and at what."""


def come_in(town: LivedIn, page: Any, who: str) -> None:
    """As the ops desk by its token, or as a rep by the link of his digest."""
    if who == "ops":
        page.goto("/login")
        page.fill("#token", town.ops_token)
        page.keyboard.press("Enter")
        page.wait_for_url(f"{town.url}/board")
    elif who:
        key = (town.house.home / "web.key").read_text(encoding="utf-8").strip()
        link = Link(Purpose.DAY, who, SystemClock().now() + 3_600)
        page.goto(f"/day/{sign(link, [key])}")


@pytest.mark.parametrize("name", PAGES)
def test_it_fits_a_phone_and_axe_finds_nothing_serious(name: str, town: LivedIn, window: Window) -> None:
    who, path = PAGES[name]
    page = window()
    come_in(town, page, who)
    page.goto(path.format(reminder=town.link_about("Zhou Wen") if "{reminder}" in path else ""))
    for fold in page.locator("summary").all():
        fold.click()
    assert spills(page) == []
    assert too_small(page) == []
    assert serious_findings(page) == []
    page.emulate_media(color_scheme="dark")
    assert serious_findings(page, "color-contrast") == []
