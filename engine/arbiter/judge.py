"""The arbiter as the rest of the house knows it: cases in, rulings out, whatever happens to the engine."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain
from threading import Lock
from typing import Literal

import structlog

from engine.arbiter.child import Answers, Child, ChildFault
from engine.arbiter.durable import engine_error
from engine.arbiter.facts import Case, Ruling
from engine.arbiter.prefilter import Prefilter
from engine.arbiter.reference import Reference
from engine.arbiter.strata import all_let_go, judge_case, stratify
from engine.domain.words import Effect
from engine.ground.errors import FollowupError
from engine.rulebook.model import Policy
from engine.settings.model import Arbiter as Settings

BATCH = 200
"""Cases the child gets at once; what a crash or a hang costs."""
FAULT_POLICY = "arbiter-fault"
"""The policy named in rulings on a lead that nothing could judge: its touches are held."""

log = structlog.get_logger(__name__)


class EngineMissing(FollowupError):
    """config.yaml asks for durable-rules, which cannot be imported: install it, or allow the fallback."""

    exit_code = 78


class Arbiter:
    """Judges the touches of leads by the policies of one generation.

    `faults` counts crashes, hangs and errors of the engine; after as many as the settings allow it is switched
    off until the next generation. EngineMissing if durable-rules is asked for, absent and not replaceable.
    ValueError for policies that cannot be judged (the loader refuses them first).
    """

    def __init__(self, policies: Sequence[Policy], settings: Settings) -> None:
        self._policies = tuple(policies)
        self._settings = settings
        self._strata = stratify(policies)
        self._reference = Reference(self._strata)
        self._prefilter = Prefilter(self._strata)
        self._child: Child | None = None
        self._lock = Lock()
        self._installed = settings.engine == "durable" and _is_installed(settings)
        self.faults = 0

    @property
    def engine(self) -> Literal["durable", "reference"]:
        """What judges now."""
        return "durable" if self._installed and self.faults < self._settings.faults else "reference"

    @property
    def child_pid(self) -> int | None:
        """The worker process, None while none was needed."""
        return None if self._child is None else self._child.pid

    def judge(self, cases: Sequence[Case]) -> dict[str, tuple[Ruling, ...]]:
        """By lead id, one ruling for each judged touch, best ranked first. ValueError if a lead comes twice.

        Never raises for what a lead or a policy holds: a lead that cannot be judged has its touches held.
        """
        leads = [case.lead for case in cases]
        if len(set(leads)) < len(leads):
            raise ValueError("a lead comes twice in one judgement")
        with self._lock:
            rulings = chain.from_iterable(self._judge_batch(batch) for batch in _batches(cases))
            return dict(zip(leads, rulings, strict=True))

    def close(self) -> None:
        """End the worker process; again is fine, and judging afterwards starts a new one."""
        with self._lock:
            self._end_child()

    def _judge_batch(self, batch: Sequence[Case]) -> list[tuple[Ruling, ...]]:
        needed = [case for case in batch if self._may_fire(case)]
        if not needed:
            return [all_let_go(case) for case in batch]
        answers = {case.lead: answer for case, answer in zip(needed, self._ask(needed), strict=True)}
        return [
            answers[case.lead] or self._by_reference(case) if case.lead in answers else all_let_go(case)
            for case in batch
        ]

    def _may_fire(self, case: Case) -> bool:
        """The prefilter; a case it stumbles over is the evaluators' to judge, or to hold."""
        try:
            return self._prefilter.may_fire(case)
        except Exception:
            return True

    def _ask(self, cases: Sequence[Case]) -> Answers:
        """What the engine says of each case; None where the reference has to say it."""
        if cases and self.engine == "durable":
            try:
                return self._ask_child(cases)
            except ChildFault as fault:
                self._note(fault)
        return [None] * len(cases)

    def _ask_child(self, cases: Sequence[Case]) -> Answers:
        if self._child is None:
            self._child = Child(self._policies, self._settings.deadline)
        return self._child.judge(cases)

    def _note(self, fault: ChildFault) -> None:
        self.faults += 1
        self._end_child()
        log.warning("arbiter_fault", faults=self.faults, exc_info=fault)
        if self.engine == "reference":
            log.error("arbiter_switched_off", faults=self.faults)  # until a reload; the reference evaluator judges

    def _end_child(self) -> None:
        if self._child is not None:
            self._child.close()
            self._child = None

    def _by_reference(self, case: Case) -> tuple[Ruling, ...]:
        """By the plain evaluator."""
        try:
            return judge_case(case, self._strata, self._reference.fires)
        except Exception:
            # A message to a customer must not slip past a policy that could not be read for him.
            log.exception("lead_not_judged", lead=case.lead)
            return tuple(
                Ruling(touch.id, Effect.HOLD, FAULT_POLICY) for touch in case.touches if touch.judged
            )


def _is_installed(settings: Settings) -> bool:
    reason = engine_error()
    if reason and settings.fallback == "refuse":
        raise EngineMissing(
            f"arbiter.engine is durable, but durable-rules cannot be imported ({reason}); "
            "run `pip install durable-rules`, or set arbiter.fallback to reference"
        )
    return not reason


def _batches(cases: Sequence[Case]) -> Iterator[Sequence[Case]]:
    return (cases[start : start + BATCH] for start in range(0, len(cases), BATCH))
