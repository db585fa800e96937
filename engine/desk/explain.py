"""Why a rule fired for a lead, or did not: its segment, its trigger, its touches, and the policies over them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

from engine.desk.bites import Bite, Days, bites, subjects
from engine.desk.gate_story import GateStory, gate_stories
from engine.desk.prospects import Prospect, View, prospects
from engine.desk.rivals import ending
from engine.desk.way_story import ways_taken
from engine.desk.why_none import why_none
from engine.domain.civil import local, local_date
from engine.domain.words import TOUCH_OPEN
from engine.ground.durations import parse_duration
from engine.rulebook.conditions import TRUE, All, AnyOf, Condition
from engine.rulebook.evaluate import Failure, Snapshot, first_failed, holds
from engine.rulebook.model import Rule, RuleBook, Step
from engine.settings.model import Settings
from engine.stages.ingest.story import phase_of, warned
from engine.stages.known import known_lead
from engine.stages.release.days import look_back, reach_of
from engine.stages.since_then import asks_what_was_logged, paths_of_leads, reads_occasion, since_then
from engine.store.book import causes
from engine.store.conditions.snapshots import load_snapshots
from engine.store.database import Connection
from engine.store.facts.circumstances import list_circumstances
from engine.store.facts.gate_events import gate_events_of
from engine.store.facts.suppressions import entries_of
from engine.store.lookups import lookups
from engine.store.lookups.customers import lead_day

SAID = 10
"""How many of the latest words of gates, and of feeds, are told."""

AHEAD = timedelta(days=32)
"""How far ahead the touches of the book are read that policies are asked about."""


@dataclass(frozen=True)
class TriggerStory:
    """What the rule's trigger has for the lead. `why_not` is "" where something is still to come."""

    found: int
    next_due_at: str | None
    next_step: str | None
    why_not: str


@dataclass(frozen=True)
class StepStory:
    """A step and, if its `if` does not hold now, what keeps it; and how many days before its occasion it is begun at
    the latest, for which region or country (or `else`), where that differs by place."""

    step: str
    first_failed: Failure | None
    days_ahead: int | None = None
    days_for: str = ""


@dataclass(frozen=True)
class RuleStory:
    """One rule and one lead. `matched` is the segment; a near miss fails by exactly one comparison.

    Policies are asked about what waits in the book, else about what the next occasion (or one now) would bring.
    """

    rule: str
    summary: str
    enabled: bool
    matched: bool
    first_failed: Failure | None
    near_miss: bool
    trigger: TriggerStory
    steps: tuple[StepStory, ...]
    touches: tuple[Mapping[str, Any], ...]
    policies: tuple[Bite, ...]

    @property
    def is_ahead(self) -> bool:
        """Whether the rule still has something for the lead: in the book, or coming."""
        waits = any(touch["state"] in TOUCH_OPEN for touch in self.touches)
        return waits or (self.matched and not self.trigger.why_not)

    def as_json(self) -> dict[str, Any]:
        """The keys of `explain --json`."""
        story = asdict(self)
        story["policies"] = [
            {"policy": one.policy, "effect": one.effect, "bites": one.bites, "step": one.step,
             "first_failed": None if one.failed is None else asdict(one.failed)}
            for one in self.policies
        ]  # fmt: skip
        return story


@dataclass(frozen=True)
class Explanation:
    """A lead (his row) at an instant, and every rule that was asked about."""

    lead: Mapping[str, Any]
    at: int
    rules: tuple[RuleStory, ...]
    circumstances: tuple[Mapping[str, Any], ...] = ()  # what applies to the lead, or did
    warnings: tuple[Mapping[str, Any], ...] = ()  # what feeds told of where he lives, also what did nothing
    would_say: tuple[GateStory, ...] = ()  # what each gate would say of a change now
    stopped: tuple[Mapping[str, Any], ...] = ()  # what he does not want to receive
    gates: tuple[Mapping[str, Any], ...] = ()  # what gates said of changes of the lead, latest first


