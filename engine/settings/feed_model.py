"""Where warnings of disasters come from."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field


class Feed(BaseModel):
    """Where warnings come from, and which become circumstances."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    url: str = ""
    """https://HOST/PATH. Plain http only into `networks`."""
    file: str = ""
    """Or a file that another program writes, relative to config.yaml."""
    format: Literal["cap", "gdacs", "usgs"] = "cap"
    every: str = "10m"
    """How often it is looked at, 1m to 1d."""
    kinds: dict[str, str] = {}
    """Kinds of circumstances by event word or code, `*` for any text, before the usual ones; "" for none."""
    min_severity: Literal["unknown", "minor", "moderate", "severe", "extreme"] = "moderate"
    region_codes: dict[str, Literal["gbt2260", "iso3166"]] = {}
    """Which of its geocodes are regions, by valueName, besides the usual ones."""
    lasts: str = "7d"
    """How long a warning holds that does not say, from when it was sent."""
    timeout: Annotated[float, Field(gt=0, le=120)] = 20.0
    networks: tuple[str, ...] = ()
    """Private networks it may be fetched from, e.g. `[10.1.0.0/16]`."""
