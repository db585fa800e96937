"""What the first stratum changes about a touch, for the strata behind it and for what leaves the house."""

from __future__ import annotations

from collections.abc import Iterable

from engine.arbiter.facts import Changes, TouchFact
from engine.domain.words import Effect
from engine.rulebook.model import Policy

CHANGING = (Effect.PRIORITY, Effect.REROUTE, Effect.REQUIRE_SIGNATURE, Effect.ESCALATE)


def changes_of(policies: Iterable[Policy]) -> Changes:
    """All that these policies want, settled by a strict order: the best priority; the channels of the first policy
    by id; the manager's signature before the owner's, each by the first policy that asks for it."""
    ordered = sorted(policies, key=lambda policy: policy.id)
    priorities = [one.value for one in ordered if one.effect is Effect.PRIORITY and isinstance(one.value, int)]
    routes = [one.value for one in ordered if one.effect is Effect.REROUTE and isinstance(one.value, tuple)]
    signatures = [one for one in ordered if one.effect is Effect.REQUIRE_SIGNATURE]
    signature = min(signatures, key=lambda one: (one.value != "manager", one.id), default=None)
    return Changes(
        priority=min(priorities, default=None),
        via=routes[0] if routes else (),
        signer=str(signature.value) if signature else "",
        signature_policy=signature.id if signature else "",
        copied=any(one.effect is Effect.ESCALATE for one in ordered),
    )


def changed(touch: TouchFact, changes: Changes) -> TouchFact:
    """The touch as the later strata see it: its priority, and the first of its channels."""
    values = dict(touch.values)
    if changes.priority is not None:
        values["priority"] = changes.priority
    if changes.via:
        values["channel"] = changes.via[0]
    return touch._replace(values=values)
