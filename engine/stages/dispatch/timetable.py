"""The windows of config.yaml, read once, asked for every delivery."""

from __future__ import annotations

from engine.domain.windows import Span, next_open, open_span, parse_hours, parse_quiet
from engine.settings.model import Settings, Window


class Timetable:
    """When a receiver may be reached, by a window's name and his zone.

    A delivery whose window config.yaml no longer knows keeps the ordinary hours of a window without keys.
    """

    def __init__(self, settings: Settings) -> None:
        windows = settings.windows.items()
        self._hours = {name: parse_hours(one.days, one.open, one.close) for name, one in windows}
        usual = Window()
        self._usual = parse_hours(usual.days, usual.open, usual.close)
        self._quiet = parse_quiet(settings.quiet_hours.start, settings.quiet_hours.end)

    def open_span(self, at: int, window: str, zone: str) -> Span | None:
        """The open span around `at`, or None while the window is closed."""
        return open_span(at, self._hours.get(window, self._usual), self._quiet, zone)

    def next_open(self, at: int, window: str, zone: str) -> int:
        """The first open instant from `at` on."""
        return next_open(at, self._hours.get(window, self._usual), self._quiet, zone)
