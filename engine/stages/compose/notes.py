"""Notes to reps about touches: a text could not be written, or reads like another one; a draft is theirs to sign."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from engine.domain.keys import SEPARATOR, told_behind
from engine.domain.words import Action, Audience, Touch
from engine.stages.compose.languages import language_of
from engine.stages.compose.templates import Written
from engine.store.outbox.compose_rows import TouchRow

FAILED, SIGN, ALIKE, DEADLINE = "note", "sign", "alike", "deadline"
"""What a note is about, as its key ends."""
TASK = "task:"
"""What a note begins with, as its key ends, that tells of a message which its rep sends himself: channel, rep."""
OF_DRAFTS = (SIGN, ALIKE, DEADLINE)
"""Notes after which somebody signs."""


class Pending(NamedTuple):
    """The drafts that a note tells of: how many, until when the first waits, where they are signed ("": no pages)."""

    drafts: int
    until: str
    url: str


NOTHING = Pending(0, "", "")

_TEXTS = {
    (SIGN, "zh-Hans"): Written(
        "有一份草稿等您签发：规则 {rule}",
        "规则 {rule} 的步骤 {step} 给客户 {lead} 的消息没有按时签发，现在由您签发；不签发就不会发出。\n",
    ),
    (SIGN, "zh-Hant"): Written(
        "有一份草稿等您簽核：規則 {rule}",
        "規則 {rule} 的步驟 {step} 給客戶 {lead} 的訊息沒有按時簽核，現在由您簽核；不簽核就不會送出。\n",
    ),
    (SIGN, "en"): Written(
        "A draft waits for your signature: rule {rule}",
        "Nobody signed what step {step} of rule {rule} has for lead {lead} in time. Now it is yours to sign;\n"
        "unsigned, it never leaves.\n",
    ),
    (ALIKE, "zh-Hans"): Written(
        "有一份问候与其他问候太相似：规则 {rule}",
        "规则 {rule} 的步骤 {step} 给客户 {lead} 的问候，与去年的或其他客户收到的太相似，已暂停发送，请改写或签发。\n",
    ),
    (ALIKE, "zh-Hant"): Written(
        "有一份問候與其他問候太相似：規則 {rule}",
        "規則 {rule} 的步驟 {step} 給客戶 {lead} 的問候，與去年的或其他客戶收到的太相似，已暫停傳送，請改寫或簽核。\n",
    ),
    (ALIKE, "en"): Written(
        "A greeting reads like another one: rule {rule}",
        "What step {step} of rule {rule} says to lead {lead} reads like last year's greeting, or like what others\n"
        "near him get. It waits for other words from you, or for your signature; by itself it does not leave.\n",
    ),
    (DEADLINE, "zh-Hans"): Written(
        "请签发草稿：{drafts} 份，最早 {until} 截止",
        "有 {drafts} 份问候等您签发，最早的 {until} 截止；不签发就不会发出。\n",
    ),
    (DEADLINE, "zh-Hant"): Written(
        "請簽核草稿：{drafts} 份，最早 {until} 截止",
        "有 {drafts} 份問候等您簽核，最早的 {until} 截止；不簽核就不會送出。\n",
    ),
    (DEADLINE, "en"): Written(
        "To sign until {until}: {drafts}",
        "Greetings that wait for your signature: {drafts}. The first one can be signed until {until};\n"
        "unsigned, none of them leaves.\n",
    ),
    (FAILED, "zh-Hans"): Written(
        "未能写出的消息：规则 {rule}",
        "规则 {rule} 的步骤 {step} 未能为客户 {lead} 写出消息，因此没有发送。\n"
        "请让管理员检查模板；查看原因：followup touches --lead {lead} --rule {rule}\n",
    ),
    (FAILED, "zh-Hant"): Written(
        "未能寫出的訊息：規則 {rule}",
        "規則 {rule} 的步驟 {step} 未能為客戶 {lead} 寫出訊息，因此沒有傳送。\n"
        "請管理員檢查範本；查看原因：followup touches --lead {lead} --rule {rule}\n",
    ),
    (FAILED, "en"): Written(
        "A message could not be written: rule {rule}",
        "Step {step} of rule {rule} could not be written for lead {lead}, so nothing was sent.\n"
        "Have the template looked at. What happened: followup touches --lead {lead} --rule {rule}\n",
    ),
}

_WAYS = {
    "zh-Hans": ("阅读并签发：\n{url}\n", "查看：followup touches {which}，签发：followup approve 编号 --edit 文件\n"),
    "zh-Hant": ("閱讀並簽核：\n{url}\n", "查看：followup touches {which}，簽核：followup approve 編號 --edit 檔案\n"),
    "en": ("Read and sign:\n{url}\n", "What: followup touches {which}. To sign: followup approve ID --edit FILE\n"),
}
"""How it is signed: on the page, and without pages."""

_OF_SCHEDULES = {
    "zh-Hans": Written(
        "未能写出的消息：规则 {rule}",
        "规则 {rule} 的步骤 {step} 未能写出给您的消息，因此没有发送。\n"
        "请让管理员检查模板；查看原因：followup touches --rule {rule}\n",
    ),
    "zh-Hant": Written(
        "未能寫出的訊息：規則 {rule}",
        "規則 {rule} 的步驟 {step} 未能寫出給您的訊息，因此沒有傳送。\n"
        "請管理員檢查範本；查看原因：followup touches --rule {rule}\n",
    ),
    "en": Written(
        "A message could not be written: rule {rule}",
        "Step {step} of rule {rule} could not be written for you, so nothing was sent.\n"
        "Have the template looked at. What happened: followup touches --rule {rule}\n",
    ),
}


def is_note(occurrence_key: str) -> bool:
    """Whether a touch is such a note."""
    about = told_behind(occurrence_key)
    return about in (FAILED, *OF_DRAFTS) or about.startswith(TASK)


def told_of(occurrence_key: str) -> str:
    """The key of the touch that a note tells of."""
    return occurrence_key.rpartition(SEPARATOR)[0]


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


def note_text(note: TouchRow, locale: str, pending: Pending = NOTHING) -> Written:
    """The note's text in the rep's language, by ids only."""
    language = language_of(locale)
    what = told_behind(note.occurrence_key)
    pattern = _OF_SCHEDULES[language] if what == FAILED and not note.lead else _TEXTS[what, language]
    which = f"--lead {note.lead} --rule {note.rule}" if note.lead else "--state draft"
    way = _WAYS[language][0 if pending.url else 1] if what in OF_DRAFTS else ""
    values = {"rule": note.rule, "step": note.step, "lead": note.lead, "which": which, **pending._asdict()}
    return Written(pattern.subject.format(**values), (pattern.text + way).format(**values))
