"""What stays on this machine: files, what is printed, and what colleagues do themselves."""

from __future__ import annotations

import sys

from adapters.base import Channel
from adapters.channels.console import ConsoleChannel
from adapters.channels.personal import PersonalChannel
from engine.service.channels.site import Site
from engine.settings import local_model
from engine.settings.personal_model import Personal


def file(config: local_model.FileChannel, site: Site) -> Channel:
    return site.files(site.home / config.folder)


def console(_config: local_model.ConsoleChannel, _site: Site) -> Channel:
    return ConsoleChannel(sys.stdout)


def personal(_config: Personal, _site: Site) -> Channel:
    return PersonalChannel()


def stays(_config: local_model.FileChannel | local_model.ConsoleChannel | Personal, _site: Site) -> bool:
    return True
