"""Which key of a lead's attributes a field of conditions and imports stands for."""

from __future__ import annotations

OURS = frozenset({
    "account", "actor", "age", "assignee", "attrs", "circumstance", "contacts", "date", "event", "last",
    "opportunities", "opportunity", "owner", "portrait", "purchase", "touch",
})  # fmt: skip
"""First parts of fields that are ours, so no questionnaire can be called like one."""


def attribute_of(path: str) -> str:
    """`attrs.size` is kept as `size`, an answer, `quality.standing`, under its whole path; "" for any other field."""
    head, _, name = path.partition(".")
    if head == "attrs":
        return name
    return path if name and head not in OURS else ""
