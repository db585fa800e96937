"""What a package from outside offers under the entry-point group `followup.channels`: a kind of channel.

    [project.entry-points."followup.channels"]
    ntfy = "followup_ntfy:PLUGIN"

The name of the entry point is the `kind` that config.yaml writes; the object behind it is a Plugin.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from adapters.base import Capabilities, Channel

GROUP = "followup.channels"


@dataclass(frozen=True)
class Site:
    """What a channel is built with besides its own keys of config.yaml."""

    name: str
    """Its name in config.yaml."""
    secrets: Mapping[str, str]
    """What the references in `Plugin.secrets` stand for, by key; "" for one that is empty."""
    now: Callable[[], int]
    """The house's clock, in seconds since the epoch: for signatures."""


@dataclass(frozen=True)
class Plugin:
    """A kind of channel.

    `build(config, site)` makes one channel. It is not called in a rehearsal, where every message becomes a file.
    """

    build: Callable[[Any, Site], Channel]
    capabilities: Capabilities
    """`receivers`: whom config.yaml may let it reach. `markdown`: it gets texts as chats do, with links below."""
    config: type[Any] | None = None
    """A pydantic model of its keys. Without one it takes any, as a mapping."""
    secrets: tuple[str, ...] = ()
    """Keys whose values must be references to secrets (env:, file:, cred:)."""
    addressed_by: Literal["", "email", "phone", "wecom", "feishu"] = ""
    """The field of a lead or rep with his address. Without one he is told by his id: `rep#li`, `lead#l0007`."""
    group: bool = False
    """Whether many read what one is told: then it hears nothing of confidential customers."""
