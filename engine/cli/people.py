"""`log` and `lead`: what was said with a customer, and what is known of him."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import click

from engine.cli.common import Command, Group, actor_option, json_option, now_option, opened, pair
from engine.cli.looks import in_a_list, keep_look
from engine.cli.output import print_json, print_rows, styled
from engine.cli.privacy import erase, export, restrict, restriction_line
from engine.cli.times import Given, WhenType
from engine.cli.unreadable import say_if_unreadable
from engine.domain.addresses import numbers_meant
from engine.domain.civil import local
from engine.domain.talks import SCORES
from engine.stages import acts
from engine.stages.known import known_lead
from engine.store.database import Connection
from engine.store.facts.circumstances import list_circumstances
from engine.store.facts.duplicates import Duplicate, all_duplicates
from engine.store.facts.gate_events import gate_events_of
from engine.store.lookups import customers

FOUND = 50
"""How many leads `lead find` lists."""
DUPLICATES = 200
"""How many values of each field `lead duplicates` lists."""
LATEST = 10
"""How many interactions `lead show` shows."""


@click.command(cls=Command)
@click.argument("lead_id", metavar="LEAD")
@click.option("--outcome", required=True, metavar="WORD", help="What came of it: reached, no_answer, ...")
@click.option("--channel", metavar="WORD", help="How: phone, visit, wecom, ...")
@click.option("--purpose", metavar="WORD", help="What for, a word of config.yaml: call, visit, service, ...")
@click.option("--at", type=WhenType(), metavar="ISO8601", help="When it happened, by the lead's clock. [default: now]")
@click.option("--note", metavar="TEXT", help="What was said, what is needed.")
@click.option("--benefit", metavar="TEXT", help="What the customer had of it.")
@click.option("--next", "appointment", metavar='"DATE purpose"', help='The next appointment: "2026-03-01T14:00 visit".')
@click.option("--next-step", metavar="TEXT", help="What was agreed to be done next.")
@click.option("--score", type=click.IntRange(*SCORES), help="What he answered to a survey, 10 is the best.")
@now_option
@actor_option
def log(
    lead_id: str, outcome: str, channel: str | None, purpose: str | None, at: Given | None, note: str | None,
    benefit: str | None, appointment: str | None, next_step: str | None, score: int | None, now: Given | None,
    actor: str,
) -> None:  # fmt: skip
    """Log a talk with a lead, or an attempt.

    And the next appointment, if one was made.

    Example: followup log wang-0001 --outcome reached --next "2026-03-01 visit"
    """
    with opened(now) as app:
        with app.db.reading() as connection:
            zone = str(known_lead(connection, lead_id)["timezone"])
        moment = at.instant(zone) if at else app.clock.now()
        talk = acts.Talk(lead_id, outcome, moment, channel, purpose, note, benefit, appointment, score, next_step)
        starts_at = acts.log_talk(app.db, app.settings, talk, actor, app.clock.now())
        kind = "contact" if outcome in app.settings.vocabularies.effective_outcomes else "attempt"
    click.echo(f"logged a {kind} with {lead_id}: {outcome}".replace("a attempt", "an attempt"))
    if starts_at is not None:
        click.echo(f"next appointment: {local(starts_at, zone).isoformat(timespec='minutes')}")


@click.group(cls=Group)
def lead() -> None:
    """Find, show and change leads."""


@lead.command("find")
@click.argument("text", metavar="TEXT")
@json_option
def find(text: str, as_json: bool) -> None:
    """Leads whose id, name, address, number or company holds the text; a number in any notation.

    Of who is confidential only the initial.

    Example: followup lead find wang
    """
    with opened(read_only=True) as app, app.db.reading() as connection:
        numbers = numbers_meant(text, app.settings.defaults.country)
        rows = [in_a_list(row) for row in customers.find_leads(connection, text, FOUND, numbers)]
    if as_json:
        print_json(rows)
        return
    print_rows(rows, ("id", "name", "company", "owner", "tier", "grade", "stage", "status"), f'no lead holds "{text}"')
    if len(rows) == FOUND:
        click.echo(f"only the first {FOUND} are shown; give more of the name", err=True)


@lead.command("duplicates")
@json_option
def duplicates(as_json: bool) -> None:
    """Leads that share a telephone, an e-mail address or a WeCom id.

    They are perhaps one person, perhaps two of one company; nothing is ever merged.

    Example: followup lead duplicates --json
    """
    with opened(read_only=True) as app, app.db.reading() as connection:
        found = list(all_duplicates(connection, DUPLICATES))
    if as_json:
        print_json([duplicate_row(one) for one in found])
    else:
        print_duplicates(found)
    if any(count == DUPLICATES for count in Counter(one.field for one in found).values()):
        click.echo(f"only the first {DUPLICATES} of a kind are shown", err=True)


def print_duplicates(found: Sequence[Duplicate]) -> None:
    """As a table: the field, its value, the leads that have it."""
    rows = [{**duplicate_row(one), "leads": ", ".join(one.leads)} for one in found]
    print_rows(rows, Duplicate._fields, "no two leads share a telephone, an address or a WeCom id")


def duplicate_row(one: Duplicate) -> dict[str, Any]:
    """As JSON tells it."""
    return {"field": one.field, "value": one.value, "leads": list(one.leads)}


@lead.command("show")
@click.argument("lead_id", metavar="ID")
@json_option
def show(lead_id: str, as_json: bool) -> None:
    """Everything known of a lead: fields, dates, records, what goes on in his life, the latest interactions,
    and what gates said of changes. A look at who is confidential is put down.

    Example: followup lead show wang-0001
    """
    with opened(read_only=True) as app, app.db.reading() as connection:
        say_if_unreadable(app, connection, lead_id)
        known = _known(connection, lead_id)
    keep_look(known, "lead show")
    if as_json:
        print_json([known])
    else:
        click.echo("\n".join(_lines(known)))


@lead.command("set")
@click.argument("lead_id", metavar="ID")
@click.argument("fields", metavar="FIELD=VALUE...", nargs=-1, required=True)
@now_option
@actor_option
def set_fields(lead_id: str, fields: tuple[str, ...], now: Given | None, actor: str) -> None:
    """Change fields of a lead, named and written as import columns are; FIELD= clears one.

    Gates are asked first; exit 1 if one refuses.

    Example: followup lead set wang-0001 tier=gold date.birthday=1988-05-12
    """
    cells = dict(pair(field, "tier=gold") for field in fields)
    with opened(now) as app:
        changed = acts.set_lead(app.db, app.settings, app.gates(), lead_id, cells, actor, app.clock.now())
    click.echo(f"{lead_id}: {', '.join(fields) if changed else 'nothing to change'}")


for _command in (export, restrict, erase):
    lead.add_command(_command)

_OURS = ("shard", "judge_version", "last_contact_ref")
_RECORD = ("id", "kind", "product", "at", "starts_at", "ends_on", "due_on", "amount", "note")
_OPPORTUNITY = ("id", "product", "stage", "expected_close_on", "amount", "open", "note")
_INTERACTION = ("at", "channel", "purpose", "outcome", "effective", "rep", "benefit", "note", "next_step", "score")
_GATE_EVENT = ("at", "gate", "outcome", "change", "evidence", "actor", "role", "cause")
_CIRCUMSTANCE = ("id", "kind", "severity", "starts_at", "ends_at", "scope", "region")


def _known(connection: Connection, lead_id: str) -> dict[str, Any]:
    """The keys of `lead show --json`; instants by the lead's clock."""
    row = known_lead(connection, lead_id, erased_too=True)
    zone = str(row["timezone"])
    listed: dict[str, tuple[Sequence[Mapping[Any, Any]], Sequence[str]]] = {
        "records": (customers.records_of(connection, lead_id), _RECORD),
        "opportunities": (customers.opportunities_of(connection, lead_id), _OPPORTUNITY),
        "circumstances": (list_circumstances(connection, lead_id=lead_id), _CIRCUMSTANCE),
        "interactions": (customers.interactions_of(connection, lead_id, LATEST), _INTERACTION),
        "gates": (gate_events_of(connection, lead_id, LATEST), _GATE_EVENT),
    }
    known = {name: _told(name, row[name], zone) for name in row if name not in _OURS}
    dates = customers.dates_of(connection, lead_id)
    known["dates"] = [{"id": one["id"], "kind": one["kind"], "date": _date(one)} for one in dates]
    for name, (rows, columns) in listed.items():
        known[name] = [{column: _told(column, one[column], zone) for column in columns} for one in rows]
    return known


