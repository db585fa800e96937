"""What lunar years, months and days are called: 丙午马年闰六月初十, or `leap month 6, day 10 of 2026 (Horse)`.

Other languages than zh-Hans and zh-Hant get English. Month 11 is 冬月 and month 12 腊月 (臘月), as wall calendars
print them. A sexagenary year begins on the first day of month 1 here, as it does on those.
"""

from __future__ import annotations

from engine.domain.calendars.lunar import LunarDate

_STEMS, _BRANCHES = "甲乙丙丁戊己庚辛壬癸", "子丑寅卯辰巳午未申酉戌亥"
_ANIMALS = {
    "zh-Hans": tuple("鼠牛虎兔龙蛇马羊猴鸡狗猪"),
    "zh-Hant": tuple("鼠牛虎兔龍蛇馬羊猴雞狗豬"),
    "en": ("Rat", "Ox", "Tiger", "Rabbit", "Dragon", "Snake", "Horse", "Goat", "Monkey", "Rooster", "Dog", "Pig"),
}
_MONTHS = "正二三四五六七八九十冬"
_LAST_MONTH = {"zh-Hans": "腊", "zh-Hant": "臘"}
_LEAP = {"zh-Hans": "闰", "zh-Hant": "閏"}
_TENS, _ONES = ("初", "十", "廿"), "一二三四五六七八九十"
_FIRST = 4  # the year 4 began a cycle of sixty: 甲子, and of twelve: the Rat


def year_name(year: int, language: str) -> str:
    """`丙午马年` (sexagenary name and animal), or `2026 (Horse)`."""
    place = year - _FIRST
    animal = _ANIMALS.get(language, _ANIMALS["en"])[place % 12]
    if language not in _LEAP:
        return f"{year} ({animal})"
    return f"{_STEMS[place % 10]}{_BRANCHES[place % 12]}{animal}年"


def month_name(month: int, leap: bool, language: str) -> str:
    """`正月`, `闰六月`, or `month 1`, `leap month 6`."""
    if language not in _LEAP:
        return f"leap month {month}" if leap else f"month {month}"
    name = _LAST_MONTH[language] if month == 12 else _MONTHS[month - 1]
    return f"{_LEAP[language] if leap else ''}{name}月"


def day_name(day: int, language: str) -> str:
    """`初一`, `二十`, `廿九`, `三十`, or `day 1`."""
    if language not in _LEAP:
        return f"day {day}"
    if day in (20, 30):
        return "二十" if day == 20 else "三十"
    return _TENS[(day - 1) // 10] + _ONES[(day - 1) % 10]


def lunar_name(lunar: LunarDate, language: str) -> str:
    """The whole date: `丙午马年正月初一`, or `month 1, day 1 of 2026 (Horse)`."""
    year = year_name(lunar.year, language)
    month, day = month_name(lunar.month, lunar.leap, language), day_name(lunar.day, language)
    return year + month + day if language in _LEAP else f"{month}, {day} of {year}"


def lunar_text(lunar: LunarDate) -> str:
    """As imports write it: `lunar:2026-01-01`, `lunar:2025-L06-10`."""
    return f"lunar:{lunar.year}-{'L' if lunar.leap else ''}{lunar.month:02}-{lunar.day:02}"
