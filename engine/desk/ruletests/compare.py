"""A step's expectations held against what happened on its day, and told as a small diff."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from engine.desk.ruletests.happened import Happened
from engine.desk.ruletests.model import SENT, Because, Expected
from engine.ground.yamlio import Mark
from engine.rulebook.evaluate import Failure

Exclusions = Mapping[tuple[str, str], Failure | None]
"""By (rule, lead): the first comparison of the rule's `for` that keeps the lead out; None: it lets him in."""

Line = tuple[str, ...]


@dataclass(frozen=True)
class Failing:
    """One thing that is not as expected: its place, what it is, and the lines of the diff."""

    mark: Mark
    message: str
    lines: tuple[str, ...] = ()


@dataclass
class Comparison:
    """What of a step held, and what did not. `proved`: touches that the test foresaw, with what decided them."""

    failings: list[Failing] = field(default_factory=list)
    proved: list[Happened] = field(default_factory=list)


def compare(
    expect: Sequence[Expected] | None, because: Sequence[Because], happened: Sequence[Happened], at: Mark,
    out: Exclusions,
) -> Comparison:  # fmt: skip
    """Everything sent that day must be expected, and everything expected must be there."""
    found = Comparison()
    matched = _matched(expect or (), happened)
    found.proved += [happened[n] for n in matched.values()]
    if expect is not None:
        missing = [one for n, one in enumerate(expect) if n not in matched]
        extra = [n for n, one in enumerate(happened) if one.state == SENT and n not in matched.values()]
        if missing or extra:
            mark = missing[0].mark if missing else at
            found.failings.append(Failing(mark, _counted(missing, extra), _diff(missing, extra, happened)))
    foreseen = {happened[n] for n in matched.values()}
    for one in because:
        _explain(one, happened, foreseen, out, found)
    return found


def _matched(expect: Sequence[Expected], happened: Sequence[Happened]) -> dict[int, int]:
    """Expectations by the touch that meets them. Those that say most choose first."""
    taken: dict[int, int] = {}
    for n in sorted(range(len(expect)), key=lambda n: -_said(expect[n])):
        fits = (m for m, one in enumerate(happened) if m not in taken.values() and _meets(one, expect[n]))
        first = next(fits, None)
        if first is not None:
            taken[n] = first
    return taken


def _said(one: Expected) -> int:
    return sum(map(bool, (one.step, one.to, one.lead, one.at, one.gathered)))


def _meets(one: Happened, wanted: Expected) -> bool:
    states = ("draft", "signed") if wanted.state == "draft" else (wanted.state,)
    pairs: tuple[tuple[object, object], ...] = (
        (wanted.step, one.step), (wanted.to, one.to), (wanted.lead, one.lead), (wanted.at, one.clock),
        (wanted.gathered, one.gathered),
    )  # fmt: skip
    return one.rule == wanted.rule.id and one.state in states and all(not want or want == has for want, has in pairs)


def _explain(
    because: Because, happened: Sequence[Happened], foreseen: set[Happened], out: Exclusions, found: Comparison
) -> None:
    """The rule did not fire, and for that reason."""
    rule = because.rule.id
    own = [one for one in happened if one.rule == rule]
    stopped = [one for one in own if one.state != SENT and because.why in (one.policy, one.reason)]
    kept_out = [failure for (of, _), failure in out.items() if of == rule and failure is not None]
    fired = [one for one in own if one.state == SENT and one not in foreseen]
    excluded = any(failure.path == because.why for failure in kept_out)
    if fired or not (stopped or excluded):
        message = f"{rule} was not stopped by {because.why}"
        found.failings.append(Failing(because.mark, message, _why_not(own, kept_out)))
    else:
        found.proved += stopped


def _why_not(own: Sequence[Happened], kept_out: Sequence[Failure]) -> tuple[str, ...]:
    if own:
        return _lines([(" ", *_columns(one)) for one in own])
    if kept_out:
        return tuple(f"    its for asks {one.path}: {one.wanted}, found {one.found}" for one in kept_out)
    return ("    nothing of it was due that day",)


def _counted(missing: Sequence[Expected], extra: Sequence[int]) -> str:
    told = [f"{len(missing)} missing"] if missing else []
    return " and ".join([*told, f"{len(extra)} not expected"] if extra else told)


def _diff(missing: Sequence[Expected], extra: Sequence[int], happened: Sequence[Happened]) -> tuple[str, ...]:
    wanted: list[Line] = [
        ("-", one.rule.id, one.step, one.to or "anybody", one.state, one.at, _place(one)) for one in missing
    ]
    came = [("+" if n in extra else " ", *_columns(one)) for n, one in enumerate(happened)]
    return _lines(wanted + came) or ("    nothing happened that day",)


def _columns(one: Happened) -> Line:
    return one.rule, one.step, one.to, one.state, one.clock, one.why or _together(one.gathered)


def _place(one: Expected) -> str:
    return " ".join(filter(None, (_together(one.gathered), f"line {one.mark.line}")))


def _together(gathered: int) -> str:
    return f"gathered {gathered}" if gathered else ""


def _lines(lines: Sequence[Line]) -> tuple[str, ...]:
    """In columns."""
    widths = [max(len(line[n]) for line in lines) for n in range(len(lines[0]))] if lines else []
    padded = ("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) for line in lines)
    return tuple(f"    {line}".rstrip() for line in padded)
