"""How many days the post takes, by where somebody lives."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from engine.domain.regions.codes import COUNTRIES, lies_within, region_code

ELSEWHERE = "else"
_CHINA = "CN"


@dataclass(frozen=True)
class Post:
    """Days by region code or country, the longest code first, and `elsewhere` for everybody else."""

    elsewhere: int
    places: tuple[tuple[str, int], ...] = ()

    @property
    def shortest(self) -> int:
        """The days that it takes at the least."""
        return min((self.elsewhere, *(days for _, days in self.places)))

    @property
    def longest(self) -> int:
        """The days that it takes at the most."""
        return max((self.elsewhere, *(days for _, days in self.places)))

    def days(self, region: str | None, country: str) -> int:
        """The days to somebody of this region code (GB/T 2260 or ISO 3166; None: not known) and country (ISO 3166)."""
        return self.nearest(region, country)[1]

    def nearest(self, region: str | None, country: str) -> tuple[str, int]:
        """The place of the table that counts for him, and its days: the smallest one that his region lies in, then his
        country, then everywhere else."""
        for lives in (region or "", COUNTRIES.get(country, country)):
            for code, days in self.places:
                if lies_within(lives, code):
                    return code, days
        return ELSEWHERE, self.elsewhere


AT_ONCE = Post(0)
"""What takes no days."""


def place_code(written: str) -> str:
    """The code of a region or country, however it is written; UnknownRegion where there is none. China is `CN`."""
    if written.strip().upper() == _CHINA:
        return _CHINA
    return region_code(written)


def post_of(days: Mapping[str, int]) -> Post:
    """A table of days by place, with `else` for everywhere else; UnknownRegion where a place is none."""
    found = {place_code(written): number for written, number in days.items() if written != ELSEWHERE}
    return Post(days[ELSEWHERE], tuple(sorted(found.items(), key=lambda one: (-len(one[0]), one[0]))))
