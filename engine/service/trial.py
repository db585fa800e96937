"""One message that says it is a test, by the way that real ones take: the channel, its far side and its answer."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import NamedTuple

from adapters.base import Limit, Message, Outcome
from engine.domain.civil import local
from engine.domain.keys import message_id
from engine.ground.errors import FollowupError, UsageError
from engine.service.app import App
from engine.service.channels.build import build_channel, stays_here
from engine.service.channels.relays import crowded, resting
from engine.settings.caldav_model import Caldav
from engine.settings.channel_kinds import ChannelConfig
from engine.settings.channel_model import Form
from engine.settings.plugin_model import PluggedIn
from engine.settings.wording import did_you_mean
from engine.stages.compose.chat import with_links
from engine.store.outbox import rates

PATIENCE = 60.0
"""Seconds that a trial waits for an answer, if the channel itself waits as long."""

_SUBJECT = "[test] followup 测试消息"
_TEXT = """\
This is a test of the channel {name}: what arrives here can arrive from rules as well.
测试渠道 {name}，无需处理。
"""


class Known(NamedTuple):
    """A channel as `channels list` shows it.

    `origin`: the package its kind comes from. `limit`: messages a minute, "" for none; `used`: of them in the last
    minute, by the busiest receiver where each has a limit of his own; `closed_until`: the far side had enough, ISO
    8601. `relays`: those of mail that are let alone for a while, until when and why; `domains`: likewise of
    receivers. `ready`: "yes", or why it cannot be opened.
    """

    channel: str
    kind: str
    origin: str
    reaches: str
    shows: str
    pilot: str
    limit: str
    used: int | None
    closed_until: str | None
    relays: str
    domains: str
    ready: str


class Tried(NamedTuple):
    """Whom a trial went to and what became of it, in the words of a receipt."""

    to: str
    outcome: str
    code: str
    detail: str
    retry_after: int | None

    @property
    def taken(self) -> bool:
        """Whether the far side took it, or a colleague to whom it is handed."""
        return self.handed or self.outcome == Outcome.ACCEPTED

    @property
    def handed(self) -> bool:
        """Whether it goes out only once a colleague sends it."""
        return self.outcome == Outcome.HANDED


def known_channels(app: App) -> Iterator[Known]:
    """All of config.yaml, in its order. Each is opened and closed again; nothing is sent."""
    relays, domains = resting(app), crowded(app)
    for name, config in app.settings.channels.items():
        limit = None
        try:
            channel = build_channel(name, app.settings, app.home, app.clock.now, rehearsal=app.rehearsal)
            channel.close()
            limit = channel.capabilities.limit
            here = not app.rehearsal or stays_here(name, app.settings, app.home, app.clock.now)
            ready = "yes" if here else "yes, into files"
        except FollowupError as error:
            ready = str(error)
        pilot = app.settings.redirect_to.get(name, "")
        rests = "; ".join(f"{one.relay} until {one.until}: {one.why}" for one in relays if one.channel == name)
        slow = "; ".join(f"{one.domain} until {one.until}" for one in domains if one.channel == name)
        origin = config.offer.source if isinstance(config, PluggedIn) else "followup"
        reaches, shows = " ".join(config.receivers), _shows(config)
        yield Known(name, config.kind, origin, reaches, shows, pilot, *_limited(app, limit), rests, slow, ready)


def _limited(app: App, limit: Limit | None) -> tuple[str, int | None, str | None]:
    """What `limit`, `used` and `closed_until` say of it."""
    if limit is None:
        return "", None, None
    now = app.db.now()
    with app.db.reading() as connection:
        standing = rates.standing(connection, [limit.credential], now)[limit.credential]
    closed = standing.closed_until
    until = local(closed, app.settings.defaults.timezone).isoformat() if closed else None
    return f"{limit.most} each" if limit.each else str(limit.most), max(standing.used.values(), default=0), until


def _shows(config: ChannelConfig) -> str:
    if config.kind == "webhook":
        return "json"
    if isinstance(config, Caldav):
        return config.entry
    if config.form in (Form.MAIL, Form.TEXT):
        return str(config.form.value)
    return "text" if getattr(config, "format", "") == "text" else "markdown"


def send_trial(app: App, name: str, to: str) -> Tried:
    """Send it. In a pilot it goes where everything goes."""
    config = app.settings.channels.get(name)
    if config is None:
        known = tuple(app.settings.channels)
        raise UsageError(f'there is no channel "{name}"; {did_you_mean(name, known)}'.rstrip("; "))
    address = app.settings.redirect_to.get(name, to) if config.kind != "webhook" else to
    channel = build_channel(name, app.settings, app.home, app.clock.now, rehearsal=app.rehearsal)
    now = app.clock.now()
    try:
        message = _message(app, name, config, address, now)
        receipt = channel.send(message, lambda: True, time.monotonic() + PATIENCE)
    except Exception as error:  # a channel must not raise; a plug-in's may
        raise FollowupError(f"{name} broke its promise and raised {type(error).__name__} in sending") from error
    finally:
        channel.close()
    return Tried(address, receipt.outcome.value, receipt.code, receipt.detail, receipt.retry_after)


def _message(app: App, name: str, config: ChannelConfig, address: str, now: int) -> Message:
    ident = message_id(f"test {now}", name, app.settings.company.domain)
    text = _TEXT.format(name=name)
    if config.kind == "webhook":
        text = json.dumps({"test": True, "text": text}, ensure_ascii=False)
    elif config.form not in (Form.MAIL, Form.TEXT) and app.settings.web is not None:
        link = {"label": "followup", "url": app.settings.web.base_url, "kind": "test"}
        text = with_links(text, [link], config.form)
    return Message(ident, address, _SUBJECT, text, date=now)