def _told(name: str, value: Any, zone: str) -> Any:
    is_instant = (name == "at" or name.endswith("_at")) and isinstance(value, int)
    return local(value, zone).isoformat(timespec="minutes") if is_instant else value


def _date(row: Mapping[str, Any]) -> str:
    """As it is imported: `1988-05-12`, `--05-12`, `lunar:1987-L06-10`."""
    year = "--" if row["year"] is None else f"{row['year']:04d}-"
    leap = "L" if row["leap"] else ""
    return f"{'lunar:' if row['calendar'] == 'lunar' else ''}{year}{leap}{row['month']:02d}-{row['day']:02d}"


def _lines(known: Mapping[str, Any]) -> Iterator[str]:
    yield styled(f"{known['id']}  {known['name']}", bold=True) + ("  confidential" if known["confidential"] else "")
    if known["restricted_at"] is not None:
        yield f"  {styled(restriction_line(known), fg='yellow')}"
    for name, value in known.items():
        if isinstance(value, list) and name not in ("channels", "observances", "portrait_missing"):
            yield from _list_lines(name, value)
        elif name not in ("id", "name") and value not in (None, "", False, {}, []):
            yield f"  {name:<22}{value if not isinstance(value, list) else ', '.join(value)}"


def _list_lines(name: str, rows: list[Mapping[str, Any]]) -> Iterator[str]:
    if rows:
        yield styled(f"  {name}", bold=True)
    for row in rows:
        yield "    " + "  ".join(f"{key} {value}" for key, value in row.items() if value not in (None, "", False))
