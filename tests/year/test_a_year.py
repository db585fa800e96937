"""Seven weeks of the shipped rules with everything in them that a year brings; `make year` lives the whole of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest

from engine.domain.civil import DAY
from tests.year.claims import Claim
from tests.year.house import open_house
from tests.year.live import live
from tests.year.lived import PER_REP, judge
from tests.year.record import Record, read
from tests.year.town import Size

SHORT = Size(leads=80, per_rep=PER_REP, days=49, seed=8)
RARE = {"one_note_a_week", "one_wish_a_day", "refused_before_twelve", "twelve_before_suspension", "nobody_takes_back"}
"""Claims that so few customers in so few weeks need not put to the test."""


@pytest.fixture(scope="module")
def record(tmp_path_factory: pytest.TempPathFactory) -> Record:
    with open_house(tmp_path_factory.mktemp("year"), SHORT) as house:
        live(house, SHORT)
        return read(house.db, SHORT)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_everything_claimed_of_a_year_holds(record: Record) -> None:
    claims = judge(record)
    assert broken(claims) == {}
    assert {claim.name for claim in claims if claim.tried == 0} <= RARE


Spoiling = Callable[[Record], Record]


def sent(record: Record, **that: Any) -> Mapping[str, Any]:
    """The first message of that kind."""
    return next(one for one in record.messages if all(one[name] == value for name, value in that.items()))


def also(record: Record, *messages: Mapping[str, Any]) -> Record:
    return replace(record, messages=sorted([*record.messages, *messages], key=lambda one: one["sent_at"]))


def without(record: Record, gone: Callable[[Mapping[str, Any]], bool]) -> Record:
    """As if what is gone had never been planned."""
    kept = {name: [one for one in getattr(record, name) if not gone(one)] for name in ("messages", "touches")}
    return replace(record, messages=kept["messages"], touches=kept["touches"])


def event(record: Record, *kinds: str) -> Mapping[str, Any]:
    return next(one for one in record.happened if one["kind"] in kinds)


def in_the_midst(record: Record, category: str, *kinds: str) -> Record:
    """Something of that category reaches somebody while that goes on."""
    found = event(record, *kinds)
    at = max(found["starts_at"], found["recorded_at"]) + 3600
    one = {**record.messages[0], "id": -1, "touch": -1, "lead": found["whom"], "category": category}
    planned = {**one, "due_at": at}
    return replace(also(record, {**planned, "sent_at": at}), touches=[*record.touches, planned])


def crowded(record: Record) -> Record:
    one = [one for one in record.messages if one["level_rep"] is not None][-1]
    return also(record, *({**one, "touch": -number} for number in range(1, 13)))


def again(record: Record, later: int, **that: Any) -> Record:
    one = sent(record, **that)
    return also(record, {**one, "touch": -1, "anchor": "another", "sent_at": one["sent_at"] + later})


def selling(record: Record) -> Record:
    """The third message of a week, and it sells."""
    one = sent(record, audience="lead")
    more = ({**one, "touch": -n, "category": "sales", "sent_at": one["sent_at"] + n * DAY} for n in (1, 2, 3))
    return also(record, *more)


def kept_from(record: Record) -> Record:
    found = event(record, "complaint")
    one = next(one for one in record.touches if one["rule"] == "contact-rhythm")
    held = {**one, "lead": found["whom"], "policy": "complaint-open", "due_at": found["recorded_at"]}
    return replace(record, touches=[*record.touches, held])


def suspended(record: Record) -> Record:
    lead = next(ident for ident, row in record.leads.items() if row["contacts"] < 12)
    change = {"lead": lead, "field": "status", "value": "suspended", "previous": "active", "at": record.size.end}
    return replace(record, changes={**record.changes, lead: [change | {"actor": "x", "cause": ""}]})


def refused(record: Record) -> Record:
    lead = next(ident for ident, row in record.leads.items() if row["contacts"] > 12 and not row["key"])
    objection = {"gate": "twelve-touches", "lead": lead, "at": record.size.end, "outcome": "refused"}
    return replace(record, objections=[*record.objections, objection])


def taken_back(record: Record) -> Record:
    ident, at = next(iter(record.leads)), record.size.start + DAY
    gone = {"lead": ident, "field": "owner", "value": None, "previous": "rep-00", "at": at, "actor": "x", "cause": ""}
    back = {**gone, "value": "rep-00", "previous": None, "at": at + DAY, "actor": "rep-00", "cause": "pool claim"}
    return replace(record, changes={**record.changes, ident: [gone, back]})


def never_returned(record: Record) -> Record:
    """As if nobody had been spoken to, and those who went to the pool had stayed where they were."""
    changes = {ident: [one for one in ones if one["actor"] != "engine"] for ident, ones in record.changes.items()}
    lost = {one["lead"] for ones in record.changes.values() for one in ones if one["value"] == "pooled"}
    kept = {ident: {**record.leads[ident], "owner": "rep-01", "status": "active"} for ident in lost}
    leads = {**record.leads, **kept}
    return replace(record, changes=changes, leads=leads, talks={})


def unanswered(record: Record) -> Record:
    return replace(record, talks={})


def stuck(record: Record) -> Record:
    one = next(one for one in record.touches if one["rule"] == "manager-at-ten")
    never = {**one, "state": "planned", "due_at": record.size.start, "released_at": None}
    return replace(record, touches=[*record.touches, never])


SPOILED: Mapping[str, Spoiling] = {
    "once": lambda record: also(record, record.messages[0]),
    "apart": lambda record: again(record, 600, audience="lead"),
    "sold_twice_a_week": selling,
    "one_wish_a_day": lambda record: again(record, 600, audience="lead", category="festive"),
    "one_note_a_week": lambda record: again(record, DAY, audience="lead", rule="no-answer"),
    "nothing_in_mourning": lambda record: in_the_midst(record, "festive", "bereavement", "illness"),
    "nothing_sold_to_complainers": lambda record: in_the_midst(record, "sales", "complaint"),
    "complainers_are_called": kept_from,
    "no_day_is_too_full": crowded,
    "reminded_in_time": lambda record: unanswered(without(record, lambda one: one["rule"] == "contact-rhythm")),
    "spoken_to": unanswered,
    "twelve_before_suspension": suspended,
    "refused_before_twelve": refused,
    "manager_at_ten": lambda record: without(record, lambda one: one["rule"] == "manager-at-ten"),
    "the_manager_hears_of_it": stuck,
    "returns_to_the_pool": lambda record: without(record, lambda one: one["step"] == "warn"),
    "nobody_is_left_behind": never_returned,
    "nobody_takes_back": taken_back,
}


@pytest.mark.slow
@pytest.mark.parametrize("name", SPOILED)
def test_every_claim_notices_when_it_does_not_hold(name: str, record: Record) -> None:
    assert name in broken(judge(SPOILED[name](record)))


def test_every_claim_has_been_spoiled_once() -> None:
    assert {name for name, _ in names()} == set(SPOILED)


def names() -> Iterator[tuple[str, str]]:
    from tests.year import of_care, of_hands, of_rhythm

    for check in (*of_care.CHECKS, *of_rhythm.CHECKS, *of_hands.CHECKS):
        yield check.__name__, check.__doc__ or ""


def broken(claims: Sequence[Claim]) -> dict[str, tuple[str, ...]]:
    return {claim.name: claim.broken for claim in claims if claim.broken}
