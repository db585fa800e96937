"""A rep's day page in a house of many customers against the same page of an empty one, asked as a server asks it."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import event, func, insert, select

from benchmarks.lives import TICK
from benchmarks.measure import Figure, cpu_seconds, medians
from benchmarks.world import World, steady_world
from engine.domain.civil import DAY
from engine.ground.clock import FrozenClock
from engine.rulebook.model import RuleBook
from engine.settings.model import Settings
from engine.settings.web_model import Web
from engine.stages.books import Books
from engine.stages.gates.objections import Gates
from engine.stages.plan.timing import Clockwork
from engine.store.database import Database
from engine.store.ledger import touch
from engine.store.tables import rep
from engine.store.upgrade import create_all
from engine.web.app import create_app
from engine.web.asked import session_cookie
from engine.web.sessions import rep_session, write_session
from engine.web.site import Site

KEYS = ("a-key-of-more-than-sixteen-characters",)
HOST = "followup.example.com"
MILLI = 1_000
AT_ONCE = 10
"""Pages of one measurement."""
STATEMENTS = 9
"""Who he is, for whom he stands in, six parts of the page and the looks: one each, however many customers."""

Ask = Callable[[], bytes]
"""The page, asked for once."""


def day_page(customers: int, runs: int) -> list[Figure]:
    """CPU and statements of the busiest rep's day, with everything of his on it."""
    with (
        tempfile.TemporaryDirectory(prefix="followup-bench-") as scratch, asyncio.Runner() as runner,
        steady_world(Path(scratch), customers) as world, _empty_house(Path(scratch), world) as house,
    ):  # fmt: skip
        world.plan()
        ours, floor = _page(runner, world, world.db, _busiest(world)), _page(runner, world, house, "idle")
        rows = ours().count(b'<li class="row')
        assert (rows > 10, floor().count(b'<li class="row')) == (True, 0)
        cpu, bare = medians(runs, lambda: _cpu(ours), lambda: _cpu(floor))
        with _statements(world.db) as found:
            ours()
    name = f"a day page of {rows} rows, {customers:,} customers"
    return [
        Figure(f"{name}, and an empty one", cpu * MILLI, bare * MILLI, "ms", 3.0),
        Figure("  of it statements", len(found), STATEMENTS, "", 1.0),
    ]


def _busiest(world: World) -> str:
    """The rep with the most due by tomorrow."""
    query = select(touch.c.receiver).where(touch.c.audience == "rep", touch.c.due_at > TICK - 7 * DAY)
    query = query.where(touch.c.due_at < TICK + DAY).group_by(touch.c.receiver).order_by(func.count().desc())
    with world.db.reading() as connection:
        return str(connection.execute(query.limit(1)).scalar_one())


@contextmanager
def _empty_house(folder: Path, world: World) -> Iterator[Database]:
    """Nobody in it but a rep with nothing to do."""
    db = Database(f"sqlite:///{folder / 'empty.sqlite'}")
    create_all(db)
    row = {"id": "idle", "name": "idle", "role": "rep", "timezone": world.settings.defaults.timezone, "locale": "en"}
    with db.writing() as connection:
        connection.execute(insert(rep).values(row))
    try:
        yield db
    finally:
        db.close()


def _page(runner: asyncio.Runner, world: World, db: Database, who: str) -> Ask:
    site = _site_of(world, db)
    app, scope = create_app(site), _asking(site, who)
    return lambda: runner.run(_answered(app, scope))


def _site_of(world: World, db: Database) -> Site:
    return site_at(world.settings, db, world.path.parent, Web(base_url=f"https://{HOST}", keys=("file:web.key",)))


def _asking(site: Site, who: str) -> dict[str, Any]:
    """The request for his day, as a server hands it over."""
    headers = [(b"host", HOST.encode()), (b"cookie", cookie_of(site, who).encode())]
    return {
        "type": "http", "http_version": "1.1", "method": "GET", "scheme": "https", "path": "/day", "raw_path": b"/day",
        "query_string": b"", "root_path": "", "headers": headers, "client": ("127.0.0.1", 1), "server": (HOST, 443),
    }  # fmt: skip


async def _answered(app: Any, scope: dict[str, Any]) -> bytes:
    body: list[bytes] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        assert message.get("status", 200) == 200, message
        body.append(message.get("body", b""))

    await app(dict(scope), receive, send)
    return b"".join(body)


def site_at(settings: Settings, db: Database, home: Path, web: Web) -> Site:
    """The pages of a house at the tick's instant."""
    books, clockwork = Books(settings), Clockwork.of(settings)
    gates = Gates.of(RuleBook(), settings)
    return Site(settings, web, home, db, FrozenClock(TICK), books, clockwork, lambda: gates, KEYS, ())


def cookie_of(site: Site, who: str) -> str:
    """The cookie of a rep who came by the link of his digest."""
    return f"{session_cookie(site)}={write_session(rep_session(who, TICK), KEYS)}"


def _cpu(page: Ask) -> float:
    """CPU seconds of one page."""
    return cpu_seconds(lambda: [page() for _ in range(AT_ONCE)]) / AT_ONCE


@contextmanager
def _statements(db: Database) -> Iterator[list[str]]:
    found: list[str] = []

    def note(_connection: Any, _cursor: Any, sql: str, *_more: Any) -> None:
        if not sql.startswith(("BEGIN", "COMMIT", "ROLLBACK")):
            found.append(sql)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