def explain(
    connection: Connection, settings: Settings, book: RuleBook, lead_id: str, at: int, rule: str = ""
) -> Explanation:
    """The facts as they are, read at the instant `at`. UsageError: there is no such lead.

    Schedules are not about leads: one is told of only if it is asked for.
    """
    lead = known_lead(connection, lead_id, erased_too=True)
    view = View(connection, settings, lead, at)
    days = _days(view, book)
    chosen = [one for one in book.rules if (one.of_leads if not rule else one.id == rule)]
    stories = tuple(_story(one, book, view, days) for one in chosen)
    around, told, stopped = tuple(_circumstances(view)), tuple(_warnings(view)), tuple(_stopped(view))
    if rule:
        return Explanation(lead, at, stories, around, told, stopped=stopped)
    would_say = tuple(gate_stories(connection, settings, book, lead, at))
    return Explanation(lead, at, stories, around, told, would_say, stopped, tuple(_gates(view)))


def failing(condition: Condition, snapshot: Snapshot) -> int:
    """How many comparisons would have to turn for the condition to hold; of alternatives, the fewest."""
    match condition:
        case All(items):
            return sum(failing(item, snapshot) for item in items)
        case AnyOf(items):
            return min((failing(item, snapshot) for item in items), default=1)
        case _:
            return 0 if holds(condition, snapshot) else 1


def _days(view: View, book: RuleBook) -> Days:
    conditions = [rule.segment for rule in book.rules if rule.of_leads]
    conditions += [step.condition for rule in book.rules for step in rule.steps]
    conditions += [rule.until for rule in book.rules if rule.until is not None]
    conditions += [policy.lead for policy in book.policies]
    paths = paths_of_leads(conditions)
    lead_id = str(view.lead["id"])
    snapshot = load_snapshots(view.connection, [lead_id], paths, view.now, circumstances=True)[lead_id]
    today = local_date(view.now, str(view.lead["timezone"]))
    before = timedelta(seconds=look_back(book.policies, parse_duration(view.settings.caps.gap)))
    touches = lead_day(view.connection, lead_id, (today - before).isoformat(), (today + AHEAD).isoformat())
    ends = ending(view.connection, view.settings, book, view.lead, snapshot, touches)
    return Days(snapshot, touches, reach_of(book.policies), ends)


def _story(rule: Rule, book: RuleBook, view: View, days: Days) -> RuleStory:
    segment = rule.segment if rule.of_leads else TRUE
    failed = first_failed(segment, days.snapshot)
    found = prospects(rule, view, matched=failed is None)
    coming = _coming(found, view.now)
    dues = dict(coming.dues) if coming else {}
    return RuleStory(
        rule.id, rule.summary, rule.enabled, failed is None, failed,
        near_miss=failing(segment, days.snapshot) == 1,
        trigger=_trigger(rule, found, coming, view),
        steps=tuple(_steps(rule, view, days.snapshot)),
        touches=tuple(_touches(rule, view)),
        policies=tuple(bites(book.policies, subjects(rule, dues, days), days)),
    )  # fmt: skip


def _steps(rule: Rule, view: View, snapshot: Snapshot) -> Iterator[StepStory]:
    """Each step, read as its latest occasion in the book would have it; without one, nothing has happened yet."""
    conditions = [step.condition for step in rule.steps]
    if any(reads_occasion(condition) for condition in conditions):
        began = lookups.latest_occasion(view.connection, rule.id, snapshot.lead)
        at = view.now if began is None else began
        replies = view.settings.vocabularies.reply_outcomes
        asked = [(snapshot.lead, at)] if asks_what_was_logged(conditions) else []
        since = since_then(view.connection, asked, replies)
        snapshot = since.seen(snapshot, SimpleNamespace(**view.lead), at, with_its_cause=True)
    return (StepStory(step.id, first_failed(step.condition, snapshot), *_post(step, view)) for step in rule.steps)


def _post(step: Step, view: View) -> tuple[int | None, str]:
    """The days of the slowest of its ways to the lead, and the place in their table that counts for him."""
    found = [post.nearest(view.lead["region"], str(view.lead["country"])) for post in step.posts]
    place, days = max(found, key=lambda one: one[1], default=("", None))
    return days, place


