"""Calendars of colleagues."""

from __future__ import annotations

from urllib.parse import urlsplit

from adapters.base import Channel
from engine.service.channels.site import Site, is_loopback
from engine.settings.caldav_model import Caldav


def caldav(config: Caldav, site: Site) -> Channel:
    from adapters.channels.caldav import CaldavChannel, Calendars  # icalendar takes 3 MB, and few have calendars

    return CaldavChannel(
        Calendars(
            config.url, config.username, site.secret(config.password), config.entry, config.timeout, config.networks
        )
    )


def is_local(config: Caldav, _site: Site) -> bool:
    return is_loopback(urlsplit(config.url).hostname or "")
