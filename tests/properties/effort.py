"""How many examples a costly property is tried on: few with every change, many in `make fuzz`."""

from __future__ import annotations

import os


def examples(few: int) -> int:
    """`few`, times FOLLOWUP_EFFORT (1 if it is not set)."""
    return few * int(os.environ.get("FOLLOWUP_EFFORT", "1"))
