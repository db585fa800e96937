"""The 24 solar terms (节气) of every year from 1901 to 2099: when they fall, and what they are called.

A term always falls into the same Gregorian month, on one of at most four days. The table holds one integer for
each year: two bits for each term, Minor Cold lowest, count the days from the earliest day on which it ever falls.
A line is one cycle of leap years.

Source: the tables of the Hong Kong Observatory. sxtwl and lunar_python, which compute, differ by one day in
1912 (小雪), 1913 (秋分), 1917 (大雪), 1927 (白露), 1928 (夏至) and 1979 (大寒): the Observatory's dates hold here.
Days are civil days of the zone UTC+8, whichever zone somebody lives in.
"""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

_TABLE = (
    0x6AAAA6AA9A5A, 0xAAAAAABAAA6A, 0xAAABBABBAFAA, 0x5AA665A65AAB,  # 1901
    0x6AAAA6AA9A5A, 0xAAAAAAAAAA6A, 0xAAABBABBAFAA, 0x5AA665A65AAB,  # 1905
    0x6AAAA6AA9A5A, 0xAAAAAAAAAA6A, 0xAAABBABBAFAA, 0x5AA665A65AAB,  # 1909
    0x6AAAA6AA9A56, 0xAAAAAAAA9A5A, 0xAAABAABAAEAA, 0x569665A65AAA,  # 1913
    0x5AA6A6A69A56, 0x6AAAAAAA9A5A, 0xAAABAABAAEAA, 0x569665A65AAA,  # 1917
    0x5AA6A6A65A56, 0x6AAAAAAA9A5A, 0xAAABAABAAA6A, 0x569665A65AAA,  # 1921
    0x5AA6A6A65A56, 0x6AAAA6AA9A5A, 0xAAAAAABAAA6A, 0x555665665AAA,  # 1925
    0x5AA665A65A56, 0x6AAAA6AA9A5A, 0xAAAAAABAAA6A, 0x555665665AAA,  # 1929
    0x5AA665A65A56, 0x6AAAA6AA9A5A, 0xAAAAAAAAAA6A, 0x555665665AAA,  # 1933
    0x5AA665A65A56, 0x6AAAA6AA9A5A, 0xAAAAAAAAAA6A, 0x555665665AAA,  # 1937
    0x5AA665A65A56, 0x6AAAA6AA9A5A, 0xAAAAAAAAAA6A, 0x555665655AAA,  # 1941
    0x569665A65A56, 0x6AA6A6AA9A56, 0xAAAAAAAA9A5A, 0x5556556559AA,  # 1945
    0x569665A65A55, 0x6AA6A6A65A56, 0xAAAAAAAA9A5A, 0x5556556559AA,  # 1949
    0x569665A65A55, 0x5AA6A6A65A56, 0x6AAAA6AA9A5A, 0x5556556555AA,  # 1953
    0x569665A65A55, 0x5AA665A65A56, 0x6AAAA6AA9A5A, 0x55555565556A,  # 1957
    0x555665665A55, 0x5AA665A65A56, 0x6AAAA6AA9A5A, 0x55555565556A,  # 1961
    0x555665665A55, 0x5AA665A65A56, 0x6AAAA6AA9A5A, 0x55555555556A,  # 1965
    0x555665665A55, 0x5AA665A65A56, 0x6AAAA6AA9A5A, 0x55555555556A,  # 1969
    0x555665655A55, 0x5AA665A65A56, 0x6AA6A6AA9A5A, 0x55555555456A,  # 1973
    0x555655655A55, 0x5A9665A65A56, 0x6AA6A6A69A5A, 0x55555555456A,  # 1977
    0x555655655A55, 0x569665A65A56, 0x6AA6A6A65A56, 0x55555155455A,  # 1981
    0x555655655955, 0x569665A65A55, 0x5AA6A5A65A56, 0x15555155455A,  # 1985
    0x555555655555, 0x569665665A55, 0x5AA665A65A56, 0x15555155455A,  # 1989
    0x555555655515, 0x555665665A55, 0x5AA665A65A56, 0x15555155455A,  # 1993
    0x555555555515, 0x555665665A55, 0x5AA665A65A56, 0x15555155455A,  # 1997
    0x555555555515, 0x555665665A55, 0x5AA665A65A56, 0x15555155455A,  # 2001
    0x555555555515, 0x555655655A55, 0x5AA665A65A56, 0x15515155455A,  # 2005
    0x555555554515, 0x555655655A55, 0x5A9665A65A56, 0x15515151455A,  # 2009
    0x555551554515, 0x555655655A55, 0x569665A65A56, 0x155151510556,  # 2013
    0x555551554505, 0x555655655955, 0x569665665A55, 0x155110510556,  # 2017
    0x155551554505, 0x555555655555, 0x569665665A55, 0x055110510556,  # 2021
    0x155551554505, 0x555555555515, 0x555665665A55, 0x055110510556,  # 2025
    0x155551554505, 0x555555555515, 0x555665665A55, 0x055110510556,  # 2029
    0x155551554505, 0x555555555515, 0x555655655A55, 0x055110510556,  # 2033
    0x155551554505, 0x555555555515, 0x555655655A55, 0x055110510556,  # 2037
    0x155151514505, 0x555555554515, 0x555655655A55, 0x054110510556,  # 2041
    0x155151510505, 0x555551554515, 0x555655655A55, 0x014110110556,  # 2045
    0x155110510501, 0x555551554505, 0x555555655555, 0x014110110555,  # 2049
    0x155110510501, 0x555551554505, 0x555555555555, 0x014110110555,  # 2053
    0x055110510501, 0x155551554505, 0x555555555555, 0x000110110555,  # 2057
    0x055110510501, 0x155551554505, 0x555555555515, 0x000110110555,  # 2061
    0x055110510501, 0x155551554505, 0x555555555515, 0x000100100555,  # 2065
    0x055110510501, 0x155151514505, 0x555555555515, 0x000100100555,  # 2069
    0x054110510501, 0x155151514505, 0x555551554515, 0x000100100555,  # 2073
    0x054110510501, 0x155150510505, 0x555551554515, 0x000100100555,  # 2077
    0x014110110501, 0x155110510505, 0x555551554505, 0x000000100055,  # 2081
    0x014110110500, 0x155110510501, 0x555551554505, 0x000000000055,  # 2085
    0x014110110500, 0x055110510501, 0x155551554505, 0x000000000055,  # 2089
    0x000110110500, 0x055110510501, 0x155551554505, 0x000000000015,  # 2093
    0x000100110500, 0x055110510501, 0x155551554505,  # 2097
)  # fmt: skip

