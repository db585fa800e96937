"""Which messages carry links, and which links: one token for each sending, in the receiver's language."""

from __future__ import annotations

import pytest

from engine.domain.links import Purpose, verify
from engine.settings.model import Settings, Vocabularies
from engine.stages.compose.gathered import alone, gathered_context
from engine.stages.compose.links import LASTS, SURVEY_LASTS, Links, touch_of
from engine.store.outbox.compose_rows import LeadRow, Material, TouchRow

NOW = 1_790_000_000
LINKS = Links("https://x.example/", ("a-key-of-sixteen-characters",))


def reminder(**more: object) -> TouchRow:
    known = {
        "id": 17, "occurrence_key": "call|wang|since#1|first|li", "lead": "wang", "audience": "rep", "receiver": "li",
        "snoozes": 0, "due_at": NOW, "expires_at": None, **more,
    }  # fmt: skip
    return TouchRow._make(known.get(field) for field in TouchRow._fields)


def kinds(touch: TouchRow, settings: Settings | None = None) -> list[str]:
    return [link["kind"] for link in LINKS.of(touch, "en", settings or Settings())]


def test_a_reminder_has_one_token_behind_all_its_links() -> None:
    found = LINKS.of(reminder(), "zh-TW", Settings())
    assert [link["kind"] for link in found] == ["reached", "no_answer", "tomorrow", "more"]
    assert found[0]["label"] == "已聯絡上"
    token, asked = found[0]["url"].removeprefix("https://x.example/act/").split("?")
    assert (asked, {link["url"].split("?")[0] for link in found}) == ("do=reached", {found[-1]["url"]})
    link = verify(token, Purpose.ACT, LINKS.keys, NOW)
    assert (touch_of(link), link.expires_at) == ((17, 0), NOW + LASTS)


def test_it_holds_as_long_as_the_reminder_itself_and_is_another_one_when_that_comes_again() -> None:
    assert LINKS.url(reminder()) != LINKS.url(reminder(snoozes=1))
    late = LINKS.url(reminder(expires_at=NOW + 2 * LASTS)).rpartition("/")[2]
    assert verify(late, Purpose.ACT, LINKS.keys, NOW + 2 * LASTS - 1).subject == "17.0"
    assert LINKS.url(reminder()) == LINKS.url(reminder()), "a text that is written again has the same link"


@pytest.mark.parametrize("other", [
    {"audience": "lead"}, {"audience": "system"}, {"lead": ""}, {"occurrence_key": "call|wang|since#1|first|li|note"},
])  # fmt: skip
def test_what_is_no_reminder_of_a_customer_has_none(other: dict[str, str]) -> None:
    assert kinds(reminder(**other)) == []


def test_only_outcomes_of_the_house_have_a_link() -> None:
    words = Vocabularies(effective_outcomes=("spoke",), reply_outcomes=(), attempt_outcomes=("no_answer",))
    assert kinds(reminder(), Settings(vocabularies=words)) == ["no_answer", "tomorrow", "more"]


def test_of_several_customers_each_has_a_link_of_his_own() -> None:
    touch = reminder(rule="flood", revision="r1", anchor="flood:circumstance#c1", step="ask", day_on="2026-09-21")
    known = {"id": "wang", "name": "Wang", "timezone": "UTC", "locale": "en", "confidential": False}
    wang = LeadRow._make(known.get(field) for field in LeadRow._fields)
    listed = alone(touch, Material([touch], {"wang": wang}, {}, {}, {}))
    for links, url in ((LINKS, LINKS.url(touch)), (None, "")):
        context = gathered_context(touch, "Li", listed, {}, "Example Co.", links)
        assert (context["links"], context["customers"][0]["url"]) == ((), url)


def test_a_digest_opens_the_day_of_its_receiver_until_the_next_evening() -> None:
    (found,) = LINKS.day(reminder(lead="", receiver="han"), "zh")
    assert (found["kind"], found["label"]) == ("day", "打开我的一天")
    link = verify(found["url"].removeprefix("https://x.example/day/"), Purpose.DAY, LINKS.keys, NOW)
    assert (link.subject, link.expires_at) == ("han", NOW + 36 * 3_600)


def test_a_survey_is_linked_in_what_is_about_one_customer_and_in_nothing_else() -> None:
    found = LINKS.survey(reminder(audience="lead", receiver="wang"))
    link = verify(found.removeprefix("https://x.example/survey/"), Purpose.SURVEY, LINKS.keys, NOW)
    assert (link.subject, link.expires_at) == ("17", NOW + SURVEY_LASTS)
    assert LINKS.survey(reminder()) == found, "the rep has the same form, to send or to fill in"
    for other in ({"lead": ""}, {"audience": "system"}, {"occurrence_key": "call|wang|since#1|first|li|note"}):
        assert LINKS.survey(reminder(**other)) == ""
