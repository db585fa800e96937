"""The links of messages: what lets whoever gets one answer it with one tap, without a login."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from engine.domain.civil import DAY
from engine.domain.links import Link, Purpose, url_of
from engine.domain.words import Audience
from engine.settings.model import Settings, Vocabularies
from engine.stages.compose.languages import language_of
from engine.stages.compose.notes import is_note
from engine.store.outbox.compose_rows import TouchRow

LASTS = 30 * DAY
"""How long a reminder can be answered by its link, from its hour on; longer if it does not expire before. Ours."""

DAY_LASTS = 36 * 3_600
"""How long the link of a digest opens its receiver's day: that day, and the evening before the next. Ours."""

SURVEY_LASTS = 60 * DAY
"""How long a survey can be answered, from the hour of the message that its link stands in. Ours."""

ANSWERS = ("reached", "no_answer", "tomorrow")
"""What has a link of its own; the page behind every one of them offers all the others."""
MORE = "more"
TASK_ANSWERS = ("sent", "unreached", "drop")
"""What came of a message that a rep was to send himself, in the words of `followup resolve`."""

_LABELS: Mapping[str, Mapping[str, str]] = {
    "en": {"reached": "Reached", "no_answer": "No answer", "tomorrow": "Tomorrow", "more": "More: note, appointment …"},
    "zh-Hans": {"reached": "已联系上", "no_answer": "无人接听", "tomorrow": "明天再说", "more": "更多：记录、约见……"},
    "zh-Hant": {"reached": "已聯絡上", "no_answer": "無人接聽", "tomorrow": "明天再說", "more": "更多：紀錄、會面……"},
}
_OF_TASKS: Mapping[str, Mapping[str, str]] = {
    "en": {"sent": "Done", "unreached": "Not reached", "drop": "Not wanted any more"},
    "zh-Hans": {"sent": "已完成", "unreached": "联系不上", "drop": "不再需要"},
    "zh-Hant": {"sent": "已完成", "unreached": "聯絡不上", "drop": "不再需要"},
}
_DAY: Mapping[str, str] = {"en": "Open my day", "zh-Hans": "打开我的一天", "zh-Hant": "打開我的一天"}
_OPEN: Mapping[str, str] = {"en": "Open", "zh-Hans": "打开", "zh-Hant": "打開"}
_REMINDED = (Audience.REP, Audience.MANAGER, Audience.TEAM)


def act_link(touch: int, snoozes: int, due_at: int, expires_at: int | None) -> Link:
    """The link of one sending of a reminder: put off and sent again, it has another one."""
    return Link(Purpose.ACT, f"{touch}.{snoozes}", max(due_at + LASTS, expires_at or 0))


def touch_of(link: Link) -> tuple[int, int]:
    """The touch that such a link is about, and how often it had been put off."""
    touch, _, snoozes = link.subject.partition(".")
    return int(touch), int(snoozes)


def sign_link(touch: int, rep: str, deadline_at: int) -> Link:
    """The link by which a rep signs a draft. It outlives the deadline, to say that it has passed."""
    return Link(Purpose.SIGN, f"{touch}.{rep}", deadline_at + LASTS)


def signing_of(link: Link) -> tuple[int, str]:
    """The touch that such a link is about, and the rep whom it was sent to."""
    touch, _, rep = link.subject.partition(".")
    return int(touch), rep


def task_link(delivery: int, rep: str, due_at: int, expires_at: int | None) -> Link:
    """The link by which a rep says what came of a message that he was to send himself."""
    return Link(Purpose.TASK, f"{delivery}.{rep}", max(due_at + LASTS, expires_at or 0))


def task_of(link: Link) -> tuple[int, str]:
    """The delivery that such a link is about, and the rep whom it was sent to."""
    delivery, _, rep = link.subject.partition(".")
    return int(delivery), rep


def survey_link(touch: int, due_at: int) -> Link:
    """The link of the form that a message asks its customer to fill in."""
    return Link(Purpose.SURVEY, str(touch), due_at + SURVEY_LASTS)


@dataclass(frozen=True)
class Links:
    """Writes the links of messages. `keys`: the first signs."""

    base_url: str
    keys: tuple[str, ...]

    def url(self, touch: TouchRow) -> str:
        """Where this reminder is answered; "" of what is no reminder of one customer."""
        if touch.audience not in _REMINDED or not touch.lead or is_note(touch.occurrence_key):
            return ""
        return url_of(self.base_url, act_link(touch.id, touch.snoozes, touch.due_at, touch.expires_at), self.keys)

    def survey(self, touch: TouchRow) -> str:
        """Where the customer of this message says how satisfied he is; "" of what is about no customer, or a note."""
        if touch.audience not in (*_REMINDED, Audience.LEAD) or not touch.lead or is_note(touch.occurrence_key):
            return ""
        return url_of(self.base_url, survey_link(touch.id, touch.due_at), self.keys)

    def of(self, touch: TouchRow, locale: str, settings: Settings) -> tuple[Mapping[str, str], ...]:
        """As templates show them, the most wanted first: `label`, `url`, `kind`."""
        url = self.url(touch)
        if not url:
            return ()
        labels = _LABELS[language_of(locale)]
        kinds = [kind for kind in ANSWERS if kind == "tomorrow" or _is_outcome(kind, settings.vocabularies)]
        ways = tuple({"label": labels[kind], "url": f"{url}?do={kind}", "kind": kind} for kind in kinds)
        return (*ways, {"label": labels[MORE], "url": url, "kind": MORE})

    def signing(self, touch: int, rep: str, deadline_at: int) -> str:
        """Where that rep signs that draft."""
        return url_of(self.base_url, sign_link(touch, rep, deadline_at), self.keys)

    def task(self, told: TouchRow, delivery: int, locale: str) -> tuple[Mapping[str, str], ...]:
        """What its reader says of that delivery with one tap; `told` is the touch that tells him of it."""
        link = task_link(delivery, told.receiver, told.due_at, told.expires_at)
        url, labels = url_of(self.base_url, link, self.keys), _OF_TASKS[language_of(locale)]
        return tuple({"label": labels[kind], "url": f"{url}?do={kind}", "kind": kind} for kind in TASK_ANSWERS)

    def queue(self, touch: TouchRow) -> str:
        """Where the receiver of that note signs one draft after the other."""
        link = Link(Purpose.DAY, touch.receiver, touch.due_at + DAY_LASTS)
        return f"{url_of(self.base_url, link, self.keys)}?next=/drafts"

    def day(self, touch: TouchRow, locale: str) -> tuple[Mapping[str, str], ...]:
        """What a digest shows: the page of its receiver's day."""
        link = Link(Purpose.DAY, touch.receiver, touch.due_at + DAY_LASTS)
        return ({"label": _DAY[language_of(locale)], "url": url_of(self.base_url, link, self.keys), "kind": "day"},)


def open_label(locale: str) -> str:
    """What stands on a link that the text has no word for."""
    return _OPEN[language_of(locale)]


def _is_outcome(word: str, words: Vocabularies) -> bool:
    return word in words.effective_outcomes or word in words.attempt_outcomes