def _coming(found: Sequence[Prospect], now: int) -> Prospect | None:
    """The occasion whose step comes next."""
    ahead = [one for one in found if one.last_due >= now and not one.why_not]
    return min(ahead, key=lambda one: min(due for _, due in one.dues if due >= now), default=None)


def _trigger(rule: Rule, found: Sequence[Prospect], coming: Prospect | None, view: View) -> TriggerStory:
    if coming is not None:
        step, due_at = min((pair for pair in coming.dues if pair[1] >= view.now), key=lambda pair: pair[1])
        return TriggerStory(len(found), _iso(due_at, view), step, "")
    if not found:
        return TriggerStory(0, None, None, why_none(rule, view))
    kept = next((one for one in found if one.last_due >= view.now), None)
    if kept is not None:
        return TriggerStory(len(found), None, None, kept.why_not)
    last = max(one.last_due for one in found)
    return TriggerStory(len(found), None, None, f"its last step was due {_iso(last, view)}")


def _iso(at: int, view: View) -> str:
    """An instant by the lead's clock."""
    return local(at, str(view.lead["timezone"])).isoformat(timespec="minutes")


_SHOWN = (
    "id", "step", "receiver", "absent", "occurrence_key", "state", "reason", "policy", "merged_into", "signed_by",
    "changed", "carried_by",
)  # fmt: skip


def _chain(row: Mapping[str, Any], view: View) -> list[dict[str, Any]]:
    """Of a change that is held because rules made each other change too much: those changes, the latest first."""
    if row["reason"] != causes.CHAIN:
        return []
    found = causes.chain(view.connection, row["lead"], row["anchor"])
    return [link._asdict() | {"at": _iso(link.at, view)} for link in found]


def _touches(rule: Rule, view: View) -> Iterator[Mapping[str, Any]]:
    """What the book holds of the rule, each touch with all that was said about it."""
    only = lookups.Filter(lead=str(view.lead["id"]), rule=rule.id)
    rows = list(lookups.touches(view.connection, only))
    said = lookups.verdicts(view.connection, [row["id"] for row in rows])
    sent = list(lookups.deliveries(view.connection, only)) if rows else []
    for row in rows:
        shown = {name: row[name] for name in _SHOWN}
        shown["occasion"] = row["anchor"]
        shown["due_at"] = local(row["due_at"], row["zone"]).isoformat(timespec="minutes")
        shown["chain"] = _chain(row, view)
        shown["ways"] = list(ways_taken(row, [one for one in sent if one["touch"] == row["id"]]))
        shown["verdicts"] = [
            {"policy": one["policy"], "effect": one["effect"], "facts": one["facts"], "at": _iso(one["at"], view)}
            for one in said.get(row["id"], ())
        ]
        yield shown


def _circumstances(view: View) -> Iterator[Mapping[str, Any]]:
    for row in list_circumstances(view.connection, lead_id=str(view.lead["id"])):
        ends_at = None if row["ends_at"] is None else _iso(row["ends_at"], view)
        yield {"id": row["id"], "kind": row["kind"], "phase": phase_of(dict(row), view.now), "by": row["actor"],
               "starts_at": _iso(row["starts_at"], view), "ends_at": ends_at}  # fmt: skip


def _warnings(view: View) -> Iterator[Mapping[str, Any]]:
    """The latest messages of feeds about where he lives."""
    for row in warned(view.connection, view.lead, view.now)[-SAID:]:
        yield {"at": _iso(row["sent_at"], view), **{name: row[name] for name in ("id", "act", "feed", "here", "told")}}


def _stopped(view: View) -> Iterator[Mapping[str, Any]]:
    """What the suppression list has of the lead."""
    for entry in entries_of(view.connection, str(view.lead["id"])):
        yield {**entry._asdict(), "at": _iso(entry.at, view)}


def _gates(view: View) -> Iterator[Mapping[str, Any]]:
    """Each time a gate refused or flagged a change of the lead."""
    for row in gate_events_of(view.connection, str(view.lead["id"]), SAID):
        yield {**row, "at": _iso(row["at"], view)}
