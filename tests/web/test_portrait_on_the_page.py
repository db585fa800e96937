"""The portrait on a customer's page: what is missing, the questionnaires, and how close a rep may call him."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select

from engine.domain.civil import local_date
from engine.domain.spoken import Spoken
from engine.settings.model import Attribute
from engine.store.tables import date_record, gift, lead


def tells(desk: Any, path: str, **form: str) -> Any:
    return desk.browser.post(path, data={"csrf": desk.form_token("/day"), **form}, follow_redirects=True)


def kept(desk: Any) -> Any:
    with desk.site.db.reading() as connection:
        return connection.execute(select(lead).where(lead.c.id == "lin")).mappings().one()


def test_answers_and_facts_are_saved_and_an_answer_can_be_taken_back(desk: Any) -> None:
    desk.log_in("LI_TOKEN")
    page = desk.browser.get("/lead/lin", headers={"accept-language": "en"}).text
    assert 'name="quality.standing"' in page
    assert 'name="date.birthday"' in page
    said = {"quality.standing": "sound", "willingness.knows_ours": "false", "willingness.obstacles": "the price"}
    answer = tells(desk, "/portrait/lin", **said, **{"date.birthday": "lunar:1988-08-15", "hope": "a quiet pump"})
    assert 'role="status"' in answer.text
    assert '<option value="sound" selected>' in answer.text
    assert 'name="date.birthday"' not in answer.text
    expected = {"quality.standing": "sound", "willingness.knows_ours": False, "willingness.obstacles": "the price"}
    assert (dict(kept(desk)["attrs"]), kept(desk)["hope"]) == (expected, "a quiet pump")
    with desk.site.db.reading() as connection:
        assert connection.execute(select(date_record.c.calendar)).scalars().all() == ["lunar"]
    tells(desk, "/portrait/lin", **{"quality.standing": ""})
    assert "quality.standing" not in kept(desk)["attrs"]


def test_facts_stand_in_their_groups_and_are_saved_where_they_differ(desk: Any) -> None:
    attributes = {
        "size": Attribute(type="int", label="公司规模 Size"),
        "plans": Attribute(type="text", group="business"),
        "taboos": Attribute(type="list", group="personal"),
    }  # fmt: skip
    desk = desk.at(replace(desk.site, settings=desk.site.settings.model_copy(update={"attributes": attributes})))
    desk.log_in("LI_TOKEN")
    said = {"attrs.size": "40", "attrs.plans": "a second plant", "attrs.taboos": "beef; four"}
    page = " ".join(tells(desk, "/facts/lin", **said).text.split())
    assert dict(kept(desk)["attrs"]) == {"size": 40, "plans": "a second plant", "taboos": ["beef", "four"]}
    rows = ("<dt>公司规模 Size</dt><dd>40", "<dt>plans</dt><dd>a second", "<dd>beef · four")
    known = [page.index(one) for one in rows]
    assert known == sorted(known)
    version = kept(desk)["judge_version"]
    tells(desk, "/facts/lin", **said)
    assert kept(desk)["judge_version"] == version, "the same again is no change"
    tells(desk, "/facts/lin", **{"attrs.plans": ""})
    assert dict(kept(desk)["attrs"]) == {"size": 40, "taboos": ["beef", "four"]}
    assert tells(desk, "/facts/lin", **{"attrs.size": "many"}).status_code == 400
    assert tells(desk, "/facts/wei", **{"attrs.size": "1"}).status_code == 404


@pytest.mark.parametrize(("token", "called"), [("LI_TOKEN", "Size"), ("HAN_TOKEN", "公司规模")])
def test_what_a_house_calls_its_facts_stands_in_the_readers_language(desk: Any, token: str, called: str) -> None:
    """Han reads zh-Hant; zh-Hans is the nearest to it."""
    attributes = {"size": Attribute(type="int", label=Spoken.of({"en": "Size", "zh-Hans": "公司规模"}))}
    desk = desk.at(replace(desk.site, settings=desk.site.settings.model_copy(update={"attributes": attributes})))
    desk.log_in(token)
    assert f">{called}</label>" in desk.browser.get("/lead/lin").text


def test_nobody_is_called_closer_than_what_is_known_allows(desk: Any) -> None:
    desk.log_in("LI_TOKEN")
    refused = tells(desk, "/portrait/lin", profile="doctor")
    assert (refused.status_code, 'role="alert"' in refused.text, kept(desk)["profile"]) == (400, True, None)
    near = {"phone": "13800000000", "salutation": "Mr Lin", "region": "5101", "temperament": "owl"}
    tells(desk, "/portrait/lin", **near, **{"account": "acme", "date.birthday": "--05-12"})
    assert '<option value="">doctor</option>' in tells(desk, "/portrait/lin", profile="doctor").text
    assert kept(desk)["profile"] == "doctor"
    assert tells(desk, "/portrait/lin", profile="teacher").status_code == 400


def test_what_does_not_fit_is_refused_and_others_customers_are_hidden(desk: Any) -> None:
    desk.log_in("LI_TOKEN")
    answer = tells(desk, "/portrait/lin", **{"quality.standing": "splendid", "hope": "kept in the form"})
    assert (answer.status_code, "kept in the form" in answer.text) == (400, True)
    assert kept(desk)["hope"] != "kept in the form"
    assert tells(desk, "/portrait/wei", **{"quality.standing": "sound"}).status_code == 404


def test_a_gift_is_put_down_and_one_above_the_limit_is_not(desk: Any) -> None:
    desk.log_in("LI_TOKEN")
    today = local_date(desk.site.clock.now(), "Asia/Shanghai").isoformat()
    kept_gift = tells(desk, "/gift/lin", given_on=today, gift="tea of one hill", price="150")
    assert 'role="status"' in kept_gift.text
    assert "tea of one hill" in kept_gift.text
    too_much = tells(desk, "/gift/lin", given_on=today, gift="a lamp", price="60")
    assert (too_much.status_code, "a lamp (60)" in too_much.text) == (400, True)
    assert tells(desk, "/gift/wei", given_on=today, gift="tea", price="1").status_code == 404
    with desk.site.db.reading() as connection:
        rows = connection.execute(select(gift.c.lead, gift.c.label, gift.c.price, gift.c.actor)).all()
    assert rows == [("lin", "tea of one hill", 150, "li")]
