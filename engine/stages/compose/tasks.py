"""What a rep is told who sends a message to a customer himself: whom, by which way, the words, and where to say so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from engine.domain.civil import local_date
from engine.domain.keys import SEPARATOR, told_behind
from engine.settings.model import Settings
from engine.settings.personal_model import Personal
from engine.stages.compose.languages import language_of
from engine.stages.compose.links import Links
from engine.stages.compose.notes import TASK, note_row, told_of
from engine.stages.compose.posting import posting_of
from engine.stages.compose.receivers import Receiver, usual_ways
from engine.stages.compose.templates import TemplateSet, Written
from engine.store.lookups.handed import Handed, handed_by_key
from engine.store.outbox.compose_rows import RepRow, TouchRow

_HOW = {
    ("wechat", "zh-Hans"): "请用您自己的微信发给{name}",
    ("phone", "zh-Hans"): "请致电{name} {phone}",
    ("card", "zh-Hans"): "请手写一张贺卡，寄给{name}",
    ("wechat", "zh-Hant"): "請用您自己的微信傳給{name}",
    ("phone", "zh-Hant"): "請致電{name} {phone}",
    ("card", "zh-Hant"): "請手寫一張賀卡，寄給{name}",
    ("wechat", "en"): "Please write to {name} by your own WeChat",
    ("phone", "en"): "Please call {name} {phone}",
    ("card", "en"): "Please write a card by hand, and post it to {name}",
}
_POST_BY = {
    "zh-Hans": "请手写一张贺卡，最晚 {by} 寄给{name}",
    "zh-Hant": "請手寫一張賀卡，最晚 {by} 寄給{name}",
    "en": "Please write a card by hand, and post it to {name} by {by}",
}
_FOR = {
    "zh-Hans": "这张贺卡是为 {on} 准备的，邮寄需要 {days} 天。",
    "zh-Hant": "這張賀卡是為 {on} 準備的，郵寄需要 {days} 天。",
    "en": "It is for {on}; days in the post: {days}.",
}
_AFTER = {
    "zh-Hans": "完成后请告知结果：已完成、联系不上，或不再需要。{where}\n",
    "zh-Hant": "完成後請告知結果：已完成、聯絡不上，或不再需要。{where}\n",
    "en": "Then say what came of it: done, not reached, or not wanted any more. {where}\n",
}
_LOOK = "base/task"
_BY_COMMAND = "followup resolve {delivery} sent|unreached|drop"


def is_task(occurrence_key: str) -> bool:
    """Whether a touch tells a rep of such a message."""
    return told_behind(occurrence_key).startswith(TASK)


def task_row(touch: TouchRow, channel: str, rep: RepRow, settings: Settings, now: int) -> dict[str, Any] | None:
    """The touch that tells him, at the hour of the message; None if no colleague sends what goes by that channel."""
    if not isinstance(settings.channels.get(channel), Personal):
        return None
    row = note_row(touch, rep.id, usual_ways(rep, settings), now, f"{TASK}{channel}:{rep.id}")
    return row | {"nominal_at": touch.due_at, "due_at": touch.due_at, "expires_at": touch.expires_at}


def tasks_told(connection: Any, touches: Sequence[TouchRow]) -> dict[int, Handed]:
    """The messages that those of the touches are about which tell of one."""
    found = {}
    for touch in touches:
        if is_task(touch.occurrence_key):
            channel = touch.occurrence_key.rpartition(SEPARATOR)[2].removeprefix(TASK).partition(":")[0]
            told = handed_by_key(connection, told_of(touch.occurrence_key), channel)
            if told is not None:
                found[touch.id] = told
    return found


def task_text(
    touch: TouchRow, receiver: Receiver, told: Mapping[int, Handed], settings: Settings, links: Links | None,
    templates: TemplateSet | None,
) -> Written | None:  # fmt: skip
    """The words to copy, between a line that says what to do with them and one that says where to answer.

    As HTML too, where the templates have `base/task.html.j2`; Unwritable says why that cannot be made.
    """
    task = told.get(touch.id)
    config = settings.channels.get(task.channel) if task else None
    if task is None or not isinstance(config, Personal):
        return None
    language = language_of(receiver.locale)
    posting = posting_of(task, settings, local_date(task.told_at, receiver.timezone))
    how = _HOW[config.by, language] if posting is None else _POST_BY[language]
    said = {"name": task.name, "phone": task.phone or "", **(posting._asdict() if posting else {})}
    how, why = how.format(**said).strip(), _FOR[language].format(**said) if posting else ""
    words = task.text.strip()
    ways = links.task(touch, task.delivery, receiver.locale) if links else ()
    colon = ":" if language == "en" else "："
    where = "\n".join(f"{one['label']}: {one['url']}" for one in ways) or _BY_COMMAND.format(delivery=task.delivery)
    after = _AFTER[language]
    text = "\n\n".join(filter(None, (f"{how}{colon}", words, why, after.format(where=f"\n{where}"))))
    shown = {"lang": language, "how": how, "why": why, "words": words, "links": ways,
             "after": after.format(where="" if ways else where).strip()}  # fmt: skip
    return Written(how, text, templates.piece(_LOOK, receiver.locale, shown)[1] if templates else "")
