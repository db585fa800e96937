"""One browser and one house for all of these tests; every test has windows and cookies of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.browser.driven import CHROMIUM, chromium
from tests.browser.lived_in import LivedIn, lived_in

PHONE = {"width": 360, "height": 740}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Without a browser one test says so and fails; the others do not repeat it."""
    if CHROMIUM is None:
        for item in items:
            if Path(__file__).parent in item.path.parents and item.name != "test_there_is_a_browser":
                item.add_marker(pytest.mark.skip(reason="there is no chromium; test_there_is_a_browser says so"))


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """A headless Chromium, for no longer than its own tests: Playwright keeps an event loop that others cannot have."""
    with chromium() as running:
        yield running


@pytest.fixture(scope="session")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LivedIn]:
    """The house of lived_in.py, on this machine's clock."""
    with lived_in(tmp_path_factory.mktemp("town")) as living:
        yield living


@pytest.fixture
def window(browser: Any, town: LivedIn) -> Iterator[Callable[..., Any]]:
    """Opens a page as somebody who was never here before: `window()` on a phone, `window(width=1280)` on a desk.

    What a page complains about in the browser's console fails the test.
    """
    opened, complaints = [], []

    def open_one(width: int = PHONE["width"], **more: Any) -> Any:
        size = {"width": width, "height": PHONE["height"]}
        context = browser.new_context(base_url=town.url, viewport=size, locale="en-GB", **more)
        context.set_default_timeout(10_000)
        opened.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda said: _is_complaint(page, said) and complaints.append(said.text))
        return page

    yield open_one
    for context in opened:
        context.close()
    assert complaints == []


def _is_complaint(page: Any, said: Any) -> bool:
    """An error that is not the page's own answer, which may well be that something is not there."""
    return bool(said.type == "error" and said.location["url"] != page.url)
