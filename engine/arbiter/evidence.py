"""Why a policy spoke: the values of the fields it reads, ready to be stored beside the verdict."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from engine.arbiter.facts import Case, TouchFact, counters, lead_for
from engine.rulebook.conditions import Circumstance, fields_of
from engine.rulebook.evaluate import holds
from engine.rulebook.model import Policy


def evidence(
    policy: Policy, touch: TouchFact, other: int | None, case: Case, ranked: Sequence[TouchFact]
) -> dict[str, object]:
    """`touch.X`, `lead.X` and `circumstance.X` as the policy read them, and the key of the `other` touch.

    `then` is what it asked for: a priority, channels, who signs, who gets a copy.
    Ages are instants in seconds UTC; a missing value is None.
    """
    lead = lead_for(touch, case, ranked, counters(policy.lead))
    facts = {f"touch.{path}": _plain(touch.values.get(path)) for path in fields_of(policy.touch)}
    facts |= {f"lead.{path}": _plain(lead.values.get(path)) for path in fields_of(policy.lead)}
    if policy.circumstance is not None:
        found = _first_match(policy, case)
        facts |= {f"circumstance.{path}": _plain(found.get(path)) for path in fields_of(policy.circumstance)}
    if other is not None:
        facts["other"] = next(one.key for one in ranked if one.id == other)
    if policy.value is not None:
        facts["then"] = _plain(policy.value)
    return facts


def _first_match(policy: Policy, case: Case) -> Mapping[str, object]:
    """A circumstance that meets the policy; of several the least by its fields, whatever order they came in."""
    assert policy.circumstance is not None
    wanted = Circumstance(policy.circumstance)
    met = (
        one for one in case.snapshot.circumstances if holds(wanted, case.snapshot._replace(circumstances=(one,)))
    )
    return min(met, key=lambda one: sorted((path, str(value)) for path, value in one.items()))


def _plain(value: object) -> object:
    """As JSON can hold it."""
    if isinstance(value, frozenset | set):
        return sorted(map(str, value))
    return list(value) if isinstance(value, tuple) else value
