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
    """A rep's day and a reminder on the phone; a draft and the board on a desk."""
    with tempfile.TemporaryDirectory() as home, lived_in(Path(home)) as town, chromium() as browser:
        take_one(browser, town, PHONE, "li", "/day", "day")
        take_one(browser, town, PHONE, "", town.link_about("Zhou Wen") + "?do=no_answer", "reminder")
        take_one(browser, town, DESK, "li", f"/drafts/{town.touch_of('Hu Bo')}", "draft")
        take_one(browser, town, DESK, "ops", "/board#calendar", "board")


def take_one(browser: Any, town: LivedIn, size: dict[str, int], who: str, path: str, name: str) -> None:
    """What is to be seen of that page without scrolling."""
    context = browser.new_context(base_url=town.url, viewport=size, device_scale_factor=2, locale="en-GB")
    page = context.new_page()
    come_in(town, page, who)
    page.goto(path)
    page.screenshot(path=IMAGES / f"{name}.png")
    context.close()


if __name__ == "__main__":
    take()
