"""A dry run holds no channel, reaches nobody, and leaves the live database as it is: all of it is refused here."""

from __future__ import annotations

import os
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

import adapters.channels.console
import adapters.channels.email
import adapters.channels.file

NOW = "2026-02-14T10:00+08:00"
CALLS: dict[str, tuple[str, ...]] = {
    "plan": ("plan", "--to", "2026-03-14", "--now", NOW),
    "load": ("plan", "--to", "2026-03-14", "--now", NOW, "--load"),
    "explain": ("explain", "wang", "--now", NOW),
    "explain later": ("explain", "wang", "--at", "2026-06-01", "--rule", "birthday"),
    "diff": ("diff", "--now", NOW),
    "every variant": ("preview", "greeting/birthday", "--lead", "wang", "--all-variants", "--now", NOW),
    "preview": ("preview", "greeting/birthday", "--lead", "wang", "--html", "--now", NOW),
    "check": ("check",),
    "lint": ("lint",),
    "rules": ("rules", "show", "birthday"),
    "schema": ("schema",),
    "test": ("test", "--run", "mourning"),
}
_CHANGES_FILES = {"os.mkdir", "os.remove", "os.rename", "os.rmdir", "os.truncate", "os.link", "os.symlink"}
_REACHES_OUT = {
    "socket.connect", "socket.bind", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto", "socket.sendmsg",
}  # fmt: skip


class Refused(BaseException):
    """Not an Exception, so that nothing on the way takes it for an ordinary fault."""


class Watch:
    """Hears of everything that this interpreter opens, and refuses what a dry run must not do."""

    def __init__(self) -> None:
        self.folder: Path | None = None
        self.refused: list[str] = []
        self.databases: list[str] = []

    def __call__(self, event: str, args: tuple[Any, ...]) -> None:
        if self.folder is None:
            return
        if event == "sqlite3.connect":
            self.databases.append(str(args[0]))
        elif event in _REACHES_OUT or (self._changes_a_file(event, args) and self._is_ours(args[0])):
            self.refused.append(f"{event} {args[:2]}")
            raise Refused(event)

    @staticmethod
    def _changes_a_file(event: str, args: tuple[Any, ...]) -> bool:
        return event in _CHANGES_FILES or (event == "open" and bool(args[2] & (os.O_WRONLY | os.O_RDWR)))

    def _is_ours(self, path: object) -> bool:
        return isinstance(path, str | bytes | os.PathLike) and os.fsdecode(path).startswith(str(self.folder))

    @contextmanager
    def on(self, folder: Path) -> Iterator[None]:
        self.folder, self.refused, self.databases = folder, [], []
        try:
            yield
        finally:
            self.folder = None


@pytest.fixture(scope="module")
def watch() -> Watch:
    """An audit hook lasts as long as its interpreter; between the tests it looks away."""
    found = Watch()
    sys.addaudithook(found)
    return found


@pytest.fixture
def no_channel(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise Refused("a channel was opened")

    for kind in (
        adapters.channels.console.ConsoleChannel, adapters.channels.email.EmailChannel,
        adapters.channels.file.FileChannel,
    ):  # fmt: skip
        monkeypatch.setattr(kind, "__init__", refuse)


@pytest.fixture
def busy(house: Any) -> Iterator[Any]:
    """A house whose database somebody else holds open, with rows that stand in its -wal only."""
    with closing(sqlite3.connect(house.folder / "followup.sqlite")) as other:
        other.execute("PRAGMA wal_autocheckpoint = 0")
        other.execute("UPDATE lead SET hope = 'a quiet year' WHERE id = 'wang'")
        other.commit()
        yield house


def state_of(house: Any) -> dict[str, bytes]:
    """Every file of the folder; of the database's shared memory, where readers mark their places, only that it is."""
    return {
        str(path.relative_to(house.folder)): b"" if path.name.endswith("-shm") else path.read_bytes()
        for path in sorted(house.folder.rglob("*"))
        if path.is_file()
    }


@pytest.mark.usefixtures("no_channel")
@pytest.mark.parametrize("name", CALLS)
def test_a_dry_run_reaches_nobody_and_writes_nothing(busy: Any, watch: Watch, name: str) -> None:
    before = state_of(busy)
    with watch.on(busy.folder):
        result = busy.call(*CALLS[name])
    assert (result.exit_code, watch.refused) == (0, [])
    assert [path for path in watch.databases if path != ":memory:" and "mode=ro" not in path] == []
    assert state_of(busy) == before
    assert len(before["followup.sqlite-wal"]) > 0


def test_the_watch_sees_what_is_not_dry(house: Any, watch: Watch) -> None:
    with watch.on(house.folder):
        house.call("lead", "set", "wang", "tier=iron", "--now", NOW)
        with pytest.raises(Refused):
            (house.folder / "note.txt").write_text("")
    assert any("mode=ro" not in path for path in watch.databases)
