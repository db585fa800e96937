"""Notes to reps about touches: a text could not be written, or reads like another one; a draft is theirs to sign."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from engine.domain.keys import SEPARATOR
from engine.domain.words import Action, Audience, Touch
from engine.stages.compose.templates import Written
from engine.store.outbox.compose_rows import TouchRow

OWN_PARTS = 5
FAILED, SIGN, ALIKE = "note", "sign", "alike"
"""What a note is about, as its key ends."""

_TEXTS = {
    (SIGN, "zh"): Written(
        "有一份草稿等您签发：规则 {rule}",
        "规则 {rule} 的步骤 {step} 给客户 {lead} 的消息没有按时签发，现在由您签发；不签发就不会送出。\n"
        "查看：followup touches --lead {lead} --rule {rule}，签发：followup approve 编号\n",
    ),
    (SIGN, "en"): Written(
        "A draft waits for your signature: rule {rule}",
        "Nobody signed what step {step} of rule {rule} has for lead {lead} in time. Now it is yours to sign;\n"
        "unsigned, it never leaves. What it is: followup touches --lead {lead} --rule {rule}\n"
        "To sign it: followup approve ID\n",
    ),
    (ALIKE, "zh"): Written(
        "有一份问候与别的太相似：规则 {rule}",
        "规则 {rule} 的步骤 {step} 给客户 {lead} 的问候与去年的或身边客户的太相似，已暂停发送，请您改写或签发。\n"
        "查看：followup touches --lead {lead} --rule {rule}，签发：followup approve 编号 --edit 文件\n",
    ),
    (ALIKE, "en"): Written(
        "A greeting reads like another one: rule {rule}",
        "What step {step} of rule {rule} says to lead {lead} reads like last year's greeting, or like what others\n"
        "near him get. It waits for other words from you, or for your signature; by itself it does not leave.\n"
        "Which one: followup touches --lead {lead} --rule {rule}. To sign: followup approve ID --edit FILE\n",
    ),
    (FAILED, "zh"): Written(
        "未能写出的消息：规则 {rule}",
        "规则 {rule} 的步骤 {step} 未能为客户 {lead} 写出消息，因此没有发送。\n"
        "请让管理员检查模板；查看原因：followup touches --lead {lead} --rule {rule}\n",
    ),
    (FAILED, "en"): Written(
        "A message could not be written: rule {rule}",
        "Step {step} of rule {rule} could not be written for lead {lead}, so nothing was sent.\n"
        "Have the template looked at. What happened: followup touches --lead {lead} --rule {rule}\n",
    ),
}

_OF_SCHEDULES = {
    "zh": Written(
        "未能写出的消息：规则 {rule}",
        "规则 {rule} 的步骤 {step} 未能写出给您的消息，因此没有发送。\n"
        "请让管理员检查模板；查看原因：followup touches --rule {rule}\n",
    ),
    "en": Written(
        "A message could not be written: rule {rule}",
        "Step {step} of rule {rule} could not be written for you, so nothing was sent.\n"
        "Have the template looked at. What happened: followup touches --rule {rule}\n",
    ),
}


def is_note(occurrence_key: str) -> bool:
    """Whether a touch is such a note."""
    return _about(occurrence_key) in (FAILED, SIGN, ALIKE)


def _about(occurrence_key: str) -> str:
    """The word behind the key of the touch that it tells of. A touch's own key has five parts: its last is a rep."""
    parts = occurrence_key.split(SEPARATOR)
    return "" if len(parts) == OWN_PARTS else parts[-1]


def note_row(about: Any, receiver: str, via: Sequence[str], now: int, what: str = FAILED) -> dict[str, Any]:
    """A released touch that tells a rep of another one. It is not judged: no policy keeps a failure from being told."""
    return {
        "occurrence_key": f"{about.occurrence_key}{SEPARATOR}{what}", "rule": about.rule, "lead": about.lead,
        "anchor": about.anchor, "step": about.step, "receiver": receiver, "shard": about.shard,
        "revision": about.revision, "generation": about.generation, "action": Action.REMIND,
        "audience": Audience.REP, "category": about.category, "priority": 0, "nominal_at": now,
        "due_at": now, "day_on": about.day_on, "state": Touch.RELEASED, "released_at": now,
        "via": list(via), "via_index": 0,
    }  # fmt: skip


def note_text(note: TouchRow, locale: str) -> Written:
    """The note's text in the rep's language, by ids only."""
    language = "zh" if locale.startswith("zh") else "en"
    pattern = _TEXTS[_about(note.occurrence_key), language] if note.lead else _OF_SCHEDULES[language]
    values = {"rule": note.rule, "step": note.step, "lead": note.lead}
    return Written(pattern.subject.format(**values), pattern.text.format(**values))
