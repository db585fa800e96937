"""Cards written by hand: begun as many days ahead as the post takes to each customer's region."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.acceptance.played import play

WORLD = """
config:
  channels:
    card: {kind: personal, by: card, days_ahead: {else: 3, 广东: 2, 54: 10, 51: 4, "5101": 5, HK: 6}}
inline:
  rules:
    - id: birthday-card
      category: festive
      on: {date: birthday}
      steps: [{id: card, at: -2d 09:00, greet: lead, template: greeting/birthday, via: [card, email] EXTRA}]
start: 2026-03-01
reps: [{id: li}]
leads: [LEADS]
"""
BORN = 'owner: li, date.birthday: 1980-03-21, email: c@example.com'


def world(*leads: str, extra: str = "") -> str:
    listed = ", ".join(f"{{{lead}, {BORN}}}" for lead in leads)
    return WORLD.replace("LEADS", listed).replace("EXTRA", extra)


def expected(**days: str) -> str:
    """Whom a card is begun for on which day, and for nobody on any other; everybody's birthday is on +20d."""
    by_day: dict[str, list[str]] = {}
    for lead, day in days.items():
        by_day.setdefault(day, []).append(f"{{rule: birthday-card, lead: {lead}, at: '09:00'}}")
    steps = [f"  - {{at: {day}, expect: [{', '.join(found)}]}}" for day, found in sorted(by_day.items())]
    return "steps:\n" + "\n".join(steps) + "\n"


def test_each_region_has_its_own_days(tmp_path: Path) -> None:
    """The smallest region that is named counts, then the country, then `else`, also where no region is known."""
    story = world(
        'id: lhasa, region: "540102"', "id: hong-kong, country: HK", 'id: chengdu, region: "510104"',
        'id: mianyang, region: "5107"', "id: somewhere", 'id: beijing, region: "11"', 'id: guangzhou, region: "440106"',
    )
    days = expected(
        lhasa="+10d", **{"hong-kong": "+14d"}, chengdu="+15d", mianyang="+16d",
        somewhere="+17d", beijing="+17d", guangzhou="+18d",
    )
    assert play(tmp_path, story + days) == []


@pytest.mark.parametrize(("region", "day"), [("540102", "+10d"), ("440106", "+18d")])
def test_who_moves_before_it_is_begun_gets_it_by_the_days_of_his_new_region(
    tmp_path: Path, region: str, day: str
) -> None:
    story = world('id: chen, region: "11"') + f"""
steps:
  - {{at: +9d, do: {{set: {{lead: chen, region: "{region}"}}}}, expect: []}}
  - {{at: {day}, expect: [{{rule: birthday-card, lead: chen, at: "09:00"}}]}}
  - {{at: +20d, expect: []}}
"""
    assert play(tmp_path, story) == []


def test_who_moves_far_away_too_late_is_written_to_at_once(tmp_path: Path) -> None:
    story = world('id: chen, region: "11"') + """
steps:
  - {at: "+14d 10:00", do: {set: {lead: chen, region: "54"}}, expect: [{rule: birthday-card, at: "10:00"}]}
  - {at: +20d, expect: []}
"""
    assert play(tmp_path, story) == []


def test_what_is_signed_is_laid_out_as_much_earlier(tmp_path: Path) -> None:
    story = world('id: lhasa, region: "54"', extra=", sign_by: {who: owner, draft: -5d, deadline: -3d}") + """
drafts: unsigned
steps:
  - {at: +6d, expect: []}
  - {at: +7d, expect: [{rule: birthday-card, state: draft}]}
  - {at: "+8d 10:00", do: {approve: {rule: birthday-card, lead: lhasa}}}
  - {at: +10d, expect: [{rule: birthday-card, at: "09:00"}]}
"""
    assert play(tmp_path, story) == []
