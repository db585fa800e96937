"""What answers are worked out with."""

from __future__ import annotations

from dataclasses import dataclass

from engine.settings.model import Settings
from engine.stages.books import Books
from engine.stages.gates.objections import Gates
from engine.stages.plan.timing import Clockwork


@dataclass(frozen=True)
class Means:
    """The set-up's settings and rules, its gates, and its clocks and windows."""

    settings: Settings
    books: Books
    clockwork: Clockwork
    gates: Gates
