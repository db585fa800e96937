"""Conditions and durations back as text, the way an author writes them: for explain and for messages."""

from __future__ import annotations

from engine.domain.words import Effect
from engine.ground.durations import Duration
from engine.rulebook.conditions import All, AnyOf, Circumstance, Compare, Condition, FieldRef, Not, Op


def duration_text(span: Duration) -> str:
    """`1y6mo`, `-3d`, `90m`; `0d` for nothing."""
    negative = min(span.months, span.days, span.seconds, span.work_minutes, span.workdays) < 0
    size = -span if negative else span
    hours, minutes = divmod(size.seconds // 60, 60)
    parts = [
        (size.months // 12, "y"), (size.months % 12, "mo"), (size.days, "d"), (hours, "h"), (minutes, "m"),
        (size.workdays, "wd"), (size.work_minutes // 60, "wh"),
    ]  # fmt: skip
    text = "".join(f"{count}{unit}" for count, unit in parts if count)
    return ("-" if negative else "") + (text or "0d")


def value_text(value: object) -> str:
    """A value as YAML would show it in a line."""
    match value:
        case bool():
            return "true" if value else "false"
        case Duration():
            return duration_text(value)
        case FieldRef(path):
            return path
        case None:
            return "nothing"
        case dict():
            return ", ".join(f"{key}: {value_text(one)}" for key, one in value.items())
        case tuple() | list():
            return f"[{', '.join(value_text(one) for one in value)}]"
        case _:
            return str(value)


def compared(condition: Compare) -> str:
    """What the field is compared with: `gold`, `[gold, iron]`, `gte 90d`."""
    text = value_text(condition.value)
    return text if condition.op in (Op.EQ, Op.IN) else f"{condition.op} {text}"


def condition_text(condition: Condition) -> str:
    """The whole condition on one line."""
    match condition:
        case Compare():
            return f"{condition.field}: {compared(condition)}"
        case All(items):
            return " and ".join(_bracketed(item) for item in items) or "anything"
        case AnyOf(items):
            return " or ".join(_bracketed(item) for item in items) or "nothing"
        case Not(item):
            return f"not {_bracketed(item)}"
        case Circumstance(where):
            return f"circumstance ({condition_text(where)})"


def effect_text(effect: str, then: object, what: str) -> str:
    """What a policy does to a touch, as a person would say it: `send wish by sms`, `suppress wish`.

    `then` is the effect's value; None where it has none.
    """
    match effect, then:
        case Effect.PRIORITY, value:
            return f"rank {what} {value}"
        case Effect.REROUTE, [*channels]:
            return f"send {what} by {', '.join(map(str, channels))}"
        case Effect.REQUIRE_SIGNATURE, signer:
            return f"have {what} signed by the {signer}"
        case Effect.ESCALATE, receiver:
            return f"send the {receiver} a copy of {what}"
        case _:
            return f"{effect} {what}"


def _bracketed(condition: Condition) -> str:
    text = condition_text(condition)
    several = isinstance(condition, All | AnyOf) and len(condition.items) > 1
    return f"({text})" if several else text
