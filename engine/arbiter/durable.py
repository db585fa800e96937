"""The engine proper: the only importer of durable-rules, and only of its C module.

A wrong call crashes or hangs the interpreter, so this runs in the arbiter's child process (tests may call it
directly). Not safe for threads.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from importlib import import_module
from itertools import count, islice
from typing import Any

from engine.arbiter.columns import Unfit
from engine.arbiter.compiled import SID, CompiledStratum
from engine.arbiter.facts import Case, Firing, TouchFact
from engine.arbiter.reference import Reference, Strata

MAX_FIRINGS = 20_000
"""Of one ruleset on one lead: more than 24 facts can honestly cause in any policy set we have seen."""

_NAMES = count()
_PRIMING = json.dumps([{"kind": "prime", "id": "prime", "sid": SID, "one": 1}])

Match = dict[str, dict[str, Any]]


class EngineFault(Exception):
    """The engine misbehaved; what it said about the lead is not to be used."""


def engine_error() -> str:
    """Why durable-rules cannot be used here; "" if it can."""
    try:
        _module()
    except ImportError as error:
        return str(error)
    return ""


def _module() -> Any:
    return import_module("durable_rules_engine")


class Engine:
    """Compiled rulesets of all strata. `close` frees them; the object is of no use afterwards."""

    def __init__(self, strata: Strata) -> None:
        self._compiled = tuple(CompiledStratum(policies) for policies in strata)
        self._rulesets = tuple(tuple(map(_Ruleset, one.rulesets)) for one in self._compiled)
        self._reference = Reference(strata)
        self.unfit = 0
        """Judgements that went to the reference because the engine cannot be given their facts."""

    def fires(self, stratum: int, case: Case, ranked: Sequence[TouchFact]) -> list[Firing]:
        """Every firing of that stratum over the touches that still stand, best ranked first."""
        if not any(touch.judged for touch in ranked):
            return []  # nothing to speak of; and an empty list of facts crashes the engine
        compiled = self._compiled[stratum]
        try:
            facts = compiled.facts(case, ranked)
        except Unfit:
            self.unfit += 1
            return self._reference.fires(stratum, case, ranked)
        return [
            Firing(compiled.policy_of[rule], ranked[touch].id, None if other is None else ranked[other].id)
            for ruleset in self._rulesets[stratum]
            for rule, touch, other in ruleset.run(facts)
        ]

    def close(self) -> None:
        for ruleset in (one for stratum in self._rulesets for one in stratum):
            ruleset.close()


class _Ruleset:
    """One ruleset of the engine, primed, holding at most one lead at a time."""

    def __init__(self, rules: str) -> None:
        self._engine = _module()
        self._handle = self._engine.create_ruleset(f"stratum{next(_NAMES)}", rules)
        if not self._fire(_PRIMING):
            raise EngineFault("a ruleset did not fire when it was primed")

    def run(self, facts: str) -> list[tuple[str, int, int | None]]:
        """Rule name, rank of the touch and rank of the other touch of every firing on these facts."""
        return [
            (rule, match["t"]["rank"], match["o"]["rank"] if "o" in match else None)
            for rule, match in self._fire(facts)
        ]

    def _fire(self, facts: str) -> list[tuple[str, Match]]:
        try:
            code, offset = self._engine.assert_facts(self._handle, facts)
            if code not in (0, 1, 2):  # all matched, some unmatched, some known: all normal here
                raise EngineFault(f"assert_facts returned {code}")
            fired = list(islice(self._messages(offset), MAX_FIRINGS + 1))
            self._engine.delete_state(self._handle, SID)
        except (self._engine.error, ValueError) as error:
            raise EngineFault(f"{type(error).__name__}: {error}") from error
        if len(fired) > MAX_FIRINGS:
            raise EngineFault(f"more than {MAX_FIRINGS} firings on one lead")
        return fired

    def _messages(self, offset: int) -> Iterator[tuple[str, Match]]:
        started = self._engine.start_action_for_state(self._handle, offset)
        message = started[1] if started else None
        while message is not None:
            yield from json.loads(message).items()
            message = self._engine.complete_and_start_action(self._handle, offset)

    def close(self) -> None:
        self._engine.delete_ruleset(self._handle)
