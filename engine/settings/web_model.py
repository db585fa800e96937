"""The pages of config.yaml: where they are, and who may see them."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict


class WebToken(BaseModel):
    """What somebody, or another program, comes in with."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    """Stands in the audit, and is never secret."""
    role: Literal["rep", "manager", "ops", "admin", "api", "monitor"]
    """rep: his own leads; manager: his team's; ops and admin: all.

    Programs see no page: api sends what it knows, monitor reads /metrics.
    """
    rep: str = ""
    """Whose, for rep and manager: an id of a rep."""
    secret: str
    """A reference: env:, file: or cred:."""


class Web(BaseModel):
    """The pages: where they are, and who may see them."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    base_url: str
    """What links in messages begin with: https://HOST."""
    bind: str = "127.0.0.1:8470"
    """Where `followup web` listens: HOST:PORT, or unix:PATH relative to config.yaml."""
    keys: tuple[str, ...]
    """References to the keys that sign links and sessions. The first signs, all verify."""
    tokens: tuple[WebToken, ...] = ()
