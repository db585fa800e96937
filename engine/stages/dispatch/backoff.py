"""How long to wait before the next attempt."""

from __future__ import annotations

from engine.domain.keys import spread

FIRST = 60
LONGEST = 6 * 3600
_JITTER = 5  # a fifth to both sides


def delay(attempt: int, seed: str, retry_after: int | None = None) -> int:
    """Seconds until the attempt after the `attempt`-th (from 1): doubling, never beyond `LONGEST`.

    The jitter comes from the seed, so that deliveries that failed together do not return together. What the
    far side asked for is a lower bound, up to a day.
    """
    usual = min(FIRST << min(attempt - 1, 16), LONGEST)
    waited = usual + spread(f"{seed}|{attempt}", usual // _JITTER)
    return max(waited, min(retry_after or 0, 86_400))
