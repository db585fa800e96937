"""Whatever Apprise knows, where it is installed."""

from __future__ import annotations

from importlib.util import find_spec

from adapters.base import Channel
from engine.ground.errors import UsageError
from engine.service.channels.site import Site
from engine.settings import apprise_model


def apprise(config: apprise_model.Apprise, site: Site) -> Channel:
    if find_spec("apprise") is None:
        raise UsageError(f"channel {site.name} needs Apprise, which is not installed; pip install 'followup[apprise]'")
    from adapters.channels.apprise import AppriseChannel

    try:
        return AppriseChannel(site.secret(config.service), config.timeout)
    except ValueError as error:
        raise UsageError(f"{config.service}: {error}") from None
