"""A warning from its file to what customers get: it begins, shrinks, is taken back, and `explain` tells it all."""

from __future__ import annotations

import email
from email.policy import default
from typing import Any

import pytest

ALERT = """<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2"><identifier>{ident}</identifier><sender>met</sender>
<sent>2026-02-14T{sent}:00+08:00</sent><status>{status}</status><msgType>{act}</msgType><scope>Public</scope>
{references}<info><language>zh-CN</language><category>Met</category><event>洪水</event><urgency>Immediate</urgency>
<severity>Severe</severity><certainty>Observed</certainty><expires>2026-02-20T08:00:00+08:00</expires>
<headline>&lt;b&gt;红色预警&lt;/b&gt;</headline><instruction>远离河岸</instruction><web>https://met.example/1</web>{areas}
</info></alert>"""
AREA = "<area><areaDesc>x</areaDesc><geocode><valueName>GB/T 2260</valueName><value>{}</value></geocode></area>"
CHENGDU, BEIJING = AREA.format("510100000000"), AREA.format("110000000000")


def alert(ident: str, sent: str, *areas: str, act: str = "Alert", about: str = "", **more: str) -> str:
    """A warning of that minute of 14 February."""
    references = f"<references>met,{about},2026-02-14T10:00:00+08:00</references>" if about else ""
    return ALERT.format(
        ident=ident, sent=sent, act=act, references=references, areas="".join(areas), **{"status": "Actual", **more}
    )


def warn(house: Any, ident: str, sent: str, *areas: str, **more: str) -> str:
    """Take it in at once."""
    file = house.write(f"{ident}.cap", alert(ident, sent, *areas, **more))
    return str(house.say("event", "ingest", str(file), "--now", f"2026-02-14T{sent}+08:00"))


def tick(house: Any, at: str) -> None:
    house.say("tick", "--now", f"2026-02-{at}+08:00")


def states(house: Any, lead: str, rule: str) -> dict[str, str]:
    rows = house.rows("touches", "--lead", lead, "--rule", rule)
    return {row["step"]: row["state"] for row in rows if row["receiver"] == lead}


def told(house: Any, lead: str, at: str, rule: str) -> str:
    return str(house.say("explain", lead, "--rule", rule, "--now", f"2026-02-{at}+08:00"))


@pytest.fixture
def warned(house: Any) -> Any:
    """Chen in Beijing and Wang in Chengdu are warned of a flood; a letter to each waits to be signed."""
    house.then("tick")
    warn(house, "a-1", "10:00", BEIJING, CHENGDU)
    tick(house, "14T10:05")
    assert states(house, "chen", "disaster") == states(house, "wang", "disaster") == {"concern": "draft"}
    return house


def test_an_exercise_does_nothing_and_says_so(house: Any) -> None:
    house.then("tick")
    before = house.rows("touches")
    assert "seen, did nothing: status Exercise" in warn(house, "x-1", "10:00", BEIJING, status="Exercise")
    tick(house, "14T10:05")
    assert house.rows("touches") == before
    assert house.say("event", "list") == ""
    line = "told 2026-02-14T10:00+08:00 by feed x-1.cap, ignore met,x-1: seen, did nothing: status Exercise"
    assert line in told(house, "chen", "14T10:06", "disaster")
    assert line not in told(house, "wang", "14T10:06", "disaster")
    assert "status Exercise" in house.say("event", "show", "x-1")


def test_an_update_that_shrinks_the_area_lifts_what_has_not_taken_effect(warned: Any) -> None:
    assert "policy  disaster-quiet would suppress prepare" in told(warned, "chen", "14T10:06", "birthday")
    assert warn(warned, "a-2", "14:00", CHENGDU, act="Update", about="a-1").endswith("is changed: applies to 1 lead\n")
    tick(warned, "14T14:01")
    assert (states(warned, "chen", "disaster"), states(warned, "wang", "disaster")) == (
        {"concern": "superseded"}, {"concern": "draft"},
    )  # fmt: skip
    story = told(warned, "chen", "14T14:02", "birthday")
    assert "disaster-quiet would not suppress prepare" in story
    assert "update met,a-2, which leaves this customer out: flood-" in story
    tick(warned, "16T09:01")
    assert states(warned, "chen", "birthday")["wish"] == "delivered"


def test_a_cancel_takes_back_what_is_not_signed(warned: Any) -> None:
    assert "is cancelled" in warn(warned, "a-3", "16:00", act="Cancel", about="a-1")
    tick(warned, "14T16:01")
    assert states(warned, "chen", "disaster") == states(warned, "wang", "disaster") == {"concern": "superseded"}
    story = told(warned, "wang", "14T16:02", "disaster")
    assert "  cancelled: flood-" in story
    assert "cancel met,a-3: flood-" in story
    tick(warned, "16T09:01")
    assert states(warned, "chen", "birthday")["wish"] == "delivered"


def test_the_list_of_those_affected_says_what_the_warning_says_and_no_more(warned: Any) -> None:
    mails = [email.message_from_bytes(one.read_bytes(), policy=default) for one in warned.folder.rglob("*.eml")]
    (page,) = {found for mail in mails if "met.example" in (found := mail.get_body(("html",)).get_content())}
    assert "&lt;b&gt;红色预警&lt;/b&gt;" in page
    assert "远离河岸" in page
    assert 'href="https://met.example/1"' in page
