"""What compose puts into customers' mail so that they can unsubscribe, and into which it does not."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from engine.domain.links import Purpose, verify
from engine.settings.inbox_model import MaildirInbox
from engine.settings.model import Vocabularies
from engine.stages.compose.links import Links
from engine.stages.compose.templates import TemplateSet
from engine.stages.dispatch.pilot import message_of
from engine.store.database import Database
from engine.store.ledger import delivery, draft, generation, touch
from engine.store.outbox.deliveries import Due
from engine.store.upgrade import create_all
from tests.contract.composing import TEMPLATES, World
from tests.contract.outbox import NOON

LINKS = Links("https://f.example", ("a-key-of-sixteen-characters",))
LINES = {
    "base/unsubscribe.en.txt.j2": "{{ company.name }} Stop: {{ unsubscribe_url }}\n",
    "base/unsubscribe.en.html.j2": '<a href="{{ unsubscribe_url | url }}">Stop</a>',
}
STARTER = Path(__file__).parents[2] / "templates"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    db = Database(f"sqlite:///{tmp_path / 'house.sqlite'}")
    create_all(db)
    made = World(db)
    made.shelf.links = LINKS
    with db.writing() as connection:
        connection.execute(update(generation).values(templates=TEMPLATES | LINES))
    yield made
    db.close()


def written(world: World, **release: Any) -> Any:
    """The delivery that compose makes of one touch."""
    world.release(**release)
    world.compose()
    return world.rows(delivery)[-1]


def test_a_customers_mail_carries_the_header_of_one_click_and_a_line_under_its_text(world: World) -> None:
    row = written(world)
    url = row.headers["List-Unsubscribe"].strip("<>")
    assert row.headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    link = verify(url.rpartition("/")[2], Purpose.UNSUBSCRIBE, LINKS.keys, NOON)
    assert (link.subject, url.startswith("https://f.example/unsubscribe/")) == ("festive:wang", True)
    assert row.text.endswith(f"\n\nStop: {url}\n")
    assert row.html.endswith(f'<a href="{url}">Stop</a>')


def test_neither_reps_nor_other_channels_nor_essential_categories_get_one(world: World) -> None:
    world.settings = world.settings.model_copy(update={"vocabularies": Vocabularies(essential=("service",))})
    for key, more in {
        "rep": {"audience": "rep", "receiver": "li", "step": "talk"}, "sms": {"via": ["sms"]},
        "contract": {"category": "service"},
    }.items():  # fmt: skip
        row = written(world, key=key, **more)
        assert (row.headers, "Stop" in row.text) == (None, False)
    assert written(world, key="wish").headers


def test_without_pages_there_is_no_link(world: World) -> None:
    world.shelf.links = None
    world.release()
    world.compose()
    row, = world.rows(delivery)
    assert (row.headers, "Stop" in row.text) == (None, False)


def test_a_house_without_the_line_still_says_it_in_the_header(world: World) -> None:
    with world.db.writing() as connection:
        connection.execute(update(generation).values(templates=TEMPLATES))
    row = written(world)
    assert "List-Unsubscribe" in row.headers
    assert "unsubscribe" not in row.text + row.html


def test_a_draft_has_no_link_and_what_is_signed_gets_one_whatever_was_edited(world: World) -> None:
    ident = world.release(state="draft")
    world.compose()
    assert "Stop" not in world.rows(draft)[0].text
    with world.db.writing() as connection:
        connection.execute(update(draft).values(subject="Hi", text="My words.\n", html="", edited=True))
    signed = {"state": "released", "signed_by": "li", "signed_at": NOON}
    with world.db.writing() as connection:
        connection.execute(update(touch).where(touch.c.id == ident).values(signed))
    world.compose()
    row, = world.rows(delivery)
    assert row.text.startswith("My words.\n\nStop: https://f.example/unsubscribe/")


def test_a_line_that_cannot_be_made_is_a_dead_letter_and_no_half_mail(world: World) -> None:
    with world.db.writing() as connection:
        broken = LINES | {"base/unsubscribe.en.txt.j2": "{{ unsubscribe_link }}"}
        connection.execute(update(generation).values(templates=TEMPLATES | broken))
    ident = world.release()
    world.compose()
    assert (world.touch(ident).state, world.touch(ident).reason) == ("dead", "render_error")
    assert [row.touch for row in world.rows(delivery)] != [ident]


def test_the_test_receiver_of_a_pilot_gets_no_button(world: World) -> None:
    row = written(world)
    due = Due._make(getattr(row, name) for name in Due._fields)
    assert message_of(due).headers == row.headers
    assert message_of(due, "pilot@example.com").headers == {}


@pytest.mark.parametrize(("locale", "word"), [("en", "Unsubscribe"), ("zh-Hans", "退订"), ("zh-Hant", "退訂")])
def test_the_starters_line_is_in_the_customers_language(locale: str, word: str) -> None:
    files = {path.relative_to(STARTER).as_posix(): path.read_text(encoding="utf-8") for path in STARTER.rglob("*.j2")}
    text, html = TemplateSet(files).piece("base/unsubscribe", locale, {"unsubscribe_url": "https://f.example/x"})
    assert word in text
    assert word in html
    assert "https://f.example/x" in text
    assert 'href="https://f.example/x"' in html


def test_an_inbox_of_ones_own_is_a_second_way(world: World) -> None:
    inbox = MaildirInbox(kind="maildir", path="mail", reply_to="care@example.com")
    world.settings = world.settings.model_copy(update={"inbox": inbox})
    row = written(world)
    url, mailto = row.headers["List-Unsubscribe"].split(", ")
    assert url.startswith("<https://f.example/unsubscribe/")
    assert mailto == f"<mailto:{row.reply_to}?subject=unsubscribe>"
