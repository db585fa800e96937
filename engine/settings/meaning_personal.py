"""What the days ahead of a colleague's own messages must mean: places that there are, each once, and an `else`."""

from __future__ import annotations

from collections.abc import Iterator

from engine.domain.post import ELSEWHERE, place_code
from engine.domain.regions.codes import UnknownRegion
from engine.settings.personal_model import Personal
from engine.settings.wording import Location, Mistake


def personal_mistakes(where: Location, channel: Personal) -> Iterator[Mistake]:
    """Every mistake of its `days_ahead` by place."""
    if not isinstance(channel.days_ahead, dict):
        return
    path = (*where, "days_ahead")
    if ELSEWHERE not in channel.days_ahead:
        hint = f"{ELSEWHERE}: 7 stands for everywhere else"
        yield Mistake(path, "C104", f'{".".join(map(str, path))} lacks "{ELSEWHERE}"', hint, on_key=True)
    known: dict[str, str] = {}
    for written in channel.days_ahead:
        if written == ELSEWHERE:
            continue
        try:
            code = place_code(written)
        except UnknownRegion as error:
            message, _, hint = str(error).partition("; ")
            yield Mistake((*path, written), "C112", message, hint, on_key=True)
            continue
        if code in known:
            message = f'"{written}" is the same place as "{known[code]}"'
            yield Mistake((*path, written), "C113", message, "keep one of them", on_key=True)
        known.setdefault(code, written)
