"""Copies of a SQLite file: made while others write to it, proven whole, put back into its place.

A copy knows nothing of what was sent after it was made. So it carries a hold: a daemon that starts on it sends nothing
until a person has looked and said `followup resume`.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import URL, make_url

from engine.ground.errors import FollowupError, UsageError
from engine.store import state
from engine.store.database import Database
from engine.store.prepared import KEY
from engine.store.upgrade import SchemaState, schema_state

BY_BACKUP = "backup"
"""Who held what a copy would send. The hold's instant is when the copy was made."""
BESIDE = ("-wal", "-shm", "-journal")
"""What SQLite keeps beside its file: left there from another database, they would damage the one put in its place."""
_WAIT = 30.0


@dataclass(frozen=True)
class Copied:
    """A copy that was found whole: how many rows each of its tables has."""

    file: Path
    rows: dict[str, int]


def back_up(source: Path, target: Path, now: int) -> Copied:
    """Copy a database at one instant, whoever writes to it meanwhile; nobody waits for it.

    It is there under its name only when it is whole: every page is sound, and each table has as many rows as the
    source had at that instant. UsageError: there is such a file already, or it cannot be made. FollowupError: it is not
    whole.
    """
    with _taking_the_name(target) as part:
        with closing(_open(source)) as origin, closing(sqlite3.connect(part)) as copy:
            origin.execute("BEGIN")
            rows = _rows(origin)
            origin.backup(copy)
        copied = _proven(part)
        if copied != rows:
            raise FollowupError(f'the copy of "{source.name}" is not whole; nothing was kept, try again')
        _hold(part, copied, now)
    return Copied(target, copied)


def put_back(backup: Path, place: Path, now: int) -> Copied:
    """Put a copy into the place of a database, which is kept beside it as `NAME.replaced`.

    Call it with the daemon's lock held. UsageError: there is no such copy, or something is kept there already.
    FollowupError: the copy is damaged, or not followup's of this release or an older one.
    """
    kept = place.with_name(f"{place.name}.replaced")
    if kept.exists():
        raise UsageError(f'"{kept}" is there from another time; move it away first')
    if not backup.is_file():
        raise UsageError(f'there is no file "{backup}"')
    with _taking_the_name(place, may_exist=True) as part:
        shutil.copyfile(backup, part)
        rows = _proven(part)
        _insist_on_ours(part, rows)
        _hold(part, rows, now)
        for suffix in ("", *BESIDE):
            _move(place.with_name(place.name + suffix), kept.with_name(kept.name + suffix))
    return Copied(place, rows)


def without_password(url: str) -> str:
    """A PostgreSQL database as `pg_dump` is told of it, who asks for the password himself."""
    at = make_url(url).difference_update_query([KEY])
    return str(URL.create("postgresql", at.username, None, at.host, at.port, at.database, at.query))


@contextmanager
def _taking_the_name(target: Path, *, may_exist: bool = False) -> Iterator[Path]:
    """A file beside it, for our eyes only, that takes the name once all went well, and goes if it did not."""
    if target.exists() and not may_exist:
        raise UsageError(f'"{target}" is there already; a backup overwrites nothing, name another file')
    part = target.with_name(f"{target.name}.part")
    try:
        os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except FileExistsError:
        raise UsageError(f'"{part}" is there: another backup is under way, or died; then remove it') from None
    except OSError as error:
        raise UsageError(f'"{target}" cannot be made: {error.strerror}') from error
    try:
        yield part
        _flush(part)
        part.rename(target)
        _flush(target.parent)
    except OSError as error:
        raise FollowupError(f'"{target}" cannot be written: {error.strerror}') from error
    finally:
        for suffix in ("", *BESIDE):
            part.with_name(part.name + suffix).unlink(missing_ok=True)


def _open(file: Path) -> sqlite3.Connection:
    uri = f"file:{quote(str(file))}?mode=ro"
    return sqlite3.connect(uri, uri=True, timeout=_WAIT, isolation_level=None)


def _proven(file: Path) -> dict[str, int]:
    """The rows of a copy; FollowupError: a page of it is damaged."""
    with closing(_open(file)) as connection:
        try:
            [said] = connection.execute("PRAGMA integrity_check(1)").fetchone()
        except sqlite3.DatabaseError as error:
            said = str(error)
        if said != "ok":
            raise FollowupError(f'"{file.name.removesuffix(".part")}" is damaged ({said}); nothing was changed')
        return _rows(connection)


def _rows(connection: sqlite3.Connection) -> dict[str, int]:
    """How many rows each table has, by name."""
    tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name").fetchall()
    return {name: int(connection.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0]) for (name,) in tables}


def _insist_on_ours(file: Path, rows: dict[str, int]) -> None:
    db = Database(f"sqlite:///{file}", read_only=True)
    try:
        standing = schema_state(db)
    finally:
        db.close()
    if standing is SchemaState.AHEAD:
        raise FollowupError("the backup was made by a newer followup; install that release or a later one")
    if "alembic_version" not in rows:
        raise FollowupError("the file is no backup of followup's; nothing was changed")


def _hold(file: Path, rows: dict[str, int], now: int) -> None:
    """Have it send nothing by itself, and make one file of it that needs no other beside it."""
    if "pause" in rows:  # the very first releases had none, and nothing to send with
        db = Database(f"sqlite:///{file}")
        try:
            with db.writing() as connection:
                state.set_pause(connection, "all", state.HOLD, BY_BACKUP, now)
        finally:
            db.close()
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA journal_mode = DELETE").close()


def _move(there: Path, to: Path) -> None:
    if there.exists():
        there.rename(to)


def _flush(path: Path) -> None:
    """Have the disk really have it: a backup that the next power cut takes away is none."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
