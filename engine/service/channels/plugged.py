"""Channels of plug-ins. Secrets are looked up here, so that a package from outside sees its own and no others."""

from __future__ import annotations

from adapters import plugin
from adapters.base import Channel
from engine.ground.errors import UsageError
from engine.service.channels.site import Site
from engine.settings.plugin_model import PluggedIn


def plugged_in(config: PluggedIn, site: Site) -> Channel:
    """Raises UsageError where the plug-in raises anything."""
    secrets = {key: site.secret(reference) for key, reference in config.references().items()}
    try:
        return config.offer.plugin.build(config.options, plugin.Site(site.name, secrets, site.now))
    except Exception as error:  # a package from outside may do anything
        words = " ".join(str(error).split())
        why = type(error).__name__ if any(one and one in words for one in secrets.values()) else words
        message = f'channel "{site.name}" could not be set up by {config.offer.source}: {why}'
        raise UsageError(message) from error