YEARS = range(1901, 1901 + len(_TABLE))
"""The Gregorian years whose solar terms are known."""


class SolarTerm(NamedTuple):
    """One of the 24. `key` is its name in rules and config, `earliest` the earliest day of its month."""

    key: str
    month: int
    earliest: int
    zh_hans: str
    zh_hant: str
    en: str

    def name(self, language: str) -> str:
        """Its name in `zh-Hans`, `zh-Hant` or `en`. ValueError: another language."""
        names = {"zh-Hans": self.zh_hans, "zh-Hant": self.zh_hant, "en": self.en}
        if language not in names:
            raise ValueError(f"solar terms have names in {', '.join(names)}, not in {language}")
        return names[language]


TERMS = (
    SolarTerm("xiaohan", 1, 4, "小寒", "小寒", "Minor Cold"),
    SolarTerm("dahan", 1, 19, "大寒", "大寒", "Major Cold"),
    SolarTerm("lichun", 2, 3, "立春", "立春", "Start of Spring"),
    SolarTerm("yushui", 2, 18, "雨水", "雨水", "Rain Water"),
    SolarTerm("jingzhe", 3, 4, "惊蛰", "驚蟄", "Awakening of Insects"),
    SolarTerm("chunfen", 3, 19, "春分", "春分", "Spring Equinox"),
    SolarTerm("qingming", 4, 4, "清明", "清明", "Qingming"),
    SolarTerm("guyu", 4, 19, "谷雨", "穀雨", "Grain Rain"),
    SolarTerm("lixia", 5, 4, "立夏", "立夏", "Start of Summer"),
    SolarTerm("xiaoman", 5, 20, "小满", "小滿", "Grain Buds"),
    SolarTerm("mangzhong", 6, 4, "芒种", "芒種", "Grain in Ear"),
    SolarTerm("xiazhi", 6, 20, "夏至", "夏至", "Summer Solstice"),
    SolarTerm("xiaoshu", 7, 6, "小暑", "小暑", "Minor Heat"),
    SolarTerm("dashu", 7, 22, "大暑", "大暑", "Major Heat"),
    SolarTerm("liqiu", 8, 6, "立秋", "立秋", "Start of Autumn"),
    SolarTerm("chushu", 8, 22, "处暑", "處暑", "End of Heat"),
    SolarTerm("bailu", 9, 6, "白露", "白露", "White Dew"),
    SolarTerm("qiufen", 9, 22, "秋分", "秋分", "Autumn Equinox"),
    SolarTerm("hanlu", 10, 7, "寒露", "寒露", "Cold Dew"),
    SolarTerm("shuangjiang", 10, 22, "霜降", "霜降", "Frost's Descent"),
    SolarTerm("lidong", 11, 6, "立冬", "立冬", "Start of Winter"),
    SolarTerm("xiaoxue", 11, 21, "小雪", "小雪", "Minor Snow"),
    SolarTerm("daxue", 12, 6, "大雪", "大雪", "Major Snow"),
    SolarTerm("dongzhi", 12, 21, "冬至", "冬至", "Winter Solstice"),
)
"""In the order of the Gregorian year."""

_PLACES = {term.key: place for place, term in enumerate(TERMS)}


def term_day(key: str, year: int) -> date:
    """The day on which a term falls in a Gregorian year. ValueError: no such term, or not one of YEARS."""
    if key not in _PLACES:
        raise ValueError(f"{key} is not a solar term; the solar terms are {', '.join(_PLACES)}")
    if year not in YEARS:
        raise ValueError(f"solar terms are known from {YEARS[0]} to {YEARS[-1]}, not in {year}")
    return _day(_PLACES[key], year)


def terms_of(year: int) -> tuple[tuple[date, SolarTerm], ...]:
    """The 24 terms of a Gregorian year with their days, in order. ValueError: not one of YEARS."""
    return tuple((term_day(term.key, year), term) for term in TERMS)


def term_on(day: date) -> SolarTerm | None:
    """The term that begins on that day, if one does. ValueError: its year is not one of YEARS."""
    return next((term for term in TERMS if term.month == day.month and term_day(term.key, day.year) == day), None)


def _day(place: int, year: int) -> date:
    later = _TABLE[year - YEARS.start] >> 2 * place & 3
    return date(year, TERMS[place].month, TERMS[place].earliest + later)
