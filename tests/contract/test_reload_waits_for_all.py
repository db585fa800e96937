"""`reload --wait` waits for every daemon that lives, and names those that did not get there."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.ground.clock import SystemClock
from engine.ground.errors import FollowupError
from engine.service import reload as reloading
from engine.service.app import App
from engine.service.heart import ALIVE, Heart, behind
from engine.settings.model import Service, Settings
from engine.stages.books import Books
from engine.stages.plan.timing import Clockwork
from engine.store import state
from engine.store.database import Database


class Named(App):
    """A daemon's set-up, of a machine of that name."""

    name = "one:1"

    @property
    def worker(self) -> str:
        return self.name


class Other(Named):
    name = "two:2"


@pytest.fixture
def apps(database: Database, tmp_path: Path) -> tuple[App, App]:
    """Two daemons' set-ups on one database."""
    settings = Settings(service=Service(tick=0.1))
    one = Named(settings, tmp_path, database, SystemClock(), Books(settings), Clockwork.of(settings), rehearsal=False)
    return one, Other(**{name: getattr(one, name) for name in one.__dataclass_fields__})


def test_it_comes_back_once_all_that_live_have_taken_up_the_rules(
    apps: tuple[App, App], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reloading, "PATIENCE", 0.1)
    one, _ = apps
    hearts = [Heart(app) for app in apps]
    with one.db.writing() as connection:
        state.put(connection, state.IN_FORCE, 3, one.clock.now())
    for heart in hearts:
        heart.beat()
    hearts[0].works_with(3)
    with pytest.raises(FollowupError, match="the rules are in force, but two:2 did not take them up in 0 s"):
        reloading._wait_until_taken_up(one, 3)
    hearts[1].works_with(3)
    assert reloading._wait_until_taken_up(one, 3)


def test_a_daemon_that_ended_is_waited_for_by_nobody(apps: tuple[App, App]) -> None:
    one, _ = apps
    hearts = [Heart(app) for app in apps]
    for heart in hearts:
        heart.beat()
    now = one.db.now()
    with one.db.reading() as connection:
        assert behind(connection, 3, now) == ["one:1", "two:2"]
        assert behind(connection, 3, now + ALIVE + 2) == []  # killed: it said no word
    hearts[1].stop()
    with one.db.reading() as connection:
        assert behind(connection, 3, now) == ["one:1"]
