"""Logging what happened between reps and leads, and counting it in the same transaction."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select, update

from engine.domain.talks import TalkEntry
from engine.ground.errors import FollowupError
from engine.store.facts.dirty import chunks, touch_colleagues, touch_leads, with_colleagues
from engine.store.many import insert_ignore, write_many
from engine.store.tables import account, interaction, last_talk, lead

_COUNTED = (
    "contacts", "attempts", "contacts_since_order", "contacts_since_owner", "last_contact_at", "last_contact_ref",
    "last_attempt_at", "last_outcome", "last_score", "last_score_at",
)  # fmt: skip
_READ = select(*(lead.c[name] for name in ("id", "account", "last_order_at", "owner_since_at", *_COUNTED)))
_UPDATE = update(lead).where(lead.c.id == bindparam("b_id")).values({name: bindparam(f"b_{name}") for name in _COUNTED})
_LATER = (
    update(last_talk)
    .where(last_talk.c.lead == bindparam("b_lead"), last_talk.c.word == bindparam("b_word"))
    .values(at=bindparam("b_at"), interaction=bindparam("b_interaction"))
)

Values = dict[str, Any]


@dataclass(frozen=True)
class Interaction:
    """One human exchange with a lead, or an attempt at one. `at` is when it happened (epoch seconds)."""

    id: str
    lead: str
    at: int
    outcome: str
    effective: bool  # a contact; else an attempt
    rep: str | None = None
    channel: str | None = None
    purpose: str | None = None
    benefit: str | None = None
    note: str | None = None
    touch: int | None = None  # the signed greeting it stands for
    score: int | None = None  # what the lead answered to a survey, 0 (worst) to 10
    next_step: str | None = None  # what was agreed to be done next


def log_interaction(connection: Connection, entry: Interaction, now: int) -> bool:
    """Write it and count it; False: an interaction of that id is there already, and nothing was done.

    One that is logged late counts in full, but moves `last_contact` or `last_attempt` only forward, and counts
    since an order or owner only if it came after. FollowupError: there is no such lead, or he was erased.
    """
    return bool(log_interactions(connection, [entry], now))


def log_interactions(connection: Connection, entries: Sequence[Interaction], now: int) -> frozenset[str]:
    """The same for a batch in which each id stands once; the ids of those that are new."""
    leads = _locked(connection, {entry.lead for entry in entries})
    known = told_before(connection, [entry.id for entry in entries])
    new = [entry for entry in entries if entry.id not in known]
    for entry in new:
        if entry.lead not in leads:
            raise FollowupError(f'there is no lead "{entry.lead}"')
    rows = [_row(entry, leads[entry.lead], now) for entry in new]
    if insert_ignore(connection, interaction, rows) < len(new):
        raise FollowupError("an interaction was logged twice at the same moment; try again")
    for entry in new:
        _count(entry, leads[entry.lead])
    concerned = sorted({entry.lead for entry in new})
    counted = [{f"b_{name}": leads[ident][name] for name in ("id", *_COUNTED)} for ident in concerned]
    write_many(connection, _UPDATE, counted)
    _keep_latest(connection, [entry for entry in new if entry.effective])
    _count_for_accounts(connection, new, leads)
    touch_leads(connection, concerned, "interaction", now)
    touch_colleagues(connection, {leads[one]["account"] for one in concerned} - {None}, concerned, now)
    return frozenset(entry.id for entry in new)


def _row(entry: Interaction, known: Values, now: int) -> Values:
    """A greeting that comes back gives way to the contact before it."""
    before = known["last_contact_at"] if entry.touch is not None else None
    return asdict(entry) | {"logged_at": now, "account": known["account"], "contact_before_at": before}


def told_before(connection: Connection, ids: Collection[str]) -> dict[str, TalkEntry]:
    """Those of the interactions that are logged, by id."""
    columns = [interaction.c[name] for name in TalkEntry.__dataclass_fields__]
    found: dict[str, TalkEntry] = {}
    for chunk in chunks(sorted(ids)):
        rows = connection.execute(select(*columns).where(interaction.c.id.in_(chunk)))
        found |= {row.id: TalkEntry(*row) for row in rows}
    return found


def _locked(connection: Connection, ids: Collection[str]) -> dict[str, Values]:
    """What is counted of the leads, kept from other writers until the transaction ends; with their colleagues, whose
    versions change as well: two who log talks with one account wait for each other only in one direction."""
    found: dict[str, Values] = {}
    for chunk in chunks(with_colleagues(connection, ids)):
        query = _READ.where(lead.c.id.in_(chunk), lead.c.erased_at.is_(None)).order_by(lead.c.id).with_for_update()
        found |= {row["id"]: dict(row) for row in connection.execute(query).mappings()}
    return found


def _count(entry: Interaction, known: Values) -> None:
    """Count it for its lead, as he is known by now."""
    latest = all(at is None or entry.at >= at for at in (known["last_contact_at"], known["last_attempt_at"]))
    if latest:
        known["last_outcome"] = entry.outcome
    if entry.score is not None and _is_later(entry.at, known["last_score_at"]):
        known |= {"last_score": entry.score, "last_score_at": entry.at}
    if not entry.effective:
        known["attempts"] += 1
        if _is_later(entry.at, known["last_attempt_at"]):
            known["last_attempt_at"] = entry.at
        return
    known["contacts"] += 1
    for epoch, began in (("order", known["last_order_at"]), ("owner", known["owner_since_at"])):
        if began is None or entry.at >= began:
            known[f"contacts_since_{epoch}"] += 1
    if _is_later(entry.at, known["last_contact_at"]):
        known |= {"last_contact_at": entry.at, "last_contact_ref": entry.id}


def _is_later(at: int, than: int | None) -> bool:
    return than is None or at > than


def _keep_latest(connection: Connection, contacts: Sequence[Interaction]) -> None:
    """Which is the latest contact of each purpose, and on each channel; the leads' rows are locked."""
    latest: dict[tuple[str, str], Interaction] = {}
    for entry in contacts:
        for word in {entry.purpose, entry.channel} - {None, ""}:
            key = (entry.lead, str(word))
            if key not in latest or entry.at > latest[key].at:
                latest[key] = entry
    known: dict[tuple[str, str], int] = {}
    for chunk in chunks(sorted({ident for ident, _ in latest})):
        for row in connection.execute(select(last_talk).where(last_talk.c.lead.in_(chunk))):
            known[row.lead, row.word] = row.at
    new = [_talk(key, entry) for key, entry in latest.items() if key not in known]
    later = [_talk(key, entry) for key, entry in latest.items() if key in known and entry.at > known[key]]
    if new:
        connection.execute(insert(last_talk), new)
    write_many(connection, _LATER, [{f"b_{name}": value for name, value in row.items()} for row in later])


def _talk(key: tuple[str, str], entry: Interaction) -> Values:
    return {"lead": key[0], "word": key[1], "at": entry.at, "interaction": entry.id}


def _count_for_accounts(connection: Connection, new: Sequence[Interaction], leads: Mapping[str, Values]) -> None:
    counts = Counter((leads[entry.lead]["account"], "contacts" if entry.effective else "attempts") for entry in new)
    for (ident, counter), number in counts.items():
        if ident is not None:
            total = account.c[counter] + number
            connection.execute(update(account).where(account.c.id == ident).values({counter: total}))
