"""A mail server in changing weather: now and then, at any step, it does something else than it should."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from random import Random

from tests.faults.smtp_faults import FaultySmtp

CALM, RAIN, STORM = 0.0, 0.02, 0.12
"""How likely a step goes wrong."""

_REFUSED = ("421", "450", "451")
_CUT = ("reset", "close")
FAULTS: dict[str, tuple[str, ...]] = {
    "connect": ("421", "554", *_CUT, "drip"),
    "ehlo": ("421", *_CUT),
    "mail": (*_REFUSED, *_CUT),
    "rcpt": (*_REFUSED, "452", "550", *_CUT, "drip", "garbage"),
    "data": (*_REFUSED, "554", *_CUT, "drip", "garbage"),
    "dot": (*_REFUSED, "452", "550", "554", *_CUT, "lose", "lose", "drip", "garbage"),
    "rset": _CUT,
    "quit": _CUT,
}
_HANGS = 0.1
"""How likely something that goes wrong is silence: it costs a sender its whole timeout."""


class Weather(FaultySmtp):
    """Seeded: the same questions in the same order get the same answers. `done` counts what it did wrong."""

    def __init__(self, seed: int, spool: Path) -> None:
        super().__init__(spool=spool)
        self.likely = CALM
        self.done: Counter[str] = Counter()
        self._random = Random(seed)
        self._die = threading.Lock()

    def fault_at(self, verb: str, number: int, receivers: Sequence[str]) -> str | None:
        super().fault_at(verb, number, receivers)
        with self._die:
            if self._random.random() >= self.likely:
                return None
            action = "hang" if self._random.random() < _HANGS else self._random.choice(FAULTS[verb])
            self.done[f"{action} at {verb}"] += 1
            return action
