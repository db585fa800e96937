"""Channels: connect and log in; nothing is sent."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

from engine.ground.errors import FollowupError
from engine.service.app import App
from engine.service.channels.build import build_channel
from engine.service.channels.calls import call_on
from engine.service.channels.relays import resting
from engine.service.channels.site import Site
from engine.service.doctor.finding import Finding, fail, ok, warn

_AT_ONCE = 8


def channels(app: App) -> Iterator[Finding]:
    """Each of config.yaml, all at once, in its order; then relays that the daemon lets alone."""
    names = list(app.settings.channels)
    if not names:
        yield warn("channels", "config.yaml has none: nothing can be sent", "see docs/channels.md")
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        yield from pool.map(lambda name: _channel(app, name), names)
    for one in resting(app):
        yield warn(f"channel {one.channel}", f"{one.relay} is let alone until {one.until}: {one.why}", "mend the relay")
    for name, address in app.settings.redirect_to.items():
        yield warn(f"channel {name}", f"in a pilot: everything goes to {address}", "end it in config.yaml: redirect_to")


def _channel(app: App, name: str) -> Finding:
    about = f"channel {name}"
    try:
        channel = build_channel(name, app.settings, app.home, app.clock.now, rehearsal=app.rehearsal)
        channel.close()
        if app.rehearsal:
            return ok(about, "opens; a rehearsal calls nobody")
        limit = channel.capabilities.limit
        site = Site(name, app.settings, app.home, app.clock.now)
        told = call_on(app.settings.channels[name], site)
        return ok(about, f"{told}; at most {limit.most} a minute" if limit else told)
    except FollowupError as error:
        return fail(about, str(error), "mend it in config.yaml or over there, then: followup channels test")
