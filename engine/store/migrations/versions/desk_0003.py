"""What the complete rule language needs beyond the first tables. Columns are added with a default, never rebuilt."""

from __future__ import annotations

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Nothing yet."""
