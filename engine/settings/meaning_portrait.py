"""Questionnaires and the portrait: which fields there are to be known, and what does not fit."""

from __future__ import annotations

from collections.abc import Iterator

from engine.domain.fields import OURS
from engine.domain.people import LEAD_COLUMNS
from engine.domain.portrait import Block
from engine.settings.model import Settings
from engine.settings.portrait_model import Block as Written
from engine.settings.wording import Location, Mistake, did_you_mean, unknown_name

_NOT_LEARNED = frozenset({"id", "name", "company", "registered_at", "last_contact_at", "contacts", "confidential",
                          "unsubscribed", "key", "status", "owner", "country", "timezone", "locale"})  # fmt: skip
"""Columns that always hold something, or that nobody finds out about a customer."""


def facts_in(settings: Settings) -> tuple[str, ...]:
    """Every field that a block of the portrait may name."""
    return (
        *(column for column in LEAD_COLUMNS if column not in _NOT_LEARNED),
        *(f"date.{kind}" for kind in settings.dates),
        *(f"attrs.{name}" for name in settings.attributes),
        *settings.questions,
    )


def blocks_of(settings: Settings) -> tuple[Block, ...]:
    """The portrait that is asked for. Of the one that stands where config.yaml has none, what the house can know."""
    known, words = frozenset(facts_in(settings)), settings.vocabularies.profiles
    return tuple(
        Block(
            name,
            tuple(kept for fact in _fields(block) if (kept := tuple(one for one in fact if one in known))),
            block.closeness if block.closeness in words else "",
        )
        for name, block in settings.portrait.items()
    )


def portrait_mistakes(settings: Settings) -> Iterator[Mistake]:
    """What questionnaires and blocks say that cannot be."""
    for name, questions in settings.questionnaires.items():
        if name in OURS:
            message = f'"{name}" cannot be the name of a questionnaire'
            yield Mistake(("questionnaires", name), "C113", message, "fields of ours begin with it", on_key=True)
        for question, one in questions.items():
            if one.words and one.type == "bool":
                message = f"question {name}.{question} is bool and cannot have words"
                yield Mistake(("questionnaires", name, question, "words"), "C113", message, "only text and list can")
    if "portrait" in settings.model_fields_set:
        yield from _blocks(settings)
    for tier in settings.gifts.limits:
        for found in unknown_name(("gifts", "limits", tier), "tier", tier, settings.vocabularies.tiers):
            yield found._replace(on_key=True)


def _blocks(settings: Settings) -> Iterator[Mistake]:
    known = facts_in(settings)
    for name, block in settings.portrait.items():
        here: Location = ("portrait", name)
        if block.closeness:
            words = settings.vocabularies.profiles
            yield from unknown_name((*here, "closeness"), "profile", block.closeness, words)
        for index, fact in enumerate(_fields(block)):
            for one in fact:
                if one not in known:
                    hint = did_you_mean(one, known) or "name a column of an import, attrs.NAME or date.KIND"
                    yield Mistake((*here, "facts", index), "C111", f'there is no fact "{one}"', hint)


def _fields(block: Written) -> tuple[tuple[str, ...], ...]:
    return tuple((fact,) if isinstance(fact, str) else fact for fact in block.facts)
