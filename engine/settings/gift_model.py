"""Gifts in config.yaml: ideas with a story, and what one customer may get in a year."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from engine.settings.spoken_model import Words

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,62}$")]
Amount = Annotated[float, Field(ge=0, le=1_000_000)]


class GiftIdea(BaseModel):
    """Something small that fits a customer, and why."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    label: Words
    """What it is."""
    story: Words = ""
    """What the rep tells with it."""
    price: Amount
    interests: tuple[str, ...] = ()
    """Words of `attrs.interests` that it fits; none: it fits everybody."""


class Gifts(BaseModel):
    """What reps may give, and how much."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    currency: str = "CNY"
    limit: Amount = 200.0
    """What one customer may get in a calendar year, all gifts together: ask your lawyer. Ours is a cautious guess."""
    limits: dict[str, Amount] = {}
    """Another limit by tier."""
    ideas: dict[Name, GiftIdea] = {}

    def limit_of(self, tier: str | None) -> float:
        """What a customer of that tier may get in a calendar year."""
        return self.limits.get(tier or "", self.limit)
