"""What config.yaml says of what becomes old."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

NEVER = "never"
Age = str
"""A duration, or `never`."""
Category = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,62}$")]


class Retention(BaseModel):
    """Ages after which what has ended is put away, and texts about people are dropped: counted from its end."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    archive_after: Age = "400d"
    """How long after it ended a touch moves to the archive with all that hangs on it, 62d to 3660d; or `never`."""
    words: Age = NEVER
    """How long the subjects and texts of messages and drafts are kept, 14d to 3660d; or `never` dropped."""
    words_by_category: dict[Category, Age] = {}
    """The same for some categories: `{sales: 90d}`."""
    addresses: Age = NEVER
    """How long a delivery keeps its address, its receiver's name and what the far side said, 14d to 3660d; or `never`
    dropped."""
    findings: Age = NEVER
    """How long it is kept what policies and people saw of a customer when they decided, 62d to 3660d; or `never`
    dropped."""
    letters: Age = NEVER
    """How long it is kept which letters were taken in, 62d to 3660d; or `never` dropped."""
    looks: Age = NEVER
    """How long it is kept who looked at which customer, 62d to 3660d; or `never` dropped."""
