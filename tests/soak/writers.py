"""Those who write beside the daemons: the command line in a process of its own, and programs over the pages.

What was answered with "done" is kept: that, and no more, is owed.
"""

from __future__ import annotations

import http.client
import json
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from multiprocessing.connection import Connection
from random import Random

from click.testing import CliRunner

from engine.cli.main import main
from tests.soak.place import REPS, Place, customer, write_csv

_PAUSED = 1.5
"""Seconds that a category stands still."""


@dataclass
class Told:
    """What was answered with "done". Times are seconds of the wall clock, when the answer was there.

    `paused` holds (from when on nothing was to leave, until when that was certain).
    """

    leads: list[str] = field(default_factory=list)
    talks: list[str] = field(default_factory=list)
    stopped: dict[str, float] = field(default_factory=dict)
    paused: list[tuple[float, float]] = field(default_factory=list)
    signed: list[int] = field(default_factory=list)
    calls: Counter[str] = field(default_factory=Counter)


def write(place: Place, leads: list[str], seed: int, line: Connection) -> None:
    """Until the line says that it is enough; then what was told goes down the line."""
    clerk = _Clerk(place, leads, Random(seed))
    while not line.poll(clerk.random.uniform(0.1, 0.6)):
        clerk.does_something()
    line.send(clerk.told)


class _Clerk:
    def __init__(self, place: Place, leads: list[str], random: Random) -> None:
        self.told = Told()
        self.random = random
        self._place = place
        self._leads = leads
        self._number = 0
        self._works: list[tuple[Callable[[], None], int]] = [
            (self._logs, 5), (self._imports, 3), (self._signs, 4), (self._stops, 2), (self._pauses, 1),
            (self._posts_lead, 3), (self._posts_talk, 3), (self._looks, 1),
        ]  # fmt: skip

    def does_something(self) -> None:
        works, weights = zip(*self._works, strict=True)
        self.random.choices(works, weights)[0]()

    def _logs(self) -> None:
        outcome = self.random.choice(["reached", "no_answer"])
        self._followup("log", self.random.choice(self._leads), "--outcome", outcome)

    def _imports(self) -> None:
        rows = [customer(self._new("imported"), int(time.time()), self.random) for _ in range(3)]
        file = write_csv(self._place.house.home / "more.csv", rows)
        if self._followup("import", "leads", str(file)) is not None:
            self.told.leads += [str(row["id"]) for row in rows]

    def _signs(self) -> None:
        drafts = (self._followup("touches", "--state", "draft", "--json") or "").splitlines()
        if drafts:
            touch = json.loads(self.random.choice(drafts))["id"]
            if self._followup("approve", str(touch)) is not None:
                self.told.signed.append(touch)

    def _stops(self) -> None:
        lead = self.random.choice(self._leads)
        if self._followup("suppress", "add", lead) is not None:
            self.told.stopped.setdefault(lead, time.time())

    def _pauses(self) -> None:
        if self._followup("pause", "--category", "festive") is None:
            return
        began = time.time()
        time.sleep(_PAUSED)
        self.told.paused.append((began, time.time()))
        while self._followup("resume", "--category", "festive") is None:
            time.sleep(0.3)

    def _looks(self) -> None:
        self._followup("status")

    def _posts_lead(self) -> None:
        one = self._new("posted")
        if self._posted("leads", customer(one, int(time.time()), self.random), one):
            self.told.leads.append(one)

    def _posts_talk(self) -> None:
        one = self._new("talk")
        lead, rep = self.random.choice(self._leads), self.random.choice(REPS)
        at = datetime.fromtimestamp(int(time.time()), UTC).isoformat()
        talk = {"id": one, "lead": lead, "at": at, "outcome": "reached", "rep": rep}
        if self._posted("interactions", talk, one):
            self.told.talks.append(one)

    def _new(self, kind: str) -> str:
        self._number += 1
        return f"{kind}-{self._number}"

    def _followup(self, *arguments: str) -> str | None:
        """What a command printed; None if it said that it could not."""
        done = CliRunner().invoke(main, ["-c", str(self._place.house.config), *arguments])
        self.told.calls[f"{arguments[0]}: {'done' if done.exit_code == 0 else _first(done.stderr)}"] += 1
        return done.stdout if done.exit_code == 0 else None

    def _posted(self, path: str, item: dict[str, object], key: str) -> bool:
        """Whether the pages said that it is written; what gets no answer is sent again under its key."""
        for _ in range(3):
            try:
                answer = self._post(path, json.dumps({"items": [item]}), key)
            except (OSError, http.client.HTTPException) as error:
                answer = type(error).__name__
            self.told.calls[f"POST {path}: {answer}"] += 1
            if answer == "done":
                return True
            time.sleep(0.3)
        return False

    def _post(self, path: str, body: str, key: str) -> str:
        line = http.client.HTTPConnection("127.0.0.1", self._place.port, timeout=20)
        try:
            line.request("POST", f"/api/{path}", body, {
                "Authorization": f"Bearer {self._place.token}", "Content-Type": "application/json",
                "Idempotency-Key": key,
            })  # fmt: skip
            answer = line.getresponse()
            said = answer.read().decode()
        finally:
            line.close()
        if answer.status != 200:
            return str(answer.status)
        result = json.loads(said)["items"][0]
        return "done" if result["result"] in ("added", "unchanged", "changed") else said[:200]


def _first(said: str) -> str:
    return (said.splitlines() or [""])[0][:100]
