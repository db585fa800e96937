"""The divisions are those of the reference table. Needs FOLLOWUP_REFERENCE_DATA; skipped, loudly, without."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from engine.domain.regions.divisions import divisions

REFERENCE = os.environ.get("FOLLOWUP_REFERENCE_DATA")


@pytest.mark.skipif(not REFERENCE, reason="FOLLOWUP_REFERENCE_DATA is not set: divisions are not compared")
def test_divisions_are_those_of_the_reference() -> None:
    known = json.loads((Path(str(REFERENCE)) / "regions" / "gbt2260.json").read_text(encoding="utf-8"))
    ours = {code.ljust(6, "0"): name for code, name in divisions().items()}
    assert ours == {code: name for code, name in known.items() if not code.startswith("83")}
