"""How many days the post takes: the smallest place that is named, then the country, then everywhere else."""

from __future__ import annotations

import pytest

from engine.domain.post import Post, post_of
from engine.domain.regions.codes import UnknownRegion
from engine.rulebook.loader import load_rulebook
from engine.rulebook.model import RuleBook
from engine.rulebook.vocabulary import catalogue_for
from engine.settings.model import Settings
from engine.settings.personal_model import Personal
from engine.stages.books import digest_of

POST = post_of({"else": 3, "四川": 4, "5101": 5, "510104": 1, "CN": 2, "HK": 6, "TW": 9, "US": 14, "US-HI": 20})


@pytest.mark.parametrize(
    ("region", "country", "days"),
    [
        ("510104", "CN", 1), ("510107", "CN", 5), ("5107", "CN", 4), ("51", "CN", 4), ("11", "CN", 2), (None, "CN", 2),
        ("81", "HK", 6), (None, "HK", 6), ("81", "CN", 6), ("TW", "CN", 9), (None, "TW", 9), ("US-HI", "US", 20),
        ("US-CA", "US", 14), (None, "US", 14), (None, "DE", 3), ("JP-13", "JP", 3), ("", "", 3),
    ],
)  # fmt: skip
def test_the_smallest_place_that_is_named_counts(region: str | None, country: str, days: int) -> None:
    assert POST.days(region, country) == days


def test_the_table_knows_its_shortest_and_its_longest_way() -> None:
    assert (POST.shortest, POST.longest) == (1, 20)
    assert (Post(7).shortest, Post(7).longest, Post(7).days("54", "CN")) == (7, 7, 7)


def test_what_is_no_place_is_refused() -> None:
    with pytest.raises(UnknownRegion, match="unknown region"):
        post_of({"else": 3, "Atlantis": 9})


def book_of(days_ahead: int | dict[str, int], rules: str) -> RuleBook:
    card = Personal(kind="personal", by="card", days_ahead=days_ahead)
    catalogue = catalogue_for(Settings(channels={"card": card}), {"greeting/x/mail.en.txt.j2": ""})
    book, problems = load_rulebook({"rules/a.yaml": rules}, catalogue)
    assert book is not None, problems
    return book


RULES = """\
rules:
  - id: birthday
    category: festive
    on: {date: birthday}
    steps: [{id: card, at: -7d 09:00, greet: lead, template: greeting/x, via: [card]}]
"""


def test_a_step_that_is_too_late_for_every_place_is_a_mistake() -> None:
    card = Personal(kind="personal", by="card", days_ahead={"else": 9, "44": 8})
    catalogue = catalogue_for(Settings(channels={"card": card}), {"greeting/x/mail.en.txt.j2": ""})
    _, (problem,) = load_rulebook({"rules/a.yaml": RULES}, catalogue)
    assert str(problem) == 'rules/a.yaml:5:28: error R217: channel "card" takes at least 8 days; write at: -8d 09:00'


def test_other_days_by_place_are_another_revision_and_generation() -> None:
    """So that what they bring into view is planned. A number only checks, and changes nothing."""
    seven, five, table, other = (
        book_of(days, RULES) for days in (7, 5, {"else": 3, "54": 10}, {"else": 3, "54": 12})
    )
    assert [one.rules[0].revision for one in (seven, table)] != [one.rules[0].revision for one in (five, other)]
    assert seven.rules[0].revision == five.rules[0].revision
    assert digest_of(seven, {}, {}) == digest_of(five, {}, {})
    assert len({digest_of(one, {}, {}) for one in (seven, table, other)}) == 3
