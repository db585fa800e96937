"""The `schedule` trigger: slots of a cron expression, for each rep, manager or team; and what it keeps rules from."""

from __future__ import annotations

from engine.domain.slots import check_cron
from engine.domain.words import Action
from engine.ground.yamlio import Node, quoted
from engine.rulebook.actions import Deed
from engine.rulebook.parse_conditions import Scope, lead_scope
from engine.rulebook.reading import Keys, Source, read_choice, read_text
from engine.rulebook.trigger_kinds import ScheduleTrigger, Trigger

SCHEDULE_KEYS = ("schedule", "for_each")
FOR_EACH = ("rep", "manager", "team")
OF_LEADS = {
    "greet": "nobody is there to greet",
    "assign": "it is for colleagues",
    "set": "it is for colleagues",
    "notify": "it is for colleagues",
    "if": 'use "for", which reads the rep',
    "sign_by": "it is for colleagues, who get it unsigned",
    "needs": "no other step of it is of the same occasion",
}
"""Keys of a step that speak of a lead, and what to do in a schedule, which has none."""
OF_MESSAGES = ("template", "via", "urgent", "window")
"""Keys of a message of its own, which an entry in somebody's digest is not."""


def read_schedule(source: Source, node: Node) -> Trigger | None:
    """`{schedule: "0 8 * * mon-fri", for_each: rep}`"""
    keys = Keys(source, node, '"on"', SCHEDULE_KEYS)
    cron_node, each_node = keys.get("schedule"), keys.get("for_each")
    cron = read_text(source, cron_node, "schedule") if cron_node else None
    each = read_choice(source, each_node, "for_each", "R222", "for_each", FOR_EACH) if each_node else FOR_EACH[0]
    if cron is None or cron_node is None:
        return None
    try:
        check_cron(cron)
    except ValueError as error:
        hint = 'write minute hour day month weekday, e.g. "0 8 * * mon-fri"'
        source.report(cron_node, "R240", f"{quoted(cron)} is not a schedule: {error}", hint)
        return None
    return ScheduleTrigger(" ".join(cron.split()), each) if each else None


def subject_scope(source: Source, trigger: Trigger | None) -> Scope:
    """What `for` reads: the lead's fields; of a schedule those of the rep or team it is for."""
    if not isinstance(trigger, ScheduleTrigger):
        return lead_scope(source)
    team = trigger.for_each == "team"
    return Scope(source.catalogue.team_fields if team else source.catalogue.rep_fields, of_rep=True)


def check_schedule(keys: Keys, trigger: Trigger | None, deed: Deed | None) -> None:
    """Refuse what a step cannot say in a rule without a lead."""
    if not isinstance(trigger, ScheduleTrigger):
        return
    action, target = (deed.action, deed.target) if deed else (None, "")
    for key, instead in OF_LEADS.items():
        if keys.get(key):
            keys.source.report(keys.names[key], "R220", f'"{key}" speaks of a lead, and a schedule has none', instead)
    if action is Action.REMIND and target == "previous_owner":
        message = '"previous_owner" is somebody\'s towards a lead, and a schedule has none'
        keys.source.report(keys.names["remind"], "R220", message, "use owner or manager")
    if action is Action.DIGEST and target == "manager" and trigger.for_each != "manager":
        message = f"a manager would get a digest for each {trigger.for_each}"
        keys.source.report(keys.names["digest"], "R220", message, "write for_each: manager")


def is_entry(keys: Keys, trigger: Trigger | None) -> bool:
    """Whether a step is an entry in somebody's next digest: `digest` in a rule of leads."""
    return keys.get("digest") is not None and trigger is not None and not isinstance(trigger, ScheduleTrigger)


def check_entry(keys: Keys) -> None:
    """Refuse what only a message of its own has."""
    for key in OF_MESSAGES:
        if keys.get(key):
            message = f'"{key}" goes with a message of its own, not with an entry in a digest'
            keys.source.report(keys.names[key], "R220", message, "write remind for one")
