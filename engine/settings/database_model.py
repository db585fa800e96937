"""Where everything is kept: a URL, or a mapping where more is to be said."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Discriminator, Tag


class DatabaseAt(BaseModel):
    """A PostgreSQL database about whose connections something is to be said."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    url: str
    """A SQLAlchemy URL or a reference."""
    prepared: bool | None = None
    """Whether the server keeps statements ready. If nothing is said: unless a pooler lies in between."""


DatabaseConfig = Annotated[
    Annotated[str, Tag("text")] | Annotated[DatabaseAt, Tag("mapping")],
    Discriminator(lambda found: "mapping" if isinstance(found, dict | DatabaseAt) else "text"),
]
"""However it is written."""
