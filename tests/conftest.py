"""Every test of the suite is listened to: what it writes of people must not be heard where they are not meant to be."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from tests.canaries import listening

HEARD: Counter[str] = Counter()
"""Figures of this process, and of its workers once they have ended."""
_PATCH = pytest.MonkeyPatch()


def pytest_configure() -> None:
    listening.listen(_PATCH)


def pytest_unconfigure() -> None:
    _PATCH.undo()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup() -> Iterator[None]:
    listening.begin_anew()
    return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item) -> Iterator[None]:
    """Once all that the test had has ended."""
    listening.ears.look()
    result = yield
    leaks = list(dict.fromkeys(listening.ears.leaks()))
    HEARD.update(listening.ears.counts)
    if leaks:
        pytest.fail(f"{item.nodeid} let out what is personal:\n" + "\n".join(leaks[:20]), pytrace=False)
    return result


def pytest_sessionfinish(session: pytest.Session) -> None:
    worker = getattr(session.config, "workeroutput", None)
    if worker is not None:
        worker["heard"] = dict(HEARD)


def pytest_testnodedown(node: Any) -> None:
    """xdist: a worker has ended."""
    HEARD.update(node.workeroutput.get("heard", {}))


def pytest_terminal_summary(terminalreporter: Any) -> None:
    told = ", ".join(f"{HEARD[key]} {key}" for key in sorted(HEARD))
    terminalreporter.write_line(f"canaries: {told}")
