"""What config.yaml says of what becomes old."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

NEVER = "never"


class Retention(BaseModel):
    """Ages after which what has ended is put away."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    archive_after: str = "400d"
    """How long after it ended a touch moves to the archive with all that hangs on it, 62d to 3660d; or `never`."""
