"""`account.attrs.NAME`: what the attribute says of anybody at the lead's company, himself included.

It is a list, whether the attribute is one or a single text: who decides there, which competitors they buy from.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import ColumnElement, Connection, and_, case, exists, literal, or_, select

from engine.store.aside.sound import sound_lead
from engine.store.dialects import JsonListHolds, JsonPresent, JsonText
from engine.store.tables import lead

OF_ACCOUNT = "account.attrs."

_other = lead.alias("colleague")


def among_colleagues(field: str, element: str | None) -> ColumnElement[bool]:
    """Whether somebody at the lead's company has that element, or anything at all."""
    name = field.removeprefix(OF_ACCOUNT)
    attrs = case((sound_lead(_other.c.id), _other.c.attrs))  # SQLite fails a whole statement over one broken text
    if element is None:
        has: ColumnElement[bool] = JsonPresent(attrs, name)
    else:
        has = or_(JsonListHolds(attrs, name, element), JsonText(attrs, name) == literal(element))
    return exists().where(and_(_other.c.account == lead.c.account, has)).correlate(lead)


def said_of_accounts(
    connection: Connection, leads: Sequence[str], fields: Sequence[str]
) -> Mapping[str, Mapping[str, object]]:
    """Those fields of these leads, by lead, as snapshots hold them: a sorted list, missing where nothing is said."""
    names = [field.removeprefix(OF_ACCOUNT) for field in fields]
    found: dict[str, dict[str, object]] = {}
    query = select(lead.c.id, _other.c.attrs).where(_other.c.account == lead.c.account, lead.c.id.in_(list(leads)))
    query = query.where(sound_lead(_other.c.id))
    for row in connection.execute(query):
        said = found.setdefault(row.id, {})
        for name in names:
            value, before = row.attrs.get(name), said.get(f"{OF_ACCOUNT}{name}")
            if value is not None:
                more = value if isinstance(value, list) else [value]
                said[f"{OF_ACCOUNT}{name}"] = sorted({*(before if isinstance(before, list) else ()), *more})
    return found
