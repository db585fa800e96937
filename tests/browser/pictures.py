"""The pictures of the pages in docs/images, taken anew: `python -m tests.browser.pictures`."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from tests.browser.driven import chromium
from tests.browser.lived_in import LivedIn, lived_in
from tests.browser.looking import come_in

IMAGES = Path(__file__).parents[2] / "docs" / "images"
PHONE, DESK = {"width": 390, "height": 760}, {"width": 1180, "height": 860}


def take() -> None:
    """A rep's day, a reminder and a customer's portrait on the phone; a draft and the board on a desk."""
    with tempfile.TemporaryDirectory() as home, lived_in(Path(home)) as town, chromium() as browser:
        take_one(browser, town, PHONE, "li", "/day", "day")
        take_one(browser, town, PHONE, "", town.link_about("Zhou Wen") + "?do=no_answer", "reminder")
        known(town, "Zhou Wen")
        take_one(browser, town, PHONE, "li", f"/lead/{town.id_of('Zhou Wen')}#portrait", "portrait", "Need")
        take_one(browser, town, DESK, "li", f"/drafts/{town.touch_of('Hu Bo')}", "draft")
        take_one(browser, town, DESK, "ops", "/board#calendar", "board")


def known(town: LivedIn, name: str) -> None:
    """What a rep has found out of him after some talks."""
    facts = ("salutation=Mr Zhou", "region=成都", "temperament=koala", "date.birthday=1980-05-12", "hope=a new plant")
    answers = ("quality.standing=sound", "quality.trend=rising", "willingness.knows_ours=true")
    town.house.followup("lead", "set", town.id_of(name), *facts, *answers)


def take_one(
    browser: Any, town: LivedIn, size: dict[str, int], who: str, path: str, name: str, opened: str = ""
) -> None:
    """What is to be seen of that page without scrolling, with a part of it opened."""
    context = browser.new_context(base_url=town.url, viewport=size, device_scale_factor=2, locale="en-GB")
    page = context.new_page()
    come_in(town, page, who)
    page.goto(path)
    if opened:
        page.locator("summary", has_text=opened).click()
    page.screenshot(path=IMAGES / f"{name}.png")
    context.close()


if __name__ == "__main__":
    take()
