"""Every page on a phone of 360 pixels: nothing to scroll sideways, nothing too small, nothing axe calls serious."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from engine.domain.links import Purpose
from engine.web.app import ROUTES
from tests.browser.lived_in import LivedIn, address_of
from tests.browser.looking import come_in, serious_findings, spills, too_small

Window = Callable[..., Any]

PAGES: Mapping[str, tuple[str, Callable[[LivedIn], str]]] = {
    "/login": ("", lambda _: "/login"),
    "/act/{token}": ("", lambda town: town.link_about("Zhou Wen")),
    "/sign/{token}": ("", lambda town: town.link(Purpose.SIGN, f"{town.touch_of('Hu Bo')}.li")),
    "/task/{token}": ("", lambda town: town.link(Purpose.TASK, "1.li")),  # of what he need not send any more
    "/survey/{token}": ("", lambda town: town.link(Purpose.SURVEY, str(town.touch_of("Jin Hui")))),
    "/unsubscribe/{token}": ("", lambda town: town.link_in(town.mails_to(address_of("Jin Hui"))[0], "unsubscribe")),
    "/api": ("", lambda _: "/api"),
    "/day": ("li", lambda _: "/day"),
    "/week": ("li", lambda _: "/week"),
    "/lead/{lead:path}": ("li", lambda town: f"/lead/{town.id_of('Zhou Wen')}"),
    "/drafts": ("li", lambda _: "/drafts"),
    "/drafts/{touch}": ("li", lambda town: f"/drafts/{town.touch_of('Hu Bo')}"),
    "/pool": ("li", lambda _: "/pool"),
    "/report/{kind}": ("li", lambda _: "/report/daily"),
    "/handover": ("ops", lambda _: "/handover"),
    "/board": ("ops", lambda _: "/board"),
    "/board/day/{day}": ("ops", lambda town: f"/board/day/{town.today}"),
    "/board/queue/{state}": ("ops", lambda _: "/board/queue/dead"),
    "/board/doubts": ("ops", lambda _: "/board/doubts"),
    "/board/touch/{id:serial}": ("ops", lambda town: f"/board/touch/{town.touch_of('Jin Hui')}"),
    "/board/find": ("ops", lambda _: "/board/find?q=Zhou+Wen"),
    "/board/lead/{lead:path}": ("ops", lambda town: f"/board/lead/{town.id_of('Lin Yue')}"),
    "/board/explain/{lead:path}": ("ops", lambda town: f"/board/explain/{town.id_of('Zhou Wen')}"),
    "/board/rules": ("ops", lambda _: "/board/rules"),
    "/board/circumstances": ("ops", lambda _: "/board/circumstances"),
    "/board/channels": ("ops", lambda _: "/board/channels"),
    "/board/pauses": ("ops", lambda _: "/board/pauses"),
}
"""Each page by its route: who looks ("" nobody in particular), and at what."""
LEAD_ON = {"/", "/report", "/day/{token}"}
FOR_PROGRAMS = {"/healthz", "/readyz", "/metrics", "/static/{digest}/{name}", "/feed/{token}.ics", "/api/openapi.json"}


def test_no_page_is_left_out() -> None:
    there = {route.path for route in ROUTES if "GET" in (route.methods or ())}
    assert there == {*PAGES, *LEAD_ON, *FOR_PROGRAMS}


def test_what_is_not_there_fits_a_phone_too(window: Window) -> None:
    page = window()
    page.goto("/nothing")
    look_over(page)


def look_over(page: Any) -> None:
    """Everything that must hold of a page, with all its folds open, by day and by night."""
    page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")
    assert spills(page) == []
    assert too_small(page) == []
    assert serious_findings(page) == []
    page.emulate_media(color_scheme="dark")
    assert serious_findings(page, "color-contrast") == []


@pytest.mark.parametrize("route", PAGES)
def test_it_fits_a_phone_and_axe_finds_nothing_serious(route: str, town: LivedIn, window: Window) -> None:
    who, path_in = PAGES[route]
    page, path = window(), path_in(town)
    come_in(town, page, who)
    assert page.goto(path).status == 200
    assert page.url == f"{town.url}{path}"
    look_over(page)
