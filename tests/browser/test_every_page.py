"""Every page on a phone of 360 pixels: nothing to scroll sideways, nothing too small, nothing axe calls serious."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from engine.domain.links import Purpose
from tests.browser.lived_in import LivedIn, address_of
from tests.browser.looking import serious_findings, spills, too_small

Window = Callable[..., Any]

PAGES: Mapping[str, tuple[str, Callable[[LivedIn], str]]] = {
    "the door": ("", lambda _: "/login"),
    "what is not there": ("", lambda _: "/nothing"),
    "a reminder": ("", lambda town: town.link_about("Zhou Wen")),
    "a day": ("li", lambda _: "/day"),
    "a week": ("li", lambda _: "/week"),
    "a customer": ("li", lambda town: f"/lead/{town.id_of('Zhou Wen')}"),
    "the queue": ("li", lambda _: "/drafts"),
    "a draft in it": ("li", lambda town: f"/drafts/{town.touch_of('Hu Bo')}"),
    "a draft by its mail": ("", lambda town: town.link(Purpose.SIGN, f"{town.touch_of('Hu Bo')}.li")),
    "a survey": ("", lambda town: town.link(Purpose.SURVEY, str(town.touch_of("Jin Hui")))),
    "a way out": ("", lambda town: town.link_in(town.mails_to(address_of("Jin Hui"))[0], "unsubscribe")),
    "the board": ("ops", lambda _: "/board"),
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
        page.goto(town.link(Purpose.DAY, who))


@pytest.mark.parametrize("name", PAGES)
def test_it_fits_a_phone_and_axe_finds_nothing_serious(name: str, town: LivedIn, window: Window) -> None:
    who, path = PAGES[name]
    page = window()
    come_in(town, page, who)
    page.goto(path(town))
    for fold in page.locator("summary:visible").all():
        fold.click()
    assert spills(page) == []
    assert too_small(page) == []
    assert serious_findings(page) == []
    page.emulate_media(color_scheme="dark")
    assert serious_findings(page, "color-contrast") == []
