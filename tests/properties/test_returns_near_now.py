"""A rule that repeats for years: what is passed over because it is far from now would never have been born."""

from __future__ import annotations

from typing import Any, cast

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.domain.civil import DAY
from engine.domain.words import Action, Audience, Misfire
from engine.ground.durations import Duration
from engine.rulebook.model import At, Rule, Step
from engine.rulebook.trigger_kinds import After, SinceTrigger
from engine.settings.model import Settings
from engine.stages.plan.candidates import Candidate, Scope, Source
from engine.stages.plan.candidates.timestamps import Stamp, returns_at_any_age
from engine.stages.plan.timing import Clockwork, Place, step_times
from engine.store.book.planning import LeadRow

ZONE, NOW = "Europe/Berlin", 1_790_000_000
LEAD = LeadRow("wang", 0, ZONE, "DE", "li", None, False)
OFFICE = Clockwork.of(Settings())
SOURCE = Source(cast(Any, None), Settings(), OFFICE.calendars)

spans = st.one_of(
    st.builds(Duration, days=st.integers(1, 40)), st.builds(Duration, months=st.integers(1, 13)),
    st.builds(Duration, workdays=st.integers(1, 12)), st.builds(Duration, seconds=st.integers(3600, 9 * DAY)),
)  # fmt: skip
jitters = st.builds(Duration, days=st.integers(0, 6))
offsets = st.builds(Duration, days=st.integers(-20, 20))
ages = st.integers(-300 * DAY, 2_000 * DAY)


@settings(max_examples=300, deadline=None)
@given(spans, spans, st.integers(0, 40), jitters, offsets, ages)
def test_what_is_far_from_now_would_not_have_been_born(
    span: Duration, repeat: Duration, times: int, jitter: Duration, offset: Duration, age: int
) -> None:
    step = Step("s", At(offset), Action.REMIND, "owner", "t", "care", Misfire.ONCE)
    on = SinceTrigger(("registered",), After(span), repeat=repeat, times=times, jitter=jitter)
    rule = Rule("r", "", "care", on, (step,))
    found = Stamp(LEAD, "registered", "lead", NOW - age)
    scope = Scope(NOW, None, (NOW // DAY + 3) * DAY, ("wang",), (ZONE,))

    def returns(every: bool) -> list[Candidate]:
        asked = Scope(scope.now, scope.lo, scope.hi, scope.leads, scope.zones, every_return=every)
        return list(returns_at_any_age(rule, on, span, found, asked, SOURCE))

    def opens(one: Candidate) -> int:
        return step_times(step, one.occurs, Place(ZONE, "DE", ZONE), Audience.REP, OFFICE).opens_at

    past = [one for one in returns(every=True) if one.occurs.at < NOW]
    near = [one for one in returns(every=True) if one.occurs.at >= NOW and opens(one) < scope.hi]
    kept = returns(every=False)
    assert [one for one in kept if one.occurs.at < NOW] == past[-1:]
    assert [one for one in kept if one.occurs.at >= NOW and opens(one) < scope.hi] == near
