"""Which channels a touch tries, in what order, and why it passes others over."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from engine.domain.words import Audience
from engine.rulebook.model import Step
from engine.settings.model import Settings
from engine.stages.compose.receivers import besides_mail, tried_channels
from engine.stages.release.before import Waiting

REFUSED, AWAY = "suppression_list", "away"


class Ways(NamedTuple):
    """Channels in order: those that failed it before, then those to try. `at` is the place of the first of these;
    `passed_over` says of each one that is left out why (one word)."""

    via: list[str]
    at: int
    passed_over: dict[str, str]

    @property
    def left(self) -> list[str]:
        """The channels still to try."""
        return self.via[self.at :]


def ways_of(waiting: Waiting, settings: Settings, rerouted: Sequence[str] = ()) -> Ways:
    """A policy's channels, else the step's, else the receiver's own, else config.yaml's.

    Not again those that have failed it, and none on which a customer does not want this category.
    """
    assert waiting.step is not None
    row = waiting.row
    wanted = list(rerouted) or list(waiting.step.via)
    if not wanted and row.audience != Audience.SYSTEM:
        theirs = waiting.rep.channels if waiting.rep else None
        own = waiting.lead.channels if row.audience == Audience.LEAD else theirs or ()
        wanted = [name for name in own if name in settings.channels] or list(settings.defaults.via)
    tried = tried_channels(row)
    refused = _refused(waiting)
    if not (tried or refused):
        return Ways(wanted, 0, {})
    left = [name for name in wanted if name not in refused and name not in tried]
    return Ways([*tried, *left], len(tried), {name: REFUSED for name in wanted if name in refused - set(tried)})


def without_mail(ways: Ways, lead: Any, settings: Settings) -> Ways:
    """The same for a customer who does not read his mail now."""
    left = besides_mail(lead, ways.left, settings)
    away = {name: AWAY for name in ways.left if name not in left}
    return Ways([*ways.via[: ways.at], *left], ways.at, ways.passed_over | away)


def wished_channel(step: Step, row: Any) -> str | None:
    """The first channel that its step has left for a touch, as policies see it; None where the step names none."""
    tried = tried_channels(row)
    if not tried:
        return step.via[0] if step.via else None
    return next((name for name in step.via if name not in tried), None)


def used_channel(row: Any) -> str | None:
    """The channel by which a touch that was let go leaves, or has left."""
    return row.via[min(row.via_index, len(row.via) - 1)] if row.via else None


def _refused(waiting: Waiting) -> frozenset[str]:
    if waiting.row.audience != Audience.LEAD or not waiting.suppressions:
        return frozenset()
    stopped = (one for one in waiting.suppressions if one.channel and one.category in ("", waiting.row.category))
    return frozenset(one.channel for one in stopped)
