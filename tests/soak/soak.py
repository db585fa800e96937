"""A soak: a house under way, everything that can go wrong, a quiet time, and then the invariants."""

from __future__ import annotations

import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, nullcontext
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path
from random import Random
from typing import Any

from sqlalchemy import text

from engine.store.database import Database
from tests.canaries.listening import read_aloud
from tests.crashes.postgres import postgres
from tests.crashes.processes import followup
from tests.soak.chaos import Chaos, Daemons
from tests.soak.facts import Facts, facts
from tests.soak.invariants import Checked, Owed, check
from tests.soak.place import Place
from tests.soak.weather import CALM, Weather
from tests.soak.writers import Told, write

DAEMONS = {"sqlite": 1, "postgresql": 3}
QUIET = 180.0
"""Seconds after which what is still on its way is stuck. Leases last 10 s, and rests and backoff 8 s at most."""


@dataclass(frozen=True)
class Plan:
    """`rate`: customers who come due in a second."""

    engine: str
    seconds: int
    seed: int
    rate: float = 3.0
    say: Callable[[str], None] = field(default=lambda _: None, compare=False)


@dataclass(frozen=True)
class Report:
    """What a soak showed."""

    plan: Plan
    checked: list[Checked]
    figures: dict[str, int]
    happened: dict[str, int]
    quiet_after: float

    @property
    def passed(self) -> bool:
        return not any(one.offenders for one in self.checked)

    def as_json(self) -> dict[str, Any]:
        """Everything, for scripts."""
        plan = {name: getattr(self.plan, name) for name in ("engine", "seconds", "seed", "rate")}
        invariants = [
            {"name": one.name, "words": one.words, "found": len(one.offenders), "offenders": one.offenders[:20]}
            for one in self.checked
        ]
        return plan | {
            "passed": self.passed, "invariants": invariants, "figures": self.figures, "happened": self.happened,
            "quiet_after": round(self.quiet_after, 1),
        }  # fmt: skip


def soak(plan: Plan, home: Path) -> Report:
    """In that folder, which keeps what the daemons said, the mails that arrived and, on SQLite, the database."""
    random = Random(plan.seed)
    server = postgres() if plan.engine == "postgresql" else nullcontext()
    with server as running, Weather(plan.seed, home / "spool") as weather:
        place = Place.furnish(home, weather.port, running.make("soak") if running else "")
        leads = place.settle(max(int(plan.rate * plan.seconds), 8), plan.seconds, random)
        daemons = Daemons(place, DAEMONS[plan.engine])
        with closing(Database(place.url)) as db, followup("web", "-c", str(place.house.config), said=home / "web.txt"):
            with _writers(place, leads, plan.seed) as enough:
                _storm(plan, Chaos(daemons, weather, running, random))
                weather.likely = CALM
                told = enough()
            began = time.monotonic()
            _until_quiet(db, daemons)
            quiet_after = time.monotonic() - began
            codes = daemons.stop()
            daemons.counts.update(f"ended with {code}" for code in codes if code != 0)
            found = facts(db, weather.accepted, int(time.time()))
        for said in place.house.home.glob("daemon-*.txt"):
            read_aloud(said)
        happened = daemons.counts + told.calls + weather.done
        return Report(plan, check(found, Owed(leads, told)), _figures(found, told), dict(happened), quiet_after)


def in_passing(plan: Plan) -> Report:
    """The same in a folder that is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="followup-soak-") as folder:
        return soak(plan, Path(folder))


@contextmanager
def _writers(place: Place, leads: list[str], seed: int) -> Iterator[Callable[[], Told]]:
    """The clerk's process; gives what ends it and tells what was told."""
    ours, theirs = get_context("forkserver").Pipe()
    clerk = get_context("forkserver").Process(target=write, args=(place, leads, seed, theirs))
    clerk.start()

    def enough() -> Told:
        ours.send("enough")
        if not ours.poll(QUIET):
            raise AssertionError("whoever writes does not come to an end")
        told: Told = ours.recv()
        return told

    try:
        yield enough
    finally:
        clerk.kill()
        clerk.join()


def _storm(plan: Plan, chaos: Chaos) -> None:
    end, told = time.monotonic() + plan.seconds, time.monotonic()
    while (now := time.monotonic()) < end:
        chaos.look()
        if now >= told:
            plan.say(f"{end - now:.0f} s to go")
            told = now + 30
        time.sleep(0.05)


_ON_ITS_WAY = text(
    "SELECT (SELECT count(*) FROM delivery WHERE state IN ('pending', 'claimed', 'sending')) + (SELECT count(*) FROM"
    " touch t WHERE due_at <= :now AND state IN ('planned', 'held', 'deferred', 'draft', 'signed', 'released')"
    " AND NOT EXISTS (SELECT 1 FROM delivery d WHERE d.touch = t.id AND d.state = 'in_doubt'))"
    " + (SELECT count(*) FROM dirty_lead) + (SELECT count(*) FROM occasion WHERE next_step_at <= :now)"
)
"""What is not settled yet."""


def _until_quiet(db: Database, daemons: Daemons) -> None:
    """Or until it is clear that it will never be: the invariants tell what is left."""
    end = time.monotonic() + QUIET
    while time.monotonic() < end:
        daemons.look_after()
        try:
            with db.reading() as connection:
                if not connection.execute(_ON_ITS_WAY, {"now": int(time.time())}).scalar_one():
                    return
        except Exception as error:  # the database restarted just now; a thread's connection says so once
            daemons.counts[f"asking: {type(error).__name__}"] += 1
        time.sleep(0.3)


def _figures(found: Facts, told: Told) -> dict[str, int]:
    states = Counter(f"deliveries {one.state}" for one in found.deliveries)
    touches = Counter(f"touches {one.state}" for one in found.touches)
    copies = found.copies
    extra = sum(max(copies[one.id] - 1, 0) for one in found.deliveries if one.audience != "lead")
    doubts = [copies[one.id] for one in found.deliveries if one.state == "in_doubt"]
    marks = sum(event.state == "sending" for events in found.events.values() for event in events)
    return {
        "customers": len(found.leads), "mails that arrived": sum(found.arrived.values()), "attempts marked": marks,
        "second copies to reps": extra, "in doubt, arrived": sum(doubts),
        "in doubt, not arrived": len(doubts) - sum(doubts), "stops": len(told.stopped), "pauses": len(told.paused),
        "signatures": len(told.signed), **dict(sorted(states.items())), **dict(sorted(touches.items())),
    }  # fmt: skip
