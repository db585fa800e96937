"""That a soak would notice: each invariant, broken by one thing in an otherwise sound house."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace

import pytest

from tests.soak.facts import Delivery, Event, Facts, Touch
from tests.soak.invariants import Owed, check
from tests.soak.writers import Told

NOW = 1_000
WISH = Touch(1, "welcome", "wang", "lead", "delivered", None, 900, False, None)
SEASON = Touch(2, "season", "wang", "lead", "merged", "policy", 900, False, None)
NOTE = Touch(3, "introduction", "wang", "rep", "delivered", None, 900, False, None)
TO_WANG = Delivery(1, 1, "wang", "lead", "festive", "wang@example.com", "<w>", "sent", 1)
TO_REP = Delivery(2, 3, "wang", "rep", "care", "li@example.com", "<n>", "sent", 1)


def life(delivery: int, *states: str, code: str = "", at: int = 950) -> list[Event]:
    return [Event(delivery, 1, state, code if state == "pending" else "", at, "engine") for state in states]


SENT = ("claimed", "sending", "sent")
SOUND = Facts(
    NOW, [WISH, SEASON, NOTE], [TO_WANG, TO_REP], {1: life(1, *SENT), 2: life(2, *SENT)},
    Counter({("<w>", "wang@example.com"): 1, ("<n>", "li@example.com"): 1}), {"wang"}, Counter({"t1": 1}),
)  # fmt: skip
TOLD = Told(talks=["t1"])


def arrived(**more: int) -> Counter[tuple[str, str]]:
    return SOUND.arrived + Counter({(f"<{key}>", {"w": "wang@example.com"}.get(key, "li@example.com")): n
                                    for key, n in more.items()})  # fmt: skip


def wang_is(state: str, *states: str) -> Facts:
    return replace(SOUND, deliveries=[TO_WANG._replace(state=state), TO_REP],
                   events={**SOUND.events, 1: life(1, *states)})  # fmt: skip


BROKEN: dict[str, Callable[[], Facts]] = {
    "customers with two copies": lambda: replace(SOUND, arrived=arrived(w=1)),
    "messages called sent that never arrived": lambda: replace(SOUND, arrived=Counter({("<n>", "li@example.com"): 1})),
    "mails that nobody wrote down": lambda: replace(SOUND, arrived=arrived(x=1)),
    "customers, occasions and talks lost or doubled": lambda: replace(SOUND, touches=[WISH, NOTE]),
    "what came due, with no end or no reason": lambda: replace(
        SOUND, touches=[WISH._replace(state="released"), SEASON, NOTE]
    ),
    "doubts outside the window": lambda: wang_is("in_doubt", "claimed", "in_doubt"),
    "final states that changed": lambda: wang_is("sent", *SENT, "pending", *SENT),
    "sent after a stop, in a pause, unsigned": lambda: replace(
        SOUND, touches=[WISH._replace(needs_signature=True), SEASON, NOTE]
    ),
    "deliveries that are stuck": lambda: wang_is("sending", "claimed", "sending"),
    "customers with two wishes a day": lambda: replace(
        SOUND, deliveries=[*SOUND.deliveries, TO_WANG._replace(id=3, touch=2)],
        events={**SOUND.events, 3: life(3, *SENT)},
    ),
    "more copies than 1 + ambiguous attempts": lambda: replace(SOUND, arrived=arrived(n=1)),
}  # fmt: skip


def found(facts: Facts, told: Told = TOLD) -> set[str]:
    return {one.words for one in check(facts, Owed(["wang"], told)) if one.offenders}


def test_a_sound_house_breaks_nothing() -> None:
    assert found(SOUND) == set()
    assert set(BROKEN) == {one.words for one in check(SOUND, Owed(["wang"], TOLD))}


@pytest.mark.parametrize("words", BROKEN)
def test_what_is_broken_is_noticed(words: str) -> None:
    assert words in found(BROKEN[words]())


@pytest.mark.parametrize(
    "told",
    [Told(talks=["t1"], stopped={"wang": 940.5}), Told(talks=["t1"], paused=[(940.5, 960.5)])],
)  # fmt: skip
def test_a_mark_after_a_stop_or_in_a_pause_is_noticed(told: Told) -> None:
    assert found(SOUND, told) == {"sent after a stop, in a pause, unsigned"}


def test_what_was_promised_to_a_writer_is_owed() -> None:
    words = {"customers, occasions and talks lost or doubled"}
    assert found(SOUND, Told(talks=["t1", "t2"])) == words
    assert found(SOUND, Told(leads=["sun"])) == words


def test_a_second_copy_to_a_rep_needs_an_attempt_without_an_answer() -> None:
    for code, broken in (("lease_lapsed", set()), ("451", {"more copies than 1 + ambiguous attempts"})):
        steps = life(2, "claimed", "sending", "pending", *SENT, code=code)
        assert found(replace(SOUND, arrived=arrived(n=1), events={**SOUND.events, 2: steps})) == broken


def test_a_wish_that_comes_back_because_the_better_one_was_refused_is_no_second_one() -> None:
    refused = TO_WANG._replace(id=3, touch=2, message_id="<s>", state="failed")
    steps = {**SOUND.events, 3: life(3, "claimed", "sending", "failed")}
    assert found(replace(SOUND, deliveries=[*SOUND.deliveries, refused], events=steps)) == set()


def test_late_evidence_ends_a_doubt() -> None:
    assert found(wang_is("sent", "claimed", "sending", "in_doubt", "sent")) == set()
