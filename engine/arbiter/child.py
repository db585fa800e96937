"""The worker process that holds the engine, so that a crash or a hang of C code costs a batch, not the daemon.

The parent kills it on the deadline. The child ends by itself when the parent is gone: the pipe closes, and an
alarm of the kernel ends it even while C code hangs.
"""

from __future__ import annotations

import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from threading import Event, Timer

from engine.arbiter.durable import Engine, EngineFault
from engine.arbiter.facts import Case, Ruling
from engine.arbiter.reference import Strata
from engine.arbiter.strata import judge_case, stratify
from engine.rulebook.model import Policy

START_SECONDS = 60.0
"""A fresh interpreter on a loaded machine, and the rulesets, may take this long."""

Answers = list[tuple[Ruling, ...] | None]


class ChildFault(Exception):
    """The child crashed, hung or reported a fault; the batch has no rulings."""


@dataclass(frozen=True)
class _Ready:
    """The child's first word: its rulesets are compiled."""


@dataclass(frozen=True)
class _Fault:
    reason: str


class Child:
    """One worker process, ready when the constructor returns. Not safe for threads.

    `deadline`: seconds a batch may take. ChildFault if it does not start; after any fault it is closed.
    """

    def __init__(self, policies: Sequence[Policy], deadline: float) -> None:
        self._deadline = deadline
        context = get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process: BaseProcess = context.Process(
            target=_serve, args=(theirs, tuple(policies), deadline), name="followup-arbiter", daemon=True
        )
        with theirs:
            self._start()
        self._exchange(None, START_SECONDS)

    @property
    def pid(self) -> int | None:
        return self._process.pid

    def judge(self, cases: Sequence[Case]) -> Answers:
        """The rulings of each case, None for one that could not be read."""
        answer = self._exchange(tuple(cases), self._deadline)
        assert isinstance(answer, list)
        return answer

    def close(self) -> None:
        """End the process and reap it; again is fine."""
        self._pipe.close()
        self._process.kill()
        self._process.join()

    def _start(self) -> None:
        try:
            self._process.start()
        except OSError as error:
            self._pipe.close()
            raise ChildFault(f"it could not be started: {error}") from error

    def _exchange(self, batch: tuple[Case, ...] | None, deadline: float) -> object:
        """Send a batch (None: nothing) and wait for the answer."""
        answer: object = None
        with self._killed_after(deadline) as late:
            try:
                if batch is not None:
                    self._pipe.send(batch)
                answer = self._pipe.recv()
            except Exception as error:  # end of file, a broken pipe, or what pickle raises
                reason = f"no answer within {deadline:g} s" if late.is_set() else f"{type(error).__name__}: {error}"
                raise ChildFault(reason) from error
            finally:
                if answer is None or isinstance(answer, _Fault):
                    self.close()
        if isinstance(answer, _Fault):
            raise ChildFault(answer.reason)
        return answer

    @contextmanager
    def _killed_after(self, seconds: float) -> Iterator[Event]:
        """Kills the child when the time is over, also while a full pipe blocks the sender; then sets the event."""
        late = Event()

        def kill() -> None:
            late.set()
            self._process.kill()

        timer = Timer(seconds, kill)
        timer.daemon = True
        timer.start()
        try:
            yield late
        finally:
            timer.cancel()
            timer.join()


def _serve(pipe: Connection, policies: tuple[Policy, ...], deadline: float) -> None:
    """The child's whole life."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to handle; it closes the pipe
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    with suppress(EOFError, OSError):  # the parent is gone or has closed the pipe: nobody is left to tell
        try:
            _answer_batches(pipe, policies, deadline)
        except Exception as error:
            # Whatever it was, the parent counts it and the reference judges the batch.
            pipe.send(_Fault(f"{type(error).__name__}: {error}"))


def _answer_batches(pipe: Connection, policies: tuple[Policy, ...], deadline: float) -> None:
    strata = stratify(policies)
    signal.setitimer(signal.ITIMER_REAL, START_SECONDS + 1)
    engine = Engine(strata)
    signal.setitimer(signal.ITIMER_REAL, 0)
    pipe.send(_Ready())
    while True:
        cases: tuple[Case, ...] = pipe.recv()
        signal.setitimer(signal.ITIMER_REAL, deadline + 1)
        answers: Answers = [_judge(case, strata, engine) for case in cases]
        signal.setitimer(signal.ITIMER_REAL, 0)
        pipe.send(answers)


def _judge(case: Case, strata: Strata, engine: Engine) -> tuple[Ruling, ...] | None:
    try:
        return judge_case(case, strata, engine.fires)
    except EngineFault:
        raise
    except Exception:
        return None  # a value no condition can be read against: the parent's evaluator says what it is
