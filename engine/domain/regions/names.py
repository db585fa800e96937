"""Chinese names of regions: `成都`, `四川成都市`, `內蒙古 呼和浩特`, and names that were abolished."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from enum import IntEnum
from functools import cache

from engine.domain.regions.divisions import divisions, former, simplified

_PEOPLES = (
    "满族|回族|蒙古族|壮族|苗族|土家族|彝族|藏族|羌族|侗族|瑶族|畲族|黎族|朝鲜族|哈尼族|傣族|白族|纳西族|拉祜族|佤族|布朗族|"
    "仡佬族|布依族|土族|撒拉族|保安族|东乡族|哈萨克族?|达斡尔族|各族|水族|景颇族|傈僳族|独龙族|怒族|普米族|仫佬族|毛南族|"
    "裕固族|锡伯族|鄂伦春|鄂温克族|维吾尔|蒙古|柯尔克孜"
)
_KIND = re.compile(rf"(?:(?:{_PEOPLES})*自治[州县旗区]|特别行政区|地区|林区|新区|矿区|特区|省|市|盟|区|县|旗)$")
_PLAIN = re.compile(r"(?:自治[州县旗区]|省|市|区|县|旗)$")
_GAPS = re.compile(r"[\s,，、/／\\|>·・-]+")
_COUNTRY = re.compile(r"^(?:中华人民共和国|中国)")


def short(name: str) -> str:
    """The name as people say it: without 省, 市, 自治州; the whole if less than two characters would be left."""
    return next((kept for kind in (_KIND, _PLAIN) if len(kept := kind.sub("", name)) >= 2), name)


def by_name(text: str) -> tuple[str, ...]:
    """The codes that the name may stand for; one where it is clear, several where it is not.

    A full name beats a short one, today's an abolished one, a city the district of its name (西安), a whole its
    part of the same name (大理), a province everything (吉林).
    """
    name = _COUNTRY.sub("", _GAPS.sub("", text).translate(simplified()))
    if name in ("台湾", "台湾省"):
        return ("TW",)
    found = set(_matches(name, ""))
    best = min((clarity for clarity, _ in found), default=None)
    return _outermost({code for clarity, code in found if clarity == best})


class Clarity(IntEnum):
    """How sure a spelling is: lower is better."""

    FULL = 0
    SHORT = 1
    DISTRICT = 2      # 朝阳 for 朝阳区: said after the city, hardly alone
    FORMER = 3


def _matches(name: str, within: str) -> Iterator[tuple[Clarity, str]]:
    """Codes below `within` whose path the name spells, levels left out where it leaves them out."""
    for size in range(len(name), 1, -1):
        for clarity, code in _spellings().get(name[:size], ()):
            if not code.startswith(within):
                continue
            if size == len(name):
                yield clarity, code
            elif len(code) < 6:
                yield from _matches(name[size:], code)


def _outermost(found: set[str]) -> tuple[str, ...]:
    provinces = [code for code in found if len(code) == 2]
    if len(provinces) == 1:
        return (provinces[0],)
    return tuple(sorted(code for code in found if not any(code != one and code.startswith(one) for one in found)))


@cache
def _spellings() -> Mapping[str, tuple[tuple[Clarity, str], ...]]:
    """Codes by the names they go by; abolished names stand for today's code."""
    found: dict[str, dict[str, Clarity]] = defaultdict(dict)
    for code, name in divisions().items():
        found[name][code] = Clarity.FULL
        is_district = len(code) == 6 and name.endswith("区")
        found[short(name)].setdefault(code, Clarity.DISTRICT if is_district else Clarity.SHORT)
    for name, today in former().values():
        for spelling in (name, short(name)):
            found[spelling].setdefault(today, Clarity.FORMER)
    return {spelling: tuple((clarity, code) for code, clarity in codes.items()) for spelling, codes in found.items()}
