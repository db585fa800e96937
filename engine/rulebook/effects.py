"""What a policy does: the one effect in `then`, with the words that go with it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from engine.domain.words import Action, Audience, Effect
from engine.ground.durations import Duration
from engine.ground.yamlio import Node
from engine.rulebook.conditions import Condition
from engine.rulebook.model import Other
from engine.rulebook.parse_times import read_duration
from engine.rulebook.possible import may_hold
from engine.rulebook.reading import Keys, Source, listed, read_choice, read_exact, read_int, read_words, shown
from engine.rulebook.schedule import SIGNERS
from engine.rulebook.step_choices import MAX_PRIORITY

EFFECTS = tuple(Effect)
COMPANIONS = {Effect.HOLD: "at_most", Effect.MERGE: "into", Effect.REQUIRE_SIGNATURE: "draft"}
MAX_DRAFT = 2
"""Days a draft may lie before its touch: farther ahead touches are not in the book."""


@dataclass(frozen=True)
class When:
    """The parts of `when`."""

    touch: Condition
    lead: Condition
    circumstance: Condition | None
    other: Other | None


@dataclass(frozen=True)
class Then:
    """The effect. `value` is a priority, channels, a signer, or who gets a copy."""

    effect: Effect
    value: str | int | tuple[str, ...] | None = None
    by: Duration | None = None
    at_most: Duration | None = None
    draft: Duration | None = None


def read_then(source: Source, node: Node, when: When | None) -> Then | None:
    """The effect; None where a mistake leaves it unclear."""
    keys = Keys(source, node, '"then"', (*EFFECTS, *COMPANIONS.values()))
    named = [effect for effect in EFFECTS if keys.get(effect)]
    if len(named) != 1:
        if keys.ok and (named or not keys.unknown):
            found = listed(named, "and") if named else "none"
            hint = f"use {listed(EFFECTS)}"
            source.report(node, "R110", f'"then" has exactly one effect, not {found}', hint)
        return None
    effect = named[0]
    _refuse_companions(keys, effect)
    subject = keys.get(effect)
    assert subject is not None
    return _READERS[effect](keys, subject, when)


def _refuse_companions(keys: Keys, effect: Effect) -> None:
    for owner, word in COMPANIONS.items():
        if owner is not effect and keys.get(word):
            keys.source.report(keys.names[word], "R220", f'"{word}" goes with "{owner}", not with "{effect}"')


def _priority(keys: Keys, subject: Node, _: When | None) -> Then:
    return Then(Effect.PRIORITY, read_int(keys.source, subject, "priority", 0, MAX_PRIORITY))


def _reroute(keys: Keys, subject: Node, when: When | None) -> Then:
    """Each channel must be able to reach everybody whom the policy may speak of."""
    source, channels = keys.source, keys.source.catalogue.channels
    names = read_words(source, subject, "reroute", "R204", "channel", tuple(channels))
    wanted = _receivers(source, when)
    for entry in subject.entries() or (subject,):
        channel = channels.get(entry.value) if isinstance(entry.value, str) else None
        missed = [kind for kind in wanted if channel and kind not in channel.receivers]
        if channel and missed:
            able = [name for name, known in channels.items() if set(wanted) <= known.receivers]
            narrow = "say in touch which audience is meant" if len(wanted) > 1 else ""
            hint = narrow or (f"use {listed(able)}" if able else "")
            source.report(entry, "R220", f'channel "{channel.name}" does not reach a {missed[0]}', hint)
    return Then(Effect.REROUTE, names)


def _receivers(source: Source, when: When | None) -> list[str]:
    """Kinds of receivers, as channels name them, whom the policy's touches may have."""
    found = _audiences(source, when)
    return ["lead"] * (Audience.LEAD in found) + ["rep"] * bool(found - {Audience.LEAD})


def _audiences(source: Source, when: When | None) -> frozenset[Audience]:
    """Those that the policy's touch may have; customers are greeted, and nobody else is."""
    if when is None:
        return frozenset()
    actions = source.catalogue.touch_fields["action"].words
    return frozenset(
        audience
        for audience in Audience
        for action in actions
        if (audience is Audience.LEAD) == (action == Action.GREET)
        and may_hold(when.touch, {"audience": audience.value, "action": action})
    )


def _signature(keys: Keys, subject: Node, when: When | None) -> Then:
    source, draft = keys.source, keys.get("draft")
    who = read_choice(source, subject, "require_signature", "R222", "signer", SIGNERS)
    if _audiences(source, when) - {Audience.LEAD}:
        message, hint = '"require_signature" is for what greets customers', "add audience: lead to touch"
        source.report(keys.names["require_signature"], "R220", message, hint)
    return Then(Effect.REQUIRE_SIGNATURE, who, draft=_draft(source, draft) if draft else None)


def _draft(source: Source, node: Node) -> Duration | None:
    span = read_duration(source, node, "draft")
    if span is not None and (span.months or span.days > MAX_DRAFT or not span.is_civil):
        hint = f"write 1d or {MAX_DRAFT}d; for more, give the step a sign_by"
        source.report(node, "R106", f'"draft" counts at most {MAX_DRAFT} whole days, not {shown(node)}', hint)
        return None
    return span


def _escalate(keys: Keys, subject: Node, when: When | None) -> Then:
    read_exact(keys.source, subject, "escalate", "manager")
    if Audience.LEAD in _audiences(keys.source, when):
        message, hint = '"escalate" is for what reminds colleagues', "add audience: rep to touch"
        keys.source.report(keys.names["escalate"], "R220", message, hint)
    return Then(Effect.ESCALATE, "manager")


def _suppress(keys: Keys, subject: Node, _: When | None) -> Then:
    read_exact(keys.source, subject, "suppress", "touch")
    return Then(Effect.SUPPRESS)


def _hold(keys: Keys, subject: Node, _: When | None) -> Then:
    read_exact(keys.source, subject, "hold", "touch")
    at_most = keys.require("at_most")
    return Then(Effect.HOLD, at_most=read_duration(keys.source, at_most, "at_most") if at_most else None)


def _defer(keys: Keys, subject: Node, _: When | None) -> Then:
    span = read_duration(keys.source, subject, "defer")
    if span is not None and not span.is_civil:
        keys.source.report(subject, "R106", f'"defer" counts whole days, not {shown(subject)}', "write e.g. 1d")
        span = None
    return Then(Effect.DEFER, by=span)


def _merge(keys: Keys, subject: Node, when: When | None) -> Then:
    """What is merged must know into what, and never two into each other."""
    read_exact(keys.source, subject, "merge", "touch")
    into = keys.require("into")
    if into:
        read_exact(keys.source, into, "into", "other")
    if when is not None and (when.other is None or not when.other.outranks):
        hint = "add other: {..., outranks: touch} to when"
        message = '"merge" needs an other touch that outranks this one'
        keys.source.report(keys.names["merge"], "R220", message, hint)
    return Then(Effect.MERGE)


_READERS: Mapping[Effect, Callable[[Keys, Node, When | None], Then]] = {
    Effect.PRIORITY: _priority, Effect.REROUTE: _reroute, Effect.REQUIRE_SIGNATURE: _signature,
    Effect.ESCALATE: _escalate, Effect.SUPPRESS: _suppress, Effect.HOLD: _hold, Effect.DEFER: _defer,
    Effect.MERGE: _merge,
}  # fmt: skip
