"""One thread that writes: whatever waits shares one transaction and one commit.

SQLite has one writer at a time anyway, and a commit costs a disk flush on both engines. The thread takes what is
there; what says that it has time waits for company, until something is there that has none.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from queue import Empty, SimpleQueue
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import Connection

from engine.store.database import Database

Item = TypeVar("Item")
Result = TypeVar("Result")
Work = Callable[[Connection, Sequence[Item]], Sequence[Result]]
"""Writes a batch of items in an open transaction and gives one result for each, in order."""

_LARGEST_BATCH = 256
MOMENT = 0.003
"""Seconds of patience that are worth a few commits."""
_BREATHER = 0.2  # seconds after a failed commit, so that a full disk is not hammered


class WorkEnded(Exception):
    """The work wanted to end its thread or the process; here it only failed."""


class _Wish(NamedTuple):
    work: Work[Any, Any]
    items: Sequence[Any]
    done: Future[Any]
    until: float   # time.monotonic() at which its patience is over
    alone: bool    # one item, whose result or failure the future is of, not of a list


class Writer:
    """Submit work from any thread; its future is done once the commit is, or holds what went wrong."""

    def __init__(self, db: Database, company: int = 1) -> None:
        """`company`: how many single wishes are worth a transaction at once; there will be no more of them."""
        self._db = db
        self._company = company
        self._waiting: SimpleQueue[_Wish | None] = SimpleQueue()
        self._ending = False
        self._thread = threading.Thread(target=self._run, name="writer", daemon=True)
        self._thread.start()

    def submit(self, work: Work[Item, Result], item: Item, *, patience: float = 0.0) -> Future[Result]:
        """Have `work` write `item`, together with all other items that wait for the same work.

        It may wait for company as long as it has `patience`, in seconds.
        """
        done: Future[Result] = Future()
        self._waiting.put(_Wish(work, [item], done, time.monotonic() + patience, alone=True))
        return done

    def submit_all(
        self, work: Work[Item, Result], items: Sequence[Item], *, patience: float = 0.0
    ) -> Future[list[Result | Exception]]:
        """The same for several items: a result for each, or why it could not be written."""
        done: Future[list[Result | Exception]] = Future()
        self._waiting.put(_Wish(work, items, done, time.monotonic() + patience, alone=False))
        return done

    def hurry(self) -> None:
        """Nothing more will come for now: what waits for company is written at once."""
        self._waiting.put(None)

    def close(self) -> None:
        """Write everything that waits, then end the thread."""
        self._ending = True
        self.hurry()
        self._thread.join()

    def _run(self) -> None:
        while not (self._ending and self._waiting.empty()):
            if wishes := self._take():
                self._write(wishes)

    def _take(self) -> list[_Wish]:
        """The next wish and all that wait behind it."""
        wishes: list[_Wish] = []
        wish = self._waiting.get()
        while wish is not None:
            wishes.append(wish)
            try:
                wish = self._waiting.get(timeout=self._patience(wishes))
            except Empty:
                break
        return wishes

    def _patience(self, wishes: Sequence[_Wish]) -> float:
        """Seconds to wait for another wish: none once somebody is in a hurry, or company enough is there."""
        if sum(wish.alone for wish in wishes) >= self._company or len(wishes) >= _LARGEST_BATCH:
            return 0
        return max(min(wish.until for wish in wishes) - time.monotonic(), 0)

    def _write(self, wishes: Sequence[_Wish]) -> None:
        """Write them in one transaction; should that fail, each in one of its own, and their items too.

        One bad item, or one deadlock, must not take the others with it.
        """
        try:
            with self._db.writing() as connection:
                results = _all_results(connection, wishes)
        except BaseException as error:  # whoever waits must hear of it, whatever it is, and the thread goes on
            if len(wishes) > 1:
                for wish in wishes:
                    self._write([wish])
            else:
                self._write_one_by_one(wishes[0], error)
            return
        for wish, found in zip(wishes, results, strict=True):
            wish.done.set_result(found[0] if wish.alone else found)

    def _write_one_by_one(self, wish: _Wish, error: BaseException) -> None:
        """A wish that failed with that error, item by item; a single one has failed."""
        if wish.alone or len(wish.items) == 1:
            failure = error if isinstance(error, Exception) else WorkEnded(type(error).__name__)
            time.sleep(_BREATHER)
            if wish.alone:
                wish.done.set_exception(failure)
            else:
                wish.done.set_result([failure])
            return
        singles = [_Wish(wish.work, [item], Future(), wish.until, alone=False) for item in wish.items]
        for single in singles:
            self._write([single])
        wish.done.set_result([single.done.result()[0] for single in singles])


def _all_results(connection: Connection, wishes: Sequence[_Wish]) -> list[list[Any]]:
    """Each wish's results; wishes for the same work are written together."""
    groups: dict[Work[Any, Any], list[int]] = {}
    for index, wish in enumerate(wishes):
        groups.setdefault(wish.work, []).append(index)
    results: list[list[Any]] = [[] for _ in wishes]
    for work, indexes in groups.items():
        owners = [index for index in indexes for _ in wishes[index].items]
        found = work(connection, [item for index in indexes for item in wishes[index].items])
        for owner, result in zip(owners, found, strict=True):
            results[owner].append(result)
    return results
