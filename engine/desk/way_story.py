"""By which channels a touch has gone, goes, or does not go, and why."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from engine.domain.words import Touch

PASSED_OVER, NOT_TRIED = "passed_over", "not_tried"
_LET_GO = (Touch.RELEASED, Touch.DELIVERED, Touch.DEAD, Touch.BOUNCED)


def ways_taken(row: Mapping[str, Any], deliveries: Sequence[Mapping[str, Any]]) -> Iterator[dict[str, str]]:
    """Each channel of a touch in order: its name, what became of it, and the far side's code or the word for why.

    `deliveries` are the touch's own.
    """
    told = {one["channel"]: {"became": one["state"], "why": one["code"] or ""} for one in deliveries}
    passed = {name: {"became": PASSED_OVER, "why": why} for name, why in (row["passed_over"] or {}).items()}
    waits = {name: {"became": NOT_TRIED, "why": ""} for name in row["via"] if row["state"] in _LET_GO}
    known = waits | passed | told
    for name in dict.fromkeys([*passed, *row["via"], *told]):
        if name in known:
            yield {"channel": name, **known[name]}
