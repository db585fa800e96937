"""What a builder of channels works with: the rest of the house, and where secrets and files are."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from adapters.base import Channel, Limit
from adapters.channels.file import FileChannel
from adapters.channels.webhook import Now
from engine.ground.errors import UsageError
from engine.settings.model import Settings
from engine.settings.secrets import resolve


@dataclass(frozen=True)
class Site:
    """The house as one channel of it sees it. `now` is the clock that signatures carry."""

    name: str
    settings: Settings
    home: Path
    now: Now

    @property
    def pilot(self) -> str:
        """The address that gets everything instead of the real receivers; "" if there is no pilot."""
        return self.settings.redirect_to.get(self.name, "")

    def secret(self, reference: str) -> str:
        """What the reference stands for; "" for none. Raises MissingSecret."""
        return resolve(reference, self.home) if reference else ""

    def files(self, folder: Path, sender: tuple[str, str] | None = None) -> Channel:
        """A channel that writes into that folder, made if it is not there; `sender` is (address, name)."""
        company = self.settings.company
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise UsageError(f"the folder {folder} of a file channel cannot be made: {error.strerror}") from error
        return FileChannel(folder, *(sender or (f"followup@{company.domain}", company.name)))


@dataclass(frozen=True)
class Kind:
    """What builds a channel of one kind. Its config is the kind's own model of engine/settings."""

    build: Callable[[Any, Site], Channel]
    stays_here: Callable[[Any, Site], bool] = lambda _config, _site: False
    """Whether it reaches nobody outside this machine, so that a rehearsal may use it as it is."""
    limit: Callable[[Any, Site], Limit | None] = lambda _config, _site: None
    """How many messages its far side takes; None: it says nothing, or a channel of that kind tells by itself."""


def is_loopback(host: str) -> bool:
    """Whether what goes to that host stays on this machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
