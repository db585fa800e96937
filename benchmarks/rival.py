"""A mail by us and by django-drip-campaigns: the same customers, the same text, the same SMTP server.

CPU of everything from finding who is due to the row that says it was sent, as the slope between two numbers due, so
that what a start costs is in neither. That program lives in an environment of its own, which pip makes where it is not
there.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median

from benchmarks.letters import ZONE, Sending
from benchmarks.lives import BEFORE, FIRST_DAY, TICK
from benchmarks.mail import mail_server
from benchmarks.measure import Figure, cpu_seconds
from benchmarks.people import write_people
from benchmarks.world import ROOT, World
from engine.desk.folder import Folder, check_folder
from engine.domain.civil import DAY
from engine.domain.keys import SHARDS
from engine.store.book import book

HOME = ROOT / ".bench-venv"
THEIRS = "django-drip-campaigns==1.16.2"
FEW, MANY = 1_000, 3_000
LEAST = 4.0
MILLI = 1_000
_RULES = b"""
rules:
  - id: month
    category: care
    on: {since: registered, after: 30d}
    steps: [{id: write, at: +0h, greet: lead, template: greeting/hello}]
"""
_TEXT = (
    "{% block subject %}A month with us{% endblock %}{% block body %}Dear {{ lead.name }},\n\n"
    "you have been with us for a month. Is there anything we can do for you?\n{% endblock %}"
)


def against_drip_campaigns(customers: int, runs: int) -> list[Figure]:
    """CPU milliseconds that one more mail costs, theirs and ours."""
    due = [FEW, MANY] * runs
    with tempfile.TemporaryDirectory(prefix="followup-bench-") as scratch, mail_server(Path(scratch)) as port:
        theirs = _theirs(Path(scratch), port, customers, due)
        ours = _ours(Path(scratch), port, customers, due)
    slopes = [[_slope(one) for one in zip(taken[::2], taken[1::2], strict=True)] for taken in (ours, theirs)]
    name = f"CPU of a mail of django-drip-campaigns and ours, {FEW:,} to {MANY:,} due of {customers:,}"
    ratios = [other / one for one, other in zip(*slopes, strict=True)]
    middle = median(slopes[1]) * MILLI, median(slopes[0]) * MILLI
    return [Figure(name, *middle, "ms", LEAST, least=True, spread=(min(ratios), max(ratios)))]


def _slope(taken: tuple[float, float]) -> float:
    """Seconds that one more mail costs."""
    return (taken[1] - taken[0]) / (MANY - FEW)


def _theirs(scratch: Path, port: int, customers: int, due: list[int]) -> list[float]:
    if not (HOME / "bin" / "python").exists():
        subprocess.run([sys.executable, "-m", "venv", str(HOME)], check=True)
        subprocess.run([str(HOME / "bin" / "pip"), "install", "--quiet", THEIRS], check=True)
    script = Path(__file__).with_name("drip_campaigns.py")
    command = [HOME / "bin" / "python", "-P", script, scratch, port, customers, *due]
    done = subprocess.run([str(one) for one in command], stdout=subprocess.PIPE, check=True)
    found: list[float] = json.loads(done.stdout)
    return found


def _ours(scratch: Path, port: int, customers: int, due: list[int]) -> list[float]:
    path = scratch / "mails.sqlite"
    write_people(path, customers)
    world = World(path)
    world.adopt(check_folder(world.settings, Folder({"rules.yaml": _RULES}, {"greeting/hello/mail.en.txt.j2": _TEXT})))
    sending = Sending(world, port)
    world.plan()  # what a new house does once
    try:
        return [_one_run(world, sending, count) for count in due]
    finally:
        sending.close()
        world.close()


def _one_run(world: World, sending: Sending, due: int) -> float:
    raw = world.raw()
    raw.execute("BEGIN IMMEDIATE")
    for table in ("delivery_event", "delivery", "touch", "occasion"):
        raw.execute(f"DELETE FROM {table}")
    raw.execute("UPDATE lead SET registered_at = ?", (FIRST_DAY - 400 * DAY,))
    some = f"SELECT id FROM lead WHERE id LIKE 'lead-%' AND timezone = '{ZONE}' LIMIT {due}"
    raw.execute(f"UPDATE lead SET registered_at = ? WHERE id IN ({some})", (TICK - 30 * DAY - 3_600,))
    raw.execute("COMMIT")
    with world.db.writing() as connection:
        book.set_horizon(connection, BEFORE, range(SHARDS))
    counts = []

    def whole() -> None:
        world.plan(), world.release()
        counts.append((sending.compose(), sending.dispatch()))

    taken = cpu_seconds(whole)
    assert counts == [(due, due)], counts
    return taken
