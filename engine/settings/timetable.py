"""The windows of config.yaml, read once: when a message may arrive, by everything that narrows it."""

from __future__ import annotations

from typing import NamedTuple

from engine.domain.windows import (
    Hours,
    Quiet,
    Span,
    ever_opens,
    intersection,
    next_open,
    open_span,
    parse_hours,
    parse_quiet,
)
from engine.settings.model import Settings, Window


class Bounds(NamedTuple):
    """What narrows a message: the receiver's window, its category, and (at sending only) its channel."""

    window: str
    category: str = ""
    channel: str = ""


def hours_of(window: Window) -> Hours:
    """A window of config.yaml; ValueError if it is none."""
    return parse_hours(window.days, window.open, window.close, window.breaks)


def quiet_of(settings: Settings) -> Quiet:
    """The quiet hours of config.yaml; ValueError if they are none."""
    return parse_quiet(settings.quiet_hours.start, settings.quiet_hours.end)


class Timetable:
    """Open is when every window that binds a message is open, and the quiet hours are not.

    A window that config.yaml no longer knows is taken for one without keys.
    """

    def __init__(self, settings: Settings) -> None:
        self._hours = {name: hours_of(window) for name, window in settings.windows.items()}
        self._usual = hours_of(Window())
        self._categories = settings.category_windows
        self._channels = settings.channel_windows
        self._quiet = quiet_of(settings)
        self._known: dict[Bounds, Hours] = {}
        self._ever_open: dict[Bounds, bool] = {}

    def hours(self, bounds: Bounds) -> Hours:
        """The intersection of the windows that bind it."""
        known = self._known.get(bounds)
        if known is None:
            narrower = (self._categories.get(bounds.category), self._channels.get(bounds.channel))
            names = [bounds.window, *(name for name in narrower if name is not None)]
            known = self._known[bounds] = intersection(*(self._hours.get(name, self._usual) for name in names))
        return known

    def ever_opens(self, bounds: Bounds) -> bool:
        """Whether there is any hour in which all of them are open."""
        known = self._ever_open.get(bounds)
        if known is None:
            known = self._ever_open[bounds] = ever_opens(self.hours(bounds), self._quiet)
        return known

    def open_span(self, at: int, bounds: Bounds, zone: str) -> Span | None:
        """The open span around `at`, or None while it is closed."""
        return open_span(at, self.hours(bounds), self._quiet, zone)

    def opens_before(self, last: int, at: int, bounds: Bounds, zone: str) -> bool:
        """Whether it is open at some instant from `at` on and before `last`."""
        return self.ever_opens(bounds) and self.next_open(at, bounds, zone) < last

    def next_open(self, at: int, bounds: Bounds, zone: str) -> int:
        """The first open instant from `at` on; ValueError if there is none."""
        return next_open(at, self.hours(bounds), self._quiet, zone)
