"""Advice on single rules: what they leave out, whom they reach, what they sell."""

from __future__ import annotations

from collections.abc import Iterator

from engine.desk.lint.subject import Placed, Subject
from engine.desk.pool_returns import gives_to_pool
from engine.domain.words import Action, Effect
from engine.ground.errors import Problem
from engine.rulebook.conditions import TRUE, All
from engine.rulebook.model import Policy, Rule, Step
from engine.rulebook.possible import may_hold
from engine.rulebook.reading import listed
from engine.settings.model import Settings
from engine.settings.personal_model import Personal

SELLS = "sales"
DOES_NOT_SELL = ("festive", "care", "service")
FESTIVE = "festive"
MOURNING = "bereavement"
"""Words of the starter's config.yaml; a house without them gets no such advice."""


def summaries(subject: Subject) -> Iterator[Problem]:
    """L101: reminders, explain and the pages show the summary."""
    named = [("rule", rule.id, rule.summary, placed) for rule, placed in subject.rules]
    named += [("policy", policy.id, policy.summary, placed) for policy, placed in subject.policies]
    named += [("gate", gate.id, gate.summary, placed) for gate, placed in subject.gates]
    for noun, name, summary, placed in named:
        if not summary:
            yield placed.advise("id", "L101", f'{noun} "{name}" has no summary', "say in one line what it is for")


def signatures(subject: Subject) -> Iterator[Problem]:
    """L102: the better half of the tiers knows who writes."""
    tiers = subject.settings.vocabularies.tiers
    upper = tiers[: len(tiers) // 2]
    for rule, step, placed in _greetings(subject):
        whom = All((rule.segment, step.condition))
        reached = [tier for tier in upper if may_hold(whom, {"tier": tier})]
        if reached and step.sign_by is None and not _is_signed(rule, step, subject) and not _by_hand(step, subject):
            message = f'"{step.id}" greets {listed(reached, "and")} customers and nobody signs it'
            yield placed.advise("greet", "L102", message, "add sign_by, or narrow the segment by tier")


def _is_signed(rule: Rule, step: Step, subject: Subject) -> bool:
    """Whether a policy may ask for a signature, whoever the customer is."""
    wanted = [policy for policy, _ in subject.policies if policy.effect is Effect.REQUIRE_SIGNATURE]
    return any(policy.lead == TRUE and may_hold(policy.touch, touch_values(rule, step)) for policy in wanted)


def _by_hand(step: Step, subject: Subject) -> bool:
    """Whether a colleague sends it himself, whichever channel it takes: what he writes by hand is his."""
    channels = subject.settings.channels
    return all(isinstance(channels[name], Personal) for name in step.via or subject.settings.defaults.via)


def _greetings(subject: Subject) -> Iterator[tuple[Rule, Step, Placed]]:
    return (one for one in subject.steps() if one[1].action is Action.GREET)


def selling(subject: Subject) -> Iterator[Problem]:
    """L103, L104: who is cared for should not find himself sold to."""
    caring = {step.template: rule for rule, step, _ in subject.steps() if step.category in DOES_NOT_SELL}
    for rule, step, placed in subject.steps():
        if step.category != SELLS:
            continue
        if rule.category in DOES_NOT_SELL:
            message = f'"{step.id}" sells in a rule of category {rule.category}'
            yield placed.advise("category", "L103", message, "write a rule of its own for it")
        if step.action is Action.GREET and step.template in caring:
            message = f'template "{step.template}" sells here and does not in rule "{caring[step.template].id}"'
            yield placed.advise("template", "L104", message, "write a template of its own for it")


def audiences(subject: Subject) -> Iterator[Problem]:
    """L106: without `for` also leads that are suspended or lost are greeted."""
    for rule, step, placed in _greetings(subject):
        if rule.segment == TRUE and step.condition == TRUE:
            hint = 'add a segment to the rule, e.g. for: {status: active}'
            yield placed.advise("greet", "L106", f'"{step.id}" greets every lead, whatever his status', hint)


def fallbacks(subject: Subject) -> Iterator[Problem]:
    """L107: where the first channel fails, the second one would fail alike."""
    for _, step, placed in subject.steps():
        for n, channel in enumerate(step.via):
            same = next((name for name in step.via[:n] if _is_same(name, channel, subject.settings)), None)
            if same:
                message = f'"{channel}" is the same channel as "{same}" under another name'
                yield placed.advise("via", "L107", message, "fall back to another one")


def _is_same(one: str, other: str, settings: Settings) -> bool:
    ignored = {"receivers", "timeout", "connections", "from_name"}
    return settings.channels[one].model_dump(exclude=ignored) == settings.channels[other].model_dump(exclude=ignored)


def returns(subject: Subject) -> Iterator[Problem]:
    """L114: who loses a customer is to hear of it while he can still keep him."""
    for _, step, placed in subject.steps():
        if gives_to_pool(step) and not step.needs:
            message = f'"{step.id}" gives customers to the pool, and nobody need have been warned'
            key = "assign" if step.assign else "set"
            yield placed.advise(key, "L114", message, "warn in a step above it, and add e.g. needs: {warn: 3d}")


def tests(subject: Subject) -> Iterator[Problem]:
    """L110: the next edit of a rule without a test can break it unseen."""
    for rule, placed in subject.rules:
        if rule.id not in subject.tests:
            yield placed.advise("id", "L110", f'no test names rule "{rule.id}"', "write one below rules/tests/")


def mourning(subject: Subject) -> Iterator[Problem]:
    """L111: one wish to a house in mourning undoes a year of care."""
    if MOURNING not in subject.settings.circumstances:
        return
    for rule, step, placed in _greetings(subject):
        if step.category == FESTIVE and not any(_spares(policy, rule, step) for policy, _ in subject.policies):
            hint = "add a policy that suppresses festive touches after a bereavement"
            yield placed.advise("greet", "L111", f'no policy keeps "{step.id}" from a customer in mourning', hint)


def _spares(policy: Policy, rule: Rule, step: Step) -> bool:
    touch = touch_values(rule, step)
    silences = policy.effect in (Effect.SUPPRESS, Effect.HOLD) and may_hold(policy.touch, touch)
    return silences and policy.circumstance is not None and may_hold(policy.circumstance, {"kind": MOURNING})


def touch_values(rule: Rule, step: Step) -> dict[str, object]:
    """What policies read of a touch of the step, but for its channel, which only sending decides."""
    audiences = {"owner": "rep", "previous_owner": "rep", "host": "rep", "rep": "rep"}
    target = step.target.partition(":")[0]
    return {
        "category": step.category, "audience": audiences.get(target, target), "action": step.action.value,
        "rule": rule.id, "step": step.id, "priority": step.priority, "urgent": step.urgent,
    }  # fmt: skip
