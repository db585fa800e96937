"""Kinds of channels that installed packages offer, found by their entry points and loaded only when named."""

from __future__ import annotations

from importlib.metadata import EntryPoint, entry_points
from typing import NamedTuple

from adapters.plugin import GROUP, Plugin


class Offer(NamedTuple):
    """A plug-in that could be loaded. `source`: its package and version."""

    plugin: Plugin
    source: str


class NoPlugin(Exception):
    """A kind that no package offers, or not so that it can be used. Its text is for people."""


def kinds_offered() -> tuple[str, ...]:
    """The kinds that installed packages offer, whether or not they can be loaded."""
    return tuple(sorted({found.name for found in entry_points(group=GROUP)}))


def offer_of(kind: str) -> Offer | None:
    """Its plug-in, imported now; None if no package offers the kind. Raises NoPlugin."""
    found = tuple(entry_points(group=GROUP, name=kind))
    if not found:
        return None
    sources = sorted({_source(one) for one in found})
    if len(sources) > 1:
        raise NoPlugin(f'the kind "{kind}" is offered by {" and by ".join(sources)}; remove one of them')
    try:
        plugin = found[0].load()
    except Exception as error:  # a package from outside may do anything when it is imported
        raise NoPlugin(f'the plug-in "{kind}" of {sources[0]} does not load: {_words(error)}') from error
    if not isinstance(plugin, Plugin):
        raise NoPlugin(f'the plug-in "{kind}" of {sources[0]} is no adapters.plugin.Plugin: {found[0].value}')
    return Offer(plugin, sources[0])


def _source(found: EntryPoint) -> str:
    package = found.dist
    return f"{package.name} {package.version}" if package is not None else found.value


def _words(error: Exception) -> str:
    """One line."""
    return " ".join(f"{type(error).__name__}: {error}".split())
