"""docs/threat-model.md names a test for each threat, and there is one of that name."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LINES = [
    line for line in (ROOT / "docs" / "threat-model.md").read_text(encoding="utf-8").splitlines()
    if line.startswith("| ") and not line.startswith("| what is tried")
]  # fmt: skip


@pytest.mark.parametrize("line", LINES, ids=lambda line: line.split("|")[1].strip())
def test_its_test_is_there(line: str) -> None:
    named = re.findall(r"`(tests/\S+\.py)::(test_\w+)`", line)
    assert named, "it names no test"
    for file, test in named:
        assert re.search(rf"^def {test}\(", (ROOT / file).read_text(encoding="utf-8"), re.MULTILINE), (file, test)
