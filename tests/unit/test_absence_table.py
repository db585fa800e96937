"""Who gets a reminder while a rep is away, by the civil day on which it would be due for each of them."""

from __future__ import annotations

from datetime import date

import pytest

from engine.domain.civil import local_date
from engine.domain.words import Audience
from engine.stages.plan.absence import attended, is_absent
from engine.stages.plan.receivers import Receiver
from engine.store.book.planning import LeadRow, RepRow

CN = "Asia/Shanghai"
DAY = date(2026, 3, 4)


def rep(ident: str, away: str = "", delegate: str | None = None, manager: str = "boss", zone: str = CN) -> RepRow:
    """`away` is `from/to`, either of them empty where nobody said."""
    first, _, last = away.partition("/")
    return RepRow(ident, zone, manager, None, first or None, last or None, delegate)


def who(*reps: RepRow, delegating: bool = True, confidential: bool = False, day: date = DAY) -> tuple[str, date | None]:
    """The receiver of a touch for li, and from which day on it is his."""
    lead = LeadRow("ann", 0, CN, "CN", "li", None, confidential)
    people = {one.id: one for one in reps}
    receiver = Receiver(Audience.REP, "li", people["li"].timezone)
    found = attended(receiver, lead, people, lambda _zone: day, delegating=delegating)
    assert (found.absent is None) == (found == receiver)
    return found.id, found.back


WEEK = "2026-03-02/2026-03-06"
BACK = date(2026, 3, 7)


@pytest.mark.parametrize(
    ("reps", "expected"),
    [
        ([rep("li", delegate="wei"), rep("wei")], ("li", None)),
        ([rep("li", WEEK, "wei"), rep("wei")], ("wei", None)),
        ([rep("li", "2026-03-04/2026-03-04", "wei"), rep("wei")], ("wei", None)),
        ([rep("li", "2026-03-05/2026-03-09", "wei"), rep("wei")], ("li", None)),
        ([rep("li", "2026-02-01/2026-03-03", "wei"), rep("wei")], ("li", None)),
        ([rep("li", WEEK)], ("li", BACK)),
        ([rep("li", WEEK, "nobody")], ("li", BACK)),
        ([rep("li", WEEK, "wei"), rep("wei", WEEK, "chen"), rep("chen")], ("chen", None)),
        ([rep("li", WEEK, "wei"), rep("wei", WEEK, "li")], ("li", BACK)),
        ([rep("li", WEEK, "li")], ("li", BACK)),
        ([rep("li", WEEK, "a"), rep("a", WEEK, "b"), rep("b", WEEK, "c"), rep("c")], ("c", None)),
        ([rep("li", WEEK, "a"), rep("a", WEEK, "b"), rep("b", WEEK, "c"), rep("c", WEEK, "d"), rep("d")], ("li", BACK)),
        ([rep("li", "2026-03-02/", "wei"), rep("wei")], ("wei", None)),
        ([rep("li", "/2026-03-06", "wei"), rep("wei")], ("wei", None)),
        ([rep("li", "2026-03-02/")], ("li", None)),
    ],
)
def test_who_gets_what_is_due_on_the_fourth_of_march(reps: list[RepRow], expected: tuple[str, date | None]) -> None:
    assert who(*reps) == expected


def test_with_hold_it_waits_for_the_day_he_is_back_whoever_his_delegate_is() -> None:
    assert who(rep("li", WEEK, "wei"), rep("wei"), delegating=False) == ("li", BACK)


def test_a_confidential_lead_is_passed_on_to_his_owners_manager_and_to_nobody_else() -> None:
    assert who(rep("li", WEEK, "wei"), rep("wei"), confidential=True) == ("li", BACK)
    assert who(rep("li", WEEK, "boss"), rep("boss"), confidential=True) == ("boss", None)


def test_a_customer_is_never_absent_though_a_rep_has_the_same_id() -> None:
    lead = LeadRow("li", 0, CN, "CN", "li", None, False)
    receiver = Receiver(Audience.LEAD, "li", CN)
    assert attended(receiver, lead, {"li": rep("li", WEEK)}, lambda _zone: DAY, delegating=True) == receiver


def test_the_day_is_each_reps_own() -> None:
    """22:00 UTC on the third is the fourth in Singapore and still the third in Chicago."""
    li, wei = rep("li", "2026-03-04/", "wei", zone="Asia/Singapore"), rep("wei", "2026-03-04/", zone="America/Chicago")
    lead = LeadRow("ann", 0, CN, "CN", "li", None, False)
    found = attended(
        Receiver(Audience.REP, "li", li.timezone), lead, {"li": li, "wei": wei},
        lambda zone: local_date(1_772_575_200, zone), delegating=True,
    )  # fmt: skip
    assert (found.id, found.zone, found.absent) == ("wei", "America/Chicago", "li")


def test_both_ends_of_an_absence_belong_to_it() -> None:
    away = rep("li", WEEK)
    days = [date(2026, 3, day) for day in range(1, 9)]
    assert [day.day for day in days if is_absent(away, day)] == [2, 3, 4, 5, 6]
