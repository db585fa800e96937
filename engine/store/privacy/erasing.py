"""Erasing a person: keys and counts stay, so that nothing is sent again and figures stay true; all else goes.

Occurrence keys, what was done when and by whom, and the suppression list's channels and categories are kept. What
others wrote about him into texts of their own is found where it names him: messages to colleagues lose their words.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, delete, false, func, or_, select, update

from engine.domain.words import Audience, Delivery
from engine.store.archive_tables import delivery_archive
from engine.store.facts.dirty import touch_leads
from engine.store.facts.restrictions import ERASED, restriction_of, tell_erased
from engine.store.ledger import delivery, occasion
from engine.store.privacy.parts import BLANK_LEAD, PARTS, holds
from engine.store.privacy.withdrawing import call_back
from engine.store.tables import account, lead, suppression
from engine.store.web_tables import day_note, idempotency_key

_d = delivery.c
SHORTEST = 2
"""Letters that a name, address or number must have to be looked for in texts. Ours."""
_NAMING = ("id", "name", "email", "phone", "wecom")


def naming(row: Mapping[str, Any]) -> frozenset[str]:
    """What names a lead in texts, from his row."""
    return frozenset(str(row[field]) for field in _NAMING if row[field] and len(str(row[field])) >= SHORTEST)


def about(names: Collection[str], table: Table = delivery) -> ColumnElement[bool]:
    """Messages to colleagues whose words name him."""
    words = (table.c.subject, table.c.text, table.c.html)
    said = [holds(column, name) for name in sorted(names) for column in words]
    return (table.c.audience != Audience.LEAD) & or_(false(), *said)


def erase(connection: Connection, lead_id: str, house: Mapping[str, str], actor: str, now: int) -> None:
    """Erase a lead who is restricted and withdrawn already. `house`: its country, timezone and locale.

    Done twice it does the same once more: what was written about him in between goes too.
    """
    row = dict(connection.execute(select(lead).where(lead.c.id == lead_id).with_for_update()).mappings().one())
    names = naming(row)
    _unsay(connection, names, now)
    _drop_answers(connection, names)
    _unsay_days(connection, names)
    connection.execute(delete(suppression).where(suppression.c.lead == lead_id, suppression.c.address.is_not(None)))
    connection.execute(
        update(occasion)
        .where(occasion.c.lead == lead_id, occasion.c.ended_at.is_(None))
        .values(ended_at=now, end_reason=ERASED)
    )
    for part in PARTS:
        if part.blank is None:
            connection.execute(delete(part.table).where(part.theirs(lead_id)))
        elif part.blank:
            connection.execute(update(part.table).where(part.theirs(lead_id)).values(dict(part.blank)))
    first = restriction_of(connection, lead_id).erased_at is None
    blank = {**BLANK_LEAD, **house, "name": lead_id, "erased_at": now} if first else {**BLANK_LEAD, **house}
    connection.execute(update(lead).where(lead.c.id == lead_id).values(blank))
    _drop_account(connection, row["account"])
    if first:
        tell_erased(connection, lead_id, actor, now)
        touch_leads(connection, [lead_id], ERASED, now)


def _unsay(connection: Connection, names: Collection[str], now: int) -> None:
    """Messages to colleagues that name him: those that wait are written anew, the others lose their words."""
    call_back(connection, about(names), now)
    over = _d.state.not_in((Delivery.CLAIMED, Delivery.SENDING))
    wordless = {"subject": "", "text": "", "html": ""}
    connection.execute(update(delivery).where(over, about(names)).values(wordless))
    connection.execute(update(delivery_archive).where(about(names, delivery_archive)).values(wordless))


def _drop_answers(connection: Connection, names: Collection[str]) -> None:
    """What was answered to requests about him; sent once more they are done once more, and refused."""
    said = [holds(idempotency_key.c.answer, name) for name in sorted(names)]
    connection.execute(delete(idempotency_key).where(or_(false(), *said)))


def _unsay_days(connection: Connection, names: Collection[str]) -> None:
    """What reps said of their days, where it names him."""
    said = [holds(column, name) for name in sorted(names) for column in (day_note.c.problems, day_note.c.measures)]
    connection.execute(update(day_note).where(or_(false(), *said)).values(problems="", measures=""))


def _drop_account(connection: Connection, ident: str | None) -> None:
    """A company that was known only by him."""
    if ident is None:
        return
    members = select(func.count()).select_from(lead).where(lead.c.account == ident)
    if connection.execute(members).scalar_one() == 0:
        connection.execute(delete(account).where(account.c.id == ident))
