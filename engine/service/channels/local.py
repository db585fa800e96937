"""What stays on this machine: files, and what is printed."""

from __future__ import annotations

import sys

from adapters.base import Channel
from adapters.channels.console import ConsoleChannel
from engine.service.channels.site import Site
from engine.settings import model


def file(config: model.FileChannel, site: Site) -> Channel:
    return site.files(site.home / config.folder)


def console(_config: model.ConsoleChannel, _site: Site) -> Channel:
    return ConsoleChannel(sys.stdout)


def stays(_config: model.FileChannel | model.ConsoleChannel, _site: Site) -> bool:
    return True
