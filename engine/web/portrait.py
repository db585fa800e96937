"""What is known of a customer and what is not yet: the blocks of his portrait, the questionnaires, how close he is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from engine.domain.portrait import Portrait, portrait_of
from engine.ground.errors import UsageError
from engine.settings.meaning_portrait import blocks_of
from engine.settings.model import Attribute, Settings
from engine.stages import acts
from engine.stages.imports import terms_of
from engine.store.lookups.customers import Row
from engine.web.asked import Asked

PATH = "/portrait/{lead:path}"
BUILT_IN = ("phone", "email", "wecom", "salutation", "region", "account", "temperament", "stage", "hope", "observances")
"""Facts that the pages have words for, beside the kinds of dates."""


class Asking(NamedTuple):
    """A field of the form: its path, what it is called (empty: the page has a word for it), and what is known."""

    path: str
    label: str
    words: tuple[str, ...]
    several: bool
    value: str


def shown(settings: Settings, lead: Row, dates: set[str]) -> Mapping[str, Any]:
    """What the page of a customer needs for its part about the portrait."""
    found = portrait_of(blocks_of(settings), lead, dates)
    return {
        "portrait": found, "asking": [(one, list(_unknown(settings, one.unknown))) for one in found.seen],
        "questionnaires": {
            name: [_question(settings, f"{name}.{key}", lead) for key in questions]
            for name, questions in settings.questionnaires.items()
        },
    }  # fmt: skip


def _unknown(settings: Settings, facts: tuple[tuple[str, ...], ...]) -> Iterator[Asking]:
    """Facts that can be filled in here. Answers to questionnaires have their own place below."""
    words = terms_of(settings).words
    for path in (one for fact in facts for one in fact if one not in settings.questions):
        head, _, name = path.partition(".")
        attribute = settings.attributes.get(name) if head == "attrs" else None
        choice = attribute.words if attribute else words.get(path, ())
        label = "" if path in BUILT_IN or head == "date" else label_of(name, attribute) or path
        yield Asking(path, label, () if attribute and attribute.type == "list" else choice, False, "")


def label_of(name: str, attribute: Attribute | None) -> str:
    """What pages call an attribute."""
    return (attribute.label if attribute else "") or name.replace("_", " ")


def _question(settings: Settings, path: str, lead: Row) -> Asking:
    question, answer = settings.questions[path], lead["attrs"].get(path)
    label = question.ask or path.partition(".")[2].replace("_", " ")
    if question.type == "bool":
        return Asking(path, label, ("true", "false"), False, "" if answer is None else str(answer).lower())
    value = ";".join(answer) if isinstance(answer, list) else str(answer or "")
    return Asking(path, label, question.words, question.type == "list", value)


def write(asked: Asked, lead: Row, portrait: Portrait) -> None:
    """Take what the form says: answers as they stand, facts that were filled in, the closeness that he confirms."""
    settings = asked.site.settings
    said = {path: asked.field(path).strip() for path in settings.questions if path in asked.form}
    facts = {one for seen in portrait.seen for fact in seen.unknown for one in fact} - settings.questions.keys()
    said |= {path: asked.field(path).strip() for path in facts if asked.field(path).strip()}
    close = asked.field("profile")
    if close and close != lead["profile"]:
        if close not in portrait.allowed:
            raise UsageError(asked.t("portrait.too_close"))
        said["profile"] = close
    if said:
        actor = asked.visitor.rep or asked.visitor.name
        acts.set_lead(asked.site.db, settings, asked.site.gates(), lead["id"], said, actor, asked.now)
