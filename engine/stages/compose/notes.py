"""The note an owner gets when a text for his customer could not be written."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from engine.domain.keys import SEPARATOR
from engine.domain.words import Action, Audience, Touch
from engine.stages.compose.templates import Written
from engine.store.outbox.compose_rows import TouchRow

_SUFFIX = f"{SEPARATOR}note"

_TEXTS = {
    "zh": Written(
        "未能写出的消息：规则 {rule}",
        "规则 {rule} 的步骤 {step} 未能为客户 {lead} 写出消息，因此没有发送。\n"
        "请让管理员检查模板；查看原因：followup touches --lead {lead} --rule {rule}\n",
    ),
    "en": Written(
        "A message could not be written: rule {rule}",
        "Step {step} of rule {rule} could not be written for lead {lead}, so nothing was sent.\n"
        "Have the template looked at. What happened: followup touches --lead {lead} --rule {rule}\n",
    ),
}


def is_note(occurrence_key: str) -> bool:
    """Whether a touch is such a note."""
    return occurrence_key.endswith(_SUFFIX)


def note_row(failed: TouchRow, owner: str, via: Sequence[str], now: int) -> dict[str, Any]:
    """A released touch that tells the owner. It is not judged: no policy keeps a failure from being told."""
    return {
        "occurrence_key": failed.occurrence_key + _SUFFIX, "rule": failed.rule, "lead": failed.lead,
        "anchor": failed.anchor, "step": failed.step, "receiver": owner, "shard": failed.shard,
        "revision": failed.revision, "generation": failed.generation, "action": Action.REMIND,
        "audience": Audience.REP, "category": failed.category, "priority": 0, "nominal_at": now,
        "due_at": now, "day_on": failed.day_on, "state": Touch.RELEASED, "released_at": now,
        "via": list(via), "via_index": 0,
    }  # fmt: skip


def note_text(note: TouchRow, locale: str) -> Written:
    """The note's text in the rep's language, by ids only."""
    pattern = _TEXTS["zh" if locale.startswith("zh") else "en"]
    values = {"rule": note.rule, "step": note.step, "lead": note.lead}
    return Written(pattern.subject.format(**values), pattern.text.format(**values))
