"""What the windows of config.yaml must mean: hours that exist, and some in which all that bind a message are open."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from engine.domain.windows import ever_opens, parse_break, parse_hours
from engine.settings.model import Settings, Window
from engine.settings.timetable import Bounds, Timetable, hours_of, quiet_of
from engine.settings.wording import Location, Mistake, unknown_name

_DAY = "(?:mon|tue|wed|thu|fri|sat|sun)"
_DAYS = re.compile(rf"{_DAY}(?:-{_DAY})?(?:, ?{_DAY}(?:-{_DAY})?)*")
_WALL = re.compile(r"(?:[01]\d|2[0-3]):[0-5]\d")
_WIDEN = "widen one of them, or shorten quiet_hours"


def window_mistakes(settings: Settings) -> Iterator[Mistake]:
    """Mistakes in `windows`, `quiet_hours`, `category_windows` and `channel_windows`."""
    wrong = [*_windows(settings), *_quiet_hours(settings), *_names(settings)]
    yield from wrong
    if not wrong:
        never = list(_never_open(settings))
        yield from never or _never_open_together(settings)


def wall_time_mistakes(path: Location, text: str, *, end_of_day: bool = False) -> Iterator[Mistake]:
    """What is wrong with a time of day; `end_of_day`: it may be 24:00."""
    if not _WALL.fullmatch(text) and not (end_of_day and text == "24:00"):
        yield Mistake(path, "C110", f'"{text}" is not a time of day', 'write e.g. "09:00"')


def _windows(settings: Settings) -> Iterator[Mistake]:
    for name, window in settings.windows.items():
        where: Location = ("windows", name)
        if not _DAYS.fullmatch(window.days):
            hint = 'write e.g. mon-fri or "mon, wed, fri"'
            yield Mistake((*where, "days"), "C110", f'"{window.days}" does not name days', hint)
        wrong = [
            *wall_time_mistakes((*where, "open"), window.open),
            *wall_time_mistakes((*where, "close"), window.close, end_of_day=True),
        ]
        yield from wrong
        if not wrong and window.open >= window.close:
            message = f'window "{name}" closes at {window.close}, not after it opens at {window.open}'
            yield Mistake((*where, "close"), "C110", message)
        elif not wrong:
            yield from _breaks(name, window)


def _breaks(name: str, window: Window) -> Iterator[Mistake]:
    hours = parse_hours("mon-sun", window.open, window.close)
    for index, text in enumerate(window.breaks):
        path: Location = ("windows", name, "breaks", index)
        try:
            start, end = parse_break(text)
        except ValueError as error:
            message, _, hint = str(error).partition("; ")
            yield Mistake(path, "C110", message, hint)
            continue
        if end <= hours.opens or start >= hours.closes:
            message = f'the break "{text}" lies outside of window "{name}", {window.open} to {window.close}'
            yield Mistake(path, "C110", message)


def _quiet_hours(settings: Settings) -> Iterator[Mistake]:
    yield from wall_time_mistakes(("quiet_hours", "start"), settings.quiet_hours.start)
    yield from wall_time_mistakes(("quiet_hours", "end"), settings.quiet_hours.end)


def _names(settings: Settings) -> Iterator[Mistake]:
    windows = tuple(settings.windows)
    for category, window in settings.category_windows.items():
        yield from unknown_name(("category_windows", category), "window", window, windows)
        yield from _key("category_windows", "category", category, settings.vocabularies.categories)
    for channel, window in settings.channel_windows.items():
        yield from unknown_name(("channel_windows", channel), "window", window, windows)
        yield from _key("channel_windows", "channel", channel, tuple(settings.channels))
    for key in ("lead_window", "rep_window"):
        yield from unknown_name(("defaults", key), "window", getattr(settings.defaults, key), windows)


def _key(where: str, noun: str, name: str, known: tuple[str, ...]) -> Iterator[Mistake]:
    yield from (one._replace(on_key=True) for one in unknown_name((where, name), noun, name, known))


def _never_open(settings: Settings) -> Iterator[Mistake]:
    quiet = quiet_of(settings)
    for name, window in settings.windows.items():
        hours = hours_of(window)
        if not ever_opens(hours, None):
            message = f'window "{name}" is never open: all of it lies in its breaks'
            yield Mistake(("windows", name), "C110", message, "shorten them")
        elif not ever_opens(hours, quiet):
            message = f'window "{name}" is never open: all of it lies in the quiet hours'
            yield Mistake(("windows", name), "C110", message, "widen it, or shorten quiet_hours")


def _never_open_together(settings: Settings) -> Iterator[Mistake]:
    """Windows that leave a category or a channel no hour at all. Those that steps name are the rules' own."""
    timetable = Timetable(settings)
    of_lead, of_rep = settings.defaults.lead_window, settings.defaults.rep_window
    usual = {"lead": of_lead, "rep": of_rep, "system": of_rep}
    for category, window in settings.category_windows.items():
        for receiver in dict.fromkeys(usual.values()):
            if not timetable.ever_opens(Bounds(receiver, category)):
                message = f'window "{window}" of {category} and window "{receiver}" are never open together'
                yield Mistake(("category_windows", category), "C110", message, _WIDEN)
                break
    for channel, window in settings.channel_windows.items():
        receivers = (usual[kind] for kind in settings.channels[channel].receivers)
        yield from _channel_never_open(channel, window, dict.fromkeys(receivers), timetable, settings)


def _channel_never_open(
    channel: str, window: str, receivers: Iterable[str], timetable: Timetable, settings: Settings
) -> Iterator[Mistake]:
    for receiver in receivers:
        for category in ("", *settings.category_windows):
            if timetable.ever_opens(Bounds(receiver, category)) and not timetable.ever_opens(
                Bounds(receiver, category, channel)
            ):
                others = f'window "{receiver}"'
                if category:
                    others = f'{category}\'s window "{settings.category_windows[category]}" and {others}'
                message = f'window "{window}" of {channel}, {others} are never open together'
                yield Mistake(("channel_windows", channel), "C110", message, _WIDEN)
                return
