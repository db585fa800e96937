"""How long a delivery waits before it is tried again."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from engine.stages.dispatch.backoff import FIRST, LONGEST, delay


@given(st.integers(1, 60), st.text(max_size=20))
def test_each_wait_doubles_within_a_fifth_up_to_the_longest(attempt: int, seed: str) -> None:
    usual = min(FIRST * 2 ** (attempt - 1), LONGEST)
    assert usual * 0.8 <= delay(attempt, seed) <= usual * 1.2


def test_the_wait_is_the_same_for_the_same_message_and_differs_between_messages() -> None:
    waits = {delay(3, f"<{n}@x>") for n in range(50)}
    assert len(waits) > 25
    assert delay(3, "<1@x>") == delay(3, "<1@x>")


def test_what_the_far_side_asks_for_is_waited_up_to_a_day() -> None:
    assert delay(1, "a", retry_after=3600) == 3600
    assert delay(1, "a", retry_after=1) == delay(1, "a")
    assert delay(1, "a", retry_after=10**9) == 86_400
