"""Which gifts fit a customer: by interest, inside the limit of the year, never what he had this year or last. Pure."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

MOST_IDEAS = 3
"""Ideas that are offered at once. Ours."""


@dataclass(frozen=True)
class Idea:
    """A gift that may be given; no `interests`: it fits everybody."""

    name: str
    label: str
    story: str
    price: float
    interests: tuple[str, ...] = ()


@dataclass(frozen=True)
class Given:
    """A gift that was given. `idea` is "" for one that was none of the ideas."""

    on: date
    idea: str
    label: str
    price: float


def left_of(limit: float, given: Sequence[Given], day: date) -> float:
    """How much of the limit the calendar year of that day still leaves; never below 0."""
    return max(0.0, round(limit - sum(one.price for one in given if one.on.year == day.year), 2))


def fitting(
    ideas: Sequence[Idea], interests: Collection[str], given: Sequence[Given], limit: float, day: date
) -> tuple[Idea, ...]:
    """At most three ideas for that day: those that meet an interest first, then in their own order."""
    left, liked = left_of(limit, given, day), {interest.casefold() for interest in interests}
    had = {one.idea for one in given if one.on.year >= day.year - 1}
    met = {idea.name for idea in ideas if liked & {word.casefold() for word in idea.interests}} if liked else set()
    fit = [one for one in ideas if one.price <= left and one.name not in had and (one.name in met or not one.interests)]
    return tuple(sorted(fit, key=lambda one: one.name not in met)[:MOST_IDEAS])
