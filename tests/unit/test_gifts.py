"""Which gifts fit: by interest, inside the limit, never what he had this year or last."""

from __future__ import annotations

from datetime import date

from engine.domain.gifts import Given, Idea, fitting, left_of

TEA = Idea("tea", "Tea", "", 120, ("tea", "茶"))
BRUSH = Idea("brush", "Brush", "", 90, ("calligraphy",))
FRUIT, DIARY, LAMP = Idea("fruit", "Fruit", "", 100), Idea("diary", "Diary", "", 60), Idea("lamp", "Lamp", "", 20)
IDEAS = (FRUIT, DIARY, BRUSH, TEA, LAMP)
TODAY = date(2026, 9, 20)


def names(*given: Given, interests: tuple[str, ...] = ("Tea",), limit: float = 200) -> list[str]:
    return [idea.name for idea in fitting(IDEAS, interests, given, limit, TODAY)]


def had(idea: Idea, on: date) -> Given:
    return Given(on, idea.name, idea.label, idea.price)


def test_what_meets_an_interest_comes_first_and_what_meets_none_of_his_is_left_out() -> None:
    assert names() == ["tea", "fruit", "diary"]
    assert names(interests=()) == ["fruit", "diary", "lamp"]


def test_what_he_had_this_year_or_last_is_not_offered_again() -> None:
    assert names(had(TEA, date(2025, 1, 3)), had(DIARY, date(2024, 12, 31))) == ["fruit", "diary", "lamp"]


def test_all_gifts_of_the_calendar_year_count_against_the_limit() -> None:
    given = (had(FRUIT, date(2026, 1, 2)), Given(date(2025, 12, 30), "", "a watch", 5000))
    assert left_of(200, given, TODAY) == 100
    assert names(*given) == ["diary", "lamp"]
    assert left_of(50, given, TODAY) == 0
    assert names(*given, limit=50) == []
