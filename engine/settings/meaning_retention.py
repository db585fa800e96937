"""What the ages of config.yaml must mean."""

from __future__ import annotations

from collections.abc import Iterator

from engine.settings.meaning_feeds import seconds, span_mistakes
from engine.settings.model import Settings
from engine.settings.retention_model import NEVER
from engine.settings.wording import Location, Mistake, unknown_name

_DAY = 86_400
_MONTHS = 62
"""Days. Twice as far as anything looks back that asks the ledger alone: digests and reps' days look back a month; and
as far as a mailbox may be read again. Ours."""
_WEEKS = 14
"""Days within which returned mail comes back, whose message may have to go again. Ours."""
_LEAST = {"archive_after": _MONTHS, "letters": _MONTHS, "looks": _MONTHS,
          "findings": _MONTHS, "words": _WEEKS, "addresses": _WEEKS}  # fmt: skip


def retention_mistakes(settings: Settings) -> Iterator[Mistake]:
    """Every mistake of it."""
    retention = settings.retention
    for key, least in _LEAST.items():
        yield from _age(("retention", key), getattr(retention, key), least)
    for category, text in retention.words_by_category.items():
        where: Location = ("retention", "words_by_category", category)
        yield from unknown_name(where, "category", category, settings.vocabularies.categories)
        yield from _age(where, text, _WEEKS)


def _age(where: Location, text: str, least: int) -> Iterator[Mistake]:
    if text != NEVER:
        yield from span_mistakes(where, text, least * _DAY, 3_660 * _DAY, f"{least}d to 3660d, or never")


def age(text: str) -> int | None:
    """In seconds, its days of 24 hours; None: never."""
    return None if text == NEVER else seconds(text)
