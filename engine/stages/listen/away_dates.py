"""When somebody who is away is back, as automatic answers say it in English and Chinese.

Who says until when he is away is away on that day too; who says when he is back is back on it. Of several dates the
latest counts: a message that comes a day late does no harm, one that comes to an empty desk does.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta

LONGEST = timedelta(days=366)
"""An absence is no longer; what says more was misread."""

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_MONTH = r"(?P<{0}>jan|feb|mar|apr|may|jun|jul|aug|sept?|oct|nov|dec)[a-z]*\.?"
_WEEKDAY = r"(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?"

_ENGLISH_DATE = "|".join((
    r"(?P<y1>\d{4})[-/.](?P<m1>\d{1,2})[-/.](?P<d1>\d{1,2})",
    rf"(?P<d2>\d{{1,2}})(?:st|nd|rd|th)?\s+(?:of\s+)?{_MONTH.format('m2')}(?:,?\s+(?P<y2>\d{{4}}))?",
    rf"{_MONTH.format('m3')}\s+(?P<d3>\d{{1,2}})(?:st|nd|rd|th)?(?!\d)(?:,?\s+(?P<y3>\d{{4}}))?",
    r"(?P<a4>\d{1,2})(?P<by>[/.])(?P<b4>\d{1,2})(?:(?P=by)(?P<y4>\d{4}))?",
))  # fmt: skip
_ENGLISH_WHEN = (
    rf"(?:(?:{_WEEKDAY}),?\s+(?:the\s+)?)?(?:{_ENGLISH_DATE})|(?:next\s+)?(?P<wd>{_WEEKDAY})\b|(?P<tom>tomorrow)"
)
_CHINESE_DATE = "|".join((
    r"(?:(?P<y1>\d{4})\s*年\s*)?(?P<m1>\d{1,2})\s*月\s*(?P<d1>\d{1,2})\s*[日号號]?",
    r"(?P<y2>\d{4})[-/.](?P<m2>\d{1,2})[-/.](?P<d2>\d{1,2})",
))  # fmt: skip
_CHINESE_WHEN = (
    rf"(?:{_CHINESE_DATE})(?:\s*[(（][^)）]{{1,8}}[)）])?"
    r"|(?P<next>下)?(?:个|個)?(?:周|週|星期|礼拜|禮拜)(?P<wd>[一二三四五六日天])|(?P<tom>明天|明日)"
)
_CLOCK = r"(?:\s*(?:at\s+)?\d{1,2}[:.]\d{2}\s*(?:am|pm)?(?:\s+on)?)?"

_ENGLISH_UNTIL = re.compile(
    rf"(?<!\w)(?:until|till|til|through|thru|up\s+to|to|[-–—])\s*(?:and\s+including\s+)?(?:the\s+end\s+of\s+)?{_CLOCK}\s*"
    rf"(?:on\s+)?(?:{_ENGLISH_WHEN})",
    re.IGNORECASE,
)
_ENGLISH_BACK = re.compile(
    r"\b(?:back|return(?:ing|s)?|available|reachable|resume|in\s+(?:the|my)\s+office)\b[^.!?\n\d]{0,40}?"
    rf"\b(?:on|from|by|at|in|as\s+of|starting)?{_CLOCK}\s*(?:the\s+)?(?:{_ENGLISH_WHEN})",
    re.IGNORECASE,
)
_NOT_BACK = re.compile(
    r"\bnot\s+(?:be\s+)?(?:back|return|available|in)\b[^.!?\n]{0,20}\b(?:from|on|between)\b", re.IGNORECASE
)
_BACK_WORDS = r"(?:返[回岗崗工程]|回[来來到]|回公司|回办公室|上班|[复復]工|恢[复復]|收假|销假|回[复覆]您)"
_CHINESE_BACK = re.compile(rf"(?:{_CHINESE_WHEN})\s*(?:[起后後才再我将將会會能可]|正式|開始|开始)*\s*{_BACK_WORDS}")
_CHINESE_UNTIL = re.compile(rf"(?:至|到|截止|直到|止于|[-–—~～])\s*(?:{_CHINESE_WHEN})")
_CHINESE_SHORT = re.compile(  # 3月1日至3日
    r"(?:(?P<y1>\d{4})\s*年\s*)?(?P<m1>\d{1,2})\s*月\s*\d{1,2}\s*[日号號]?"
    r"\s*(?:至|到|[-–—~～])\s*(?P<d1>\d{1,2})\s*[日号號]"
)


def back_on(text: str, sent_on: date) -> date | None:
    """The first day on which he is not away; None if the text does not say, or says what cannot be meant.

    `sent_on` is the day it was written: years that are left out and weekdays count from it.
    """
    text = _NOT_BACK.sub(" ", text)
    found = [one for one in _all(text, sent_on) if sent_on < one <= sent_on + LONGEST]
    return max(found, default=None)


def _all(text: str, sent_on: date) -> Iterator[date]:
    until = (_ENGLISH_UNTIL, _CHINESE_UNTIL, _CHINESE_SHORT)
    for pattern, more in (*((one, 1) for one in until), (_ENGLISH_BACK, 0), (_CHINESE_BACK, 0)):
        for match in pattern.finditer(text):
            day = _day(match, sent_on)
            if day is not None:
                yield day + timedelta(days=0 if pattern is _CHINESE_UNTIL and _is_return(text, match) else more)


def _is_return(text: str, match: re.Match[str]) -> bool:
    """`到3月3日返回`: the day he is back."""
    return re.match(rf"\s*(?:才|再|将|會|会)*\s*{_BACK_WORDS}", text[match.end() :]) is not None


def _day(match: re.Match[str], sent_on: date) -> date | None:
    """Of `03/09`, which is a day in March or in September, the one that comes first."""
    said = {name: value for name, value in match.groupdict().items() if value}
    if said.get("tom"):
        return sent_on + timedelta(days=1)
    if weekday := said.get("wd"):
        index = "一二三四五六日天".find(weekday) if not weekday.isascii() else _DAYS.index(weekday[:3].lower())
        return _weekday(min(index, 6), sent_on, chinese_next=bool(said.get("next")))
    if "a4" in said:
        year = said.get("y4")
        first, second = int(said["a4"]), int(said["b4"])
        dates = (_date(year, second, first, sent_on), _date(year, first, second, sent_on))
        return min((one for one in dates if one is not None and one >= sent_on), default=None)
    for n in "123":
        if f"d{n}" in said:
            return _date(said.get(f"y{n}"), _month(said[f"m{n}"]), int(said[f"d{n}"]), sent_on)
    return None


def _month(text: str) -> int:
    return int(text) if text.isdecimal() else _MONTHS.index(text[:3].lower()) + 1


def _date(year: str | None, month: int, day: int, sent_on: date) -> date | None:
    """Without a year: the next one that comes, unless it lies so far ahead that it has just passed."""
    try:
        if year is not None:
            return date(int(year), month, day)
        this = date(sent_on.year, month, day)
        if this >= sent_on - timedelta(days=31):
            return this
        return date(sent_on.year + 1, month, day)
    except ValueError:
        return None


def _weekday(index: int, sent_on: date, *, chinese_next: bool) -> date:
    """The next one after that day; `下周一` is the Monday of the week after this one."""
    if chinese_next:
        return sent_on + timedelta(days=7 - sent_on.weekday() + index)
    return sent_on + timedelta(days=(index - sent_on.weekday() - 1) % 7 + 1)
