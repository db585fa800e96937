"""Why a rule's trigger has nothing for a lead, in one line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from engine.desk.prospects import View, every_candidate
from engine.rulebook.model import Rule
from engine.rulebook.trigger_kinds import (
    YEARLY,
    BecomesTrigger,
    DateTrigger,
    DueTrigger,
    EventTrigger,
    HolidayTrigger,
    OutcomeTrigger,
    ReachesTrigger,
    ScheduleTrigger,
    SinceTrigger,
)
from engine.rulebook.wording import duration_text, value_text
from engine.store.book import planning
from engine.store.conditions.snapshots import load_snapshots
from engine.store.facts.date_policies import known_policies
from engine.store.lookups.customers import dates_of, interactions_of, opportunities_of, records_of


def why_none(rule: Rule, view: View) -> str:
    """Why the trigger has nothing for this lead, in one line."""
    lead, on = view.lead, rule.on
    if lead["status"] == planning.STATUS_GONE:
        return "the lead was erased" if lead["erased_at"] is not None else "the lead is gone from its source"
    if rule.backfill.how == "none" and any(True for _ in every_candidate(rule, view)):
        return "all of it opened before the rule was in force, and it says backfill: none"
    match on:
        case DateTrigger():
            return _no_date(on, view)
        case HolidayTrigger():
            return _no_festival(on, lead)
        case DueTrigger():
            return _nothing_due(on, view)
        case SinceTrigger():
            return _no_timestamp(on, view)
        case ReachesTrigger():
            return _not_reached(on, lead)
        case BecomesTrigger():
            days = view.settings.caps.catch_up_days
            return f"{on.field} did not become {value_text(on.value)} in the last {days} days; it is {_now(on, lead)}"
        case EventTrigger():
            return f"no {_listed(on.kinds)} applies to the lead"
        case OutcomeTrigger():
            return _no_outcome(on, view)
        case ScheduleTrigger():
            return f"it comes by the clock for each {on.for_each}, not for a lead"


def _no_date(on: DateTrigger, view: View) -> str:
    dates = [row for row in dates_of(view.connection, str(view.lead["id"])) if row["kind"] == on.kind]
    if not dates:
        return f"the lead has no date of kind {on.kind}"
    if on.every != YEARLY and all(row["year"] is None for row in dates):
        return f"the year of {on.kind} is unknown, from which every {duration_text(on.every)} is counted"
    if on.returns(view.settings.date_policy) not in known_policies(view.connection):
        return f"returns of {on.kind} as this rule counts them are worked out at the first tick with it in force"
    if on.only:
        return f"the next return of {on.kind} is not one of {value_text(on.only)}"
    return f"{on.kind} does not return in the next year"


def _no_festival(on: HolidayTrigger, lead: Mapping[str, Any]) -> str:
    own = lead["observances"]
    if own and not set(own) & set(on.festivals):
        return f"the lead observes {_listed(own, 'and')}, not {_listed(on.festivals)}"
    return f"{_listed(on.festivals)} is not kept in {lead['country']}, or has no day there in the next year"


def _nothing_due(on: DueTrigger, view: View) -> str:
    """Nothing of that kind, nothing of it still open, or nothing with a day."""
    lead_id, (kind, _, name) = str(view.lead["id"]), on.field.partition(".")
    if kind == "attrs":
        return f"{on.field} is {view.lead['attrs'].get(name, 'missing')}"
    if kind == "opportunity":
        rows = opportunities_of(view.connection, lead_id)
        closed = bool(rows) and not any(row["open"] for row in rows)
        return "no opportunity of the lead is open" if closed or not rows else "no open opportunity has expected_close"
    rows = [row for row in records_of(view.connection, lead_id) if row["kind"] == kind]
    return f"no {kind} of the lead has {name}" if rows else f"the lead has no {kind}"


def _no_outcome(on: OutcomeTrigger, view: View) -> str:
    """What was logged last, if anything was."""
    days = view.settings.caps.catch_up_days
    narrowed = [f"by {_listed(on.channels)}"] if on.channels else []
    narrowed += [f"for {_listed(on.purposes)}"] if on.purposes else []
    wanted = " ".join((_listed(on.outcomes), *narrowed))
    last = next(iter(interactions_of(view.connection, str(view.lead["id"]), 1)), None)
    shown = f"the last one was {last['outcome']}" if last else "nothing was"
    return f"no {wanted} was logged in the last {days} days; {shown}"


def _no_timestamp(on: SinceTrigger, view: View) -> str:
    lead = view.lead
    if on.record == "opportunity":
        return "no opportunity of the lead is open"
    if on.record:
        rows = [row for row in records_of(view.connection, str(lead["id"])) if row["kind"] == on.record]
        return f"no {on.record} of the lead has an instant" if rows else f"the lead has no {on.record}"
    names = [*on.latest, on.otherwise] if on.otherwise else list(on.latest)
    if not any(_instants(names, view)):
        return f"{_listed(names, 'and')} {'is' if len(names) == 1 else 'are'} missing"
    return f"after: no case for {on.after.by} {lead.get(on.after.by) or 'missing'}, and no else"


def _instants(names: Sequence[str], view: View) -> list[object]:
    """The lead's timestamps of those names, None where one is missing."""
    lead_id = str(view.lead["id"])
    paths = frozenset(f"age.{name}" for name in names)
    snapshot = load_snapshots(view.connection, [lead_id], paths, view.now, circumstances=False)[lead_id]
    return [snapshot.values[f"age.{name}"] for name in names]


def _not_reached(on: ReachesTrigger, lead: Mapping[str, Any]) -> str:
    name = on.counter if on.epoch == "registered" else f"{on.counter}_since_{on.epoch}"
    return f"{name} is {lead.get(name, 'unknown')}, wanted {on.value}"


def _now(on: BecomesTrigger, lead: Mapping[str, Any]) -> str:
    return str(lead.get(on.field) or "missing")


def _listed(words: Sequence[str], last: str = "or") -> str:
    return f" {last} ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else list(words))
