"""`explain`: why a rule fired for a lead, or did not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

import click

from engine.cli.authoring import checked_folder
from engine.cli.common import Command, json_option, now_option, opened
from engine.cli.looks import keep_look
from engine.cli.output import COLOURS, print_json, receiver_shown, styled
from engine.cli.privacy import restriction_line
from engine.cli.times import Given, WhenType
from engine.cli.unreadable import say_if_unreadable
from engine.desk.explain import Explanation, RuleStory
from engine.desk.explain import explain as explain_lead
from engine.desk.gate_story import GateStory
from engine.desk.way_story import PASSED_OVER
from engine.domain.civil import local
from engine.domain.discretion import initial
from engine.rulebook.evaluate import Failure
from engine.rulebook.wording import effect_text, value_text
from engine.service.app import App
from engine.stages.books import digest_of
from engine.stages.known import known_word
from engine.store.book.generations import active_generation


@click.command(cls=Command)
@click.argument("lead", metavar="LEAD")
@click.option("--rule", default="", metavar="ID", help="Only this rule.")
@click.option("--at", type=WhenType(), metavar="ISO8601", help="Read today's facts at another instant.")
@json_option
@now_option
def explain(lead: str, rule: str, at: Given | None, as_json: bool, now: Given | None) -> None:
    """Say why rules fire for a lead, or do not.

    Every rule: matched or the first condition that failed, what is due, its touches, and what policies say. Without
    --rule also every gate: which changes of the lead it would refuse now, and why.

    Example: followup explain wang-0001 --rule birthday
    """
    with opened(at or now, read_only=True) as app:
        checked = checked_folder(app)
        if rule:
            known_word("rule", rule, [one.id for one in checked.book.rules], "followup rules list")
        with app.db.reading() as connection:
            say_if_unreadable(app, connection, lead)
            told = explain_lead(connection, app.settings, checked.book, lead, app.clock.now(), rule)
        keep_look(told.lead, "explain", at or now)
        _say_if_not_in_force(app, digest_of(checked.book, checked.rules, checked.templates))
    if as_json:
        warnings = ({"warning": one["id"], **one} for one in told.warnings)
        print_json((*(story.as_json() for story in told.rules), *map(_gate_json, told.would_say), *warnings))
    else:
        click.echo("\n".join(_lines(told, every_policy=bool(rule))))


def _say_if_not_in_force(app: App, digest: str) -> None:
    with app.db.reading() as connection:
        active = active_generation(connection)
    if active is None or active.digest != digest:
        click.echo("note: these are the files' rules, which are not in force yet; see: followup reload", err=True)


def _lines(told: Explanation, *, every_policy: bool) -> Iterator[str]:
    lead = told.lead
    zone = str(lead["timezone"])
    at = local(told.at, zone).isoformat(timespec="minutes")
    name = initial(str(lead["name"])) if lead["confidential"] else lead["name"]
    yield f"{styled(str(lead['id']), bold=True)}  {name}  at {at}"
    if lead["restricted_at"] is not None:
        yield f"  {styled(restriction_line(lead), fg='yellow')}"
    for event in told.circumstances:
        until = f" to {event['ends_at']}" if event["ends_at"] else ""
        yield f"  {event['phase'] or 'to come'}: {event['id']}, since {event['starts_at']}{until}, by {event['by']}"
    yield from map(_warning, told.warnings)
    yield from map(_stopped, told.stopped)
    for story in told.rules:
        yield ""
        yield f"{styled(story.rule, bold=True)}  {story.summary}" + ("" if story.enabled else "  (switched off)")
        yield from _rule_lines(story, every_policy)
    if told.would_say:
        yield ""
        yield from _would_say(told.would_say)
    for one in told.gates:
        yield ""
        yield from _gate_lines(one)


def _warning(said: Mapping[str, Any]) -> str:
    """A message of a feed about where the lead lives, and what became of it."""
    out = "" if said["here"] else ", which leaves this customer out"
    what = "; ".join(said["told"])
    return f"  told {said['at']} by feed {said['feed']}, {said['act']} {said['id']}{out}: {what}"


def _stopped(entry: Mapping[str, Any]) -> str:
    """An entry of the suppression list."""
    what = f"{entry['category'] or 'everything'} by {entry['channel'] or 'every channel'}"
    return f"  {styled('stopped', fg='yellow')}: {what} since {entry['at']}: {entry['reason']}, by {entry['actor']}"


def _gate_json(story: GateStory) -> dict[str, Any]:
    """A line of `explain --json` that is about a gate: it has `gate` where those of rules have `rule`."""
    failed = None if story.failed is None else asdict(story.failed)
    return {
        "gate": story.gate, "summary": story.summary, "change": story.change, "by": story.by,
        "says": "allow" if failed is None else story.otherwise, "first_failed": failed,
    }  # fmt: skip


def _would_say(stories: Sequence[GateStory]) -> Iterator[str]:
    """What each gate would say now; those that let everything through in one line."""
    for one in stories:
        if one.failed is not None:
            change = " ".join(f"{word} {value_text(what)}" for word, what in one.change.items())
            deed = styled(f"would {one.otherwise}", fg="yellow")
            yield f"{styled(f'gate {one.gate}', bold=True)}  {deed} {change}, asked by {one.by}"
            yield f"  require {styled(_failed(one.failed), fg='yellow')}"
    quiet = sorted({one.gate for one in stories} - {one.gate for one in stories if one.failed is not None})
    if quiet:
        yield f"{styled('gates', bold=True)} that would let this lead's changes through now: {', '.join(quiet)}"


def _gate_lines(said: Mapping[str, Any]) -> Iterator[str]:
    """What a gate said of a change, and why."""
    asked = " ".join(f"{word} {value_text(what)}" for word, what in said["change"].items())
    gate = styled(f"gate {said['gate']}", bold=True)
    yield f"{gate}  {said['outcome']}: {asked}, by {said['actor']} at {said['at']}"
    yield f"  found   {styled(_failed(Failure(**said['evidence'])), fg='yellow')}"


def _rule_lines(story: RuleStory, every_policy: bool) -> Iterator[str]:
    yield "  for     " + _condition("matched", story.first_failed, story.near_miss)
    trigger = story.trigger
    coming = f"{trigger.next_step} next due {trigger.next_due_at}"
    yield "  on      " + (styled(trigger.why_not, fg="yellow") if trigger.why_not else coming)
    for step in story.steps:
        if step.first_failed is not None:
            yield f"  if      {step.step}: {_condition('', step.first_failed, False)}"
        if step.days_ahead is not None:
            yield f"  post    {step.step}: at least {step.days_ahead} days ahead ({step.days_for})"
    for touch in story.touches:
        state = str(touch["state"])
        why = f" by {touch['policy']}" if touch["policy"] else f" ({touch['reason']})" if touch["reason"] else ""
        receiver = receiver_shown(touch["receiver"], touch["absent"])
        what = f"{touch['id']} {touch['step']} to {receiver}, due {touch['due_at']}"
        yield f"  touch   {what}: {_state(state)}{why}"
        if touch["carried_by"] is not None:
            yield f"          {_carried(touch)}"
        if any(one["became"] in ("failed", PASSED_OVER) for one in touch["ways"]):
            yield f"          {'; '.join(map(_way, touch['ways']))}"
        for name, (before, after) in (touch["changed"] or {}).items():
            yield f"          {name}: {before} -> {after}"
        for link in touch["chain"]:
            change = f"{link['field']} {link['previous']} -> {link['value']}"
            yield f"          because {change} at {link['at']}, by {link['cause']}"
        for verdict in touch["verdicts"]:
            facts = ", ".join(f"{name} {value}" for name, value in verdict["facts"].items() if name != "then")
            deed = effect_text(verdict["effect"], verdict["facts"].get("then"), "it")
            yield f"          {verdict['policy']}: {deed} ({facts}) at {verdict['at']}"
    for policy in story.policies:
        if policy.bites and (story.is_ahead or every_policy):
            yield f"  policy  {styled(policy.policy, fg='yellow')} would {policy.deed}"
        elif every_policy and policy.failed is not None:
            yield f"  policy  {policy.policy} would not {policy.deed}: {_failed(policy.failed)}"


_WHY_NOT = {
    "suppression_list": "the customer does not want it there", "away": "he is away from his mail",
    "no_address": "no address is known", "no_channel": "config.yaml has no such channel",
    "other_receivers": "it does not reach such receivers", "group": "a whole group would read it",
    "closed": "its hours open too late",
}  # fmt: skip
"""Why a channel is passed over, in words."""


def _way(way: Mapping[str, str]) -> str:
    """A channel, and what became of it there."""
    if way["became"] == PASSED_OVER:
        return f"not by {way['channel']}: {_WHY_NOT[way['why']]}"
    return f"by {way['channel']}: {way['became'].replace('_', ' ')}" + (f" ({way['why']})" if way["why"] else "")


def _carried(touch: Mapping[str, Any]) -> str:
    if touch["carried_by"] == touch["id"]:
        return "its message tells of all that came up with it for this receiver"
    return f"in the message of touch {touch['carried_by']}"


def _state(state: str) -> str:
    colour = COLOURS.get(state, "")
    return styled(state, fg=colour) if colour and " " not in colour and colour != "dim" else state


def _condition(good: str, failed: Failure | None, near_miss: bool) -> str:
    if failed is None:
        return styled(good, fg="green")
    return styled(_failed(failed), fg="yellow") + ("  (near miss)" if near_miss else "")


def _failed(failed: Failure) -> str:
    return f"{failed.path}: wanted {failed.wanted}, found {failed.found}"
