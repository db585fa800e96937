"""Which leads a visitor may see, and that looks are put down."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import update

from engine.domain.links import Link, Purpose
from engine.store.facts.links import Use, use_link, use_of
from engine.store.facts.looks import looks_at, record_looks
from engine.store.tables import rep
from engine.web.visitors import NOBODY, Visitor

OWNERS = {"lin": ("li", False), "sun": ("su", False), "wei": ("wu", False), "sha": ("su", True), "free": (None, False)}
SEEN = {
    Visitor("rep", "li", "li"): {"lin", "sun"},  # his own, and those of su for whom he stands in
    Visitor("rep", "su", "su"): {"sun", "sha"},
    Visitor("manager", "han", "han"): {"lin", "sun", "sha"},
    Visitor("ops", "", "desk"): {"lin", "sun", "wei", "free"},
    Visitor("admin", "", "root"): {"lin", "sun", "wei", "free"},
    Visitor("api", "", "shop"): set(),
    NOBODY: set(),
}


@pytest.mark.parametrize("visitor", SEEN, ids=lambda visitor: visitor.role or "nobody")
def test_everybody_sees_what_is_his_business(desk: Any, visitor: Visitor) -> None:
    with desk.site.db.reading() as connection:
        seen = {
            lead
            for lead, (owner, confidential) in OWNERS.items()
            if visitor.may_see(connection, owner, confidential=confidential)
        }
    assert seen == SEEN[visitor]


def test_who_stands_in_for_a_manager_opens_what_is_passed_on_to_him(desk: Any) -> None:
    deputy = Visitor("rep", "wu", "wu")
    with desk.site.db.writing() as connection:
        connection.execute(update(rep).where(rep.c.id == "han").values(delegate="wu"))
    with desk.site.db.reading() as connection:
        sight = deputy.sight(connection)
        seen = {lead for lead, (owner, secret) in OWNERS.items() if sight.sees(owner, confidential=secret)}
        assert seen == {"wei", "lin", "sun"}  # not the confidential one
        assert sight.owners == {"wu", "han"}  # his own lists stay his


def test_looks_are_put_down_and_read_newest_first(desk: Any) -> None:
    with desk.site.db.writing() as connection:
        record_looks(connection, ["lin", "sun"], "/day", "li", "rep", 5)
        record_looks(connection, ["lin"], "/lead/{lead}", "han", "manager", 6)
        found = [(row.visitor, row.page, row.at) for row in looks_at(connection, "lin", 10)]
    assert found == [("han", "/lead/{lead}", 6), ("li", "/day", 5)]


def test_a_link_is_used_once_and_says_what_was_done_with_it(desk: Any) -> None:
    link = Link(Purpose.ACT, "17", 100)
    first, second = Use("reached", "li", 50), Use("no_answer", "li", 51)
    with desk.site.db.writing() as connection:
        assert use_of(connection, link) is None
        assert use_link(connection, link, first)
        assert not use_link(connection, link, second)
        assert use_of(connection, link) == first
