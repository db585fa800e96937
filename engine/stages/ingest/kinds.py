"""Which kind of circumstance a warning is: by the feed's own table first, then by the words of the field."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from engine.domain.wildcards import fits

USUAL = (
    ("*earthquake*", "earthquake"), ("*tsunami*", "flood"), ("*flood*", "flood"), ("*storm surge*", "flood"),
    ("*thunderstorm*", "storm"), ("*tornado*", "storm"), ("*hurricane*", "storm"), ("*typhoon*", "storm"),
    ("*cyclone*", "storm"), ("*blizzard*", "storm"), ("*winter storm*", "storm"), ("*ice storm*", "storm"),
    ("*tropical storm*", "storm"), ("*storm*", "storm"), ("*high wind*", "storm"), ("*hail*", "storm"),
    ("*epidemic*", "epidemic"), ("*pandemic*", "epidemic"),
    ("*wildfire*", "wildfire"), ("*drought*", "drought"), ("*volcan*", "volcano"),
    ("*地震*", "earthquake"), ("*海啸*", "flood"), ("*洪*", "flood"), ("*内涝*", "flood"), ("*风暴潮*", "flood"),
    ("*台风*", "storm"), ("*颱風*", "storm"), ("*暴雨*", "storm"), ("*暴雪*", "storm"), ("*雷暴*", "storm"),
    ("*雷雨大风*", "storm"), ("*龙卷*", "storm"), ("*冰雹*", "storm"), ("*疫情*", "epidemic"), ("*传染病*", "epidemic"),
    ("*森林火*", "wildfire"), ("*草原火*", "wildfire"), ("*干旱*", "drought"), ("*火山*", "volcano"),
    ("EQ", "earthquake"), ("TC", "storm"), ("FL", "flood"), ("TS", "flood"), ("WF", "wildfire"), ("DR", "drought"),
    ("VO", "volcano"),
)  # fmt: skip
"""Event words of CAP feeds, then the codes of GDACS. Kinds that config.yaml does not have are passed over."""


def kind_of(event: str, codes: Sequence[str], own: Mapping[str, str], kinds: Collection[str]) -> str | None:
    """The kind of a warning with that event word and those codes; None: it is none that config.yaml wants."""
    for pattern, kind in (*own.items(), *_usual(kinds)):
        if any(fits(word.casefold(), pattern.casefold()) for word in (event, *codes)):
            return kind or None
    return None


def _usual(kinds: Collection[str]) -> Iterator[tuple[str, str]]:
    return (pair for pair in USUAL if pair[1] in kinds)
