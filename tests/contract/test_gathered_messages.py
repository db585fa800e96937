"""A flood over many customers: each rep gets one message with the list of his, whatever happens on its way."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import select

from adapters.base import Outcome, Receipt
from engine.domain.people import LeadEntry
from engine.stages.compose.compose import compose
from engine.stages.dispatch.resolve import retry
from engine.store.database import Database
from engine.store.facts.dirty import Stamp
from engine.store.facts.people import upsert_leads
from engine.store.ledger import delivery, pause, touch
from tests.contract.flooded_house import CN, SETTINGS, House, at, names
from tests.contract.outbox import Script


@pytest.fixture
def house(database: Database) -> Iterator[House]:
    found = House(database)
    yield found
    found.close()


ALL = {"ann": "delivered", "bo": "delivered", "cy": "delivered", "dan": "delivered"}


def test_a_rep_gets_one_message_about_all_his_customers_at_once(house: House) -> None:
    house.happens("flood")
    house.tick("02T23:00")
    (mail,) = house.mails()
    assert mail.subject == "3 of flood"
    assert mail.text.splitlines() == [
        "Ann 四川省成都市锦江区 severe", "B…  severe", "Cy 四川省成都市锦江区 severe", "0 more",
    ]  # fmt: skip
    assert [names(one) for one in house.mails("wu")] == [["Dan"]]
    assert house.states() == ALL
    assert house.deliveries() == ["sent", "sent"]


def test_who_is_reached_later_gets_another_message_and_nobody_is_told_twice(house: House) -> None:
    house.change("cy", region="1101")
    house.happens("flood")
    house.tick("02T13:00")
    house.change("cy", region="510104")
    with house.db.writing() as connection:
        upsert_leads(connection, [LeadEntry("eve", {"name": "Eve", "owner": "li", "timezone": CN, "locale": "en",
                                  "country": "CN", "registered_at": 0, "region": "5101"})],
                     {}, Stamp(house.clock.now(), "test"))  # fmt: skip
    house.tick("02T14:00")
    house.tick("02T15:00")
    assert [names(mail) for mail in house.mails()] == [["Ann", "B…"], ["Cy", "Eve"]]


@pytest.mark.parametrize("who", ["ann", "cy"])
def test_who_mourns_before_it_leaves_is_taken_out_and_the_others_are_told(house: House, who: str) -> None:
    house.happens("flood")
    house.tick("02T13:00", sends=False)
    house.happens("bereavement", "b", lead=who)
    house.dispatcher.run()
    assert house.mails() == []
    house.tick("02T13:01")
    assert house.states() == ALL | {who: "suppressed"}
    assert [len(names(mail)) for mail in house.mails()] == [2]


def test_who_mourns_between_rcpt_and_content_is_not_told_of(house: House) -> None:
    house.change("dan", region="1101")  # another message of the same pass might have this one marked with itself
    house.happens("flood")
    house.tick("02T13:00", sends=False)
    house.far.scripts = [Script(after_rcpt=lambda: house.happens("bereavement", "b", lead="cy"))]
    house.dispatcher.run()
    house.tick("02T13:01")
    assert [names(mail) for mail in house.mails()] == [["Ann", "B…"]]


def test_a_change_that_decides_nothing_leaves_one_message(house: House) -> None:
    house.happens("flood")
    house.tick("02T13:00", sends=False)
    house.change("cy", grade="A")
    house.dispatcher.run()
    house.tick("02T13:01")
    house.tick("02T13:02")
    assert [names(mail) for mail in house.mails()] == [["Ann", "B…", "Cy"]]
    assert house.states() == ALL


def test_another_owner_before_it_leaves_gets_him_in_his_own_list(house: House) -> None:
    house.happens("flood")
    house.tick("02T13:00", sends=False)
    house.change("cy", owner="wu")
    house.tick("02T13:01")
    house.tick("02T13:02")
    assert [names(mail) for mail in house.mails()] == [["Ann", "B…"]]
    assert sorted(name for mail in house.mails("wu") for name in names(mail)) == ["Cy", "Dan"]


def test_a_cancelled_flood_is_not_told_of(house: House) -> None:
    house.happens("flood")
    house.tick("02T13:00", sends=False)
    house.over()
    house.dispatcher.run()
    assert house.far.arrived == []
    assert house.deliveries() == ["cancelled", "cancelled"]


def test_a_reply_that_was_lost_is_asked_for_again_under_the_same_message_id(house: House) -> None:
    house.happens("flood")
    house.far.scripts = [Script(Receipt(Outcome.UNKNOWN, "lost")), Script(Receipt(Outcome.UNKNOWN, "lost"))]
    house.tick("02T13:00")
    assert house.states() == dict.fromkeys(ALL, "released")
    house.tick("02T13:30")
    first, second = house.mails()
    assert (first.message_id, first.text) == (second.message_id, second.text)
    assert house.states() == ALL


def test_the_next_channel_gets_the_same_list(house: House) -> None:
    house.happens("flood")
    house.far.scripts = [Script(Receipt(Outcome.PERMANENT, "550"))]
    house.tick("02T13:00")
    house.tick("02T13:01")
    assert [len(names(mail)) for mail in [*house.other.arrived, *house.far.arrived]] in ([3, 1], [1, 3])
    assert house.states() == ALL


def test_a_message_that_dies_takes_its_list_with_it_and_one_retry_brings_all_of_it_back(house: House) -> None:
    house.happens("flood")
    for side in (house.far, house.other):
        side.scripts = [Script(Receipt(Outcome.PERMANENT, "550"))] * 2
    house.tick("02T13:00")
    house.tick("02T13:01")
    assert house.states() == dict.fromkeys(ALL, "dead")
    with house.db.reading() as connection:
        of_li = list(connection.execute(select(touch.c.id).where(touch.c.lead == "cy")).scalars())
    retry(house.db, of_li[0], "ops", house.clock.now())
    house.tick("02T13:02")
    assert [names(mail) for mail in house.mails()] == [["Ann", "B…", "Cy"]]
    assert house.states() == ALL | {"dan": "dead"}


def test_it_waits_for_the_receivers_window_and_expires_in_it(house: House) -> None:
    house.clock.move_to(at("02T19:00"))
    house.happens("storm")
    house.tick("02T19:00")
    assert house.far.arrived == []
    house.tick("03T09:00")
    assert len(house.mails()) == 1
    assert house.states("storm") == ALL


def test_what_expires_unsent_ends_with_a_reason(house: House) -> None:
    house.happens("storm")
    with house.db.writing() as connection:
        connection.execute(pause.insert().values(scope="rule", name="storm", actor="boss", at=0))
    house.tick("02T13:00")
    house.tick("05T13:00")
    with house.db.writing() as connection:
        connection.execute(pause.delete())
    house.tick("05T13:01")
    house.tick("05T13:02")
    assert house.states("storm") == dict.fromkeys(ALL, "expired")
    assert house.far.arrived == []


def test_a_pause_keeps_the_list_and_what_comes_up_meanwhile(house: House) -> None:
    with house.db.writing() as connection:
        connection.execute(pause.insert().values(scope="rule", name="flood", actor="boss", at=0))
    house.happens("flood")
    house.tick("02T13:00")
    assert house.far.arrived == []
    with house.db.writing() as connection:
        connection.execute(pause.delete())
    house.tick("02T14:00")
    assert [len(names(mail)) for mail in house.mails()] == [3]


def test_a_list_counts_as_one_in_the_catch_up_cap(house: House) -> None:
    house.happens("flood")
    house.tick("02T20:00")
    assert [len(names(mail)) for mail in house.mails()] == [3]


def test_a_pilot_for_some_leads_tells_of_those_alone(database: Database) -> None:
    house = House(database, SETTINGS.model_copy(update={"only": ("ann", "cy")}))
    house.happens("flood")
    house.tick("02T13:00")
    house.close()
    assert [names(mail) for mail in house.far.arrived] == [["Ann", "Cy"]]


def test_a_message_names_fifty_and_counts_the_others(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.stages.compose.gathered.MOST", 2)
    house.happens("flood")
    house.tick("02T13:00")
    (mail,) = house.mails()
    assert (mail.subject, names(mail), mail.text.splitlines()[-1]) == ("3 of flood", ["Ann", "B…"], "1 more")
    assert house.states() == ALL


def test_what_joins_while_a_message_is_being_written_has_it_written_anew(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.change("cy", region="1101")
    house.happens("flood")
    house.tick("02T13:00", sends=False)
    written: Callable[..., Any] = compose.__globals__["_write"]

    def joined_first(*arguments: Any) -> Any:
        with house.db.writing() as connection:
            of_ann = select(touch.c.id).where(touch.c.lead == "ann").scalar_subquery()
            connection.execute(touch.update().where(touch.c.lead == "dan").values(carried_by=of_ann))
        return written(*arguments)

    with house.db.writing() as connection:
        connection.execute(delivery.delete())
    monkeypatch.setitem(compose.__globals__, "_write", joined_first)
    compose(house.db, house.shelf, house.settings, house.clock.now())
    assert house.deliveries() == []


def test_two_messages_are_written_anew_at_once(house: House) -> None:
    house.happens("flood")
    house.tick("02T13:00", sends=False)
    house.change("cy", grade="A")
    house.change("dan", grade="A")
    house.tick("02T13:01")
    house.tick("02T13:02")
    assert ([len(names(mail)) for mail in house.mails()], len(house.mails("wu"))) == ([3], 1)
