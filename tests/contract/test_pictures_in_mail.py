"""A picture beside the templates: kept with the generation, and in the mail as it was written, on both databases."""

from __future__ import annotations

import base64

from engine.domain.images import ident_of
from engine.store.book import generations
from engine.store.database import Database
from tests.contract.outbox import NOON, Outbox

OLD, NEW = (base64.b64encode(b"\x89PNG" + mark).decode() for mark in (b"old", b"new"))


def test_a_mail_shows_the_picture_it_was_written_with_whatever_became_of_the_file(database: Database) -> None:
    outbox = Outbox(database)
    with outbox.db.writing() as connection:
        for number, text in enumerate((OLD, NEW)):
            files = {"images/logo.png": text, "x/mail.en.txt.j2": ""}
            generations.adopt(connection, str(number), {}, files, [], [], NOON)
    html = f'<img src="cid:{ident_of("images/logo.png", OLD)}">'
    for key in ("k1", "k2"):
        outbox.release(key, html=html)
    outbox.release("k3")
    assert outbox.send() == {"sent": 3}
    first, second, third = outbox.email.arrived
    assert [one.content for one in first.images] == [b"\x89PNGold"]
    assert [(one.name, one.media_type) for one in first.images] == [("logo.png", "image/png")]
    assert (second.images, third.images) == (first.images, ())
