"""The units that ship: systemd understands every line of them, and finds little to hold against them."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

DEPLOY = Path(__file__).parents[2] / "deploy"
UNITS = sorted(path.name for path in DEPLOY.glob("*.service"))
MOST_EXPOSED = 1.1
"""A service without a single restriction has 9.6; to serve the network from the machine's own files costs this."""

pytestmark = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed: apt-get install systemd"
)


def analyze(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["systemd-analyze", "--no-pager", *arguments], capture_output=True, text=True, check=False)


@pytest.mark.parametrize("name", UNITS)
def test_a_unit_is_hardly_exposed(name: str) -> None:
    judged = analyze("security", "--offline=true", str(DEPLOY / name)).stdout
    found = re.search(r"Overall exposure level for \S+: ([\d.]+)", judged)
    assert found is not None, judged
    assert float(found[1]) <= MOST_EXPOSED


@pytest.mark.parametrize("name", UNITS)
def test_systemd_has_nothing_to_say_against_a_unit(name: str, tmp_path: Path) -> None:
    program = tmp_path / "followup"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    text = (DEPLOY / name).read_text(encoding="utf-8").replace("/opt/followup/bin/followup", str(program))
    (tmp_path / name).write_text(text, encoding="utf-8")
    found = analyze("verify", str(tmp_path / name))
    assert (found.returncode, found.stderr) == (0, "")


def test_a_bad_configuration_is_no_reason_to_start_again() -> None:
    unit = (DEPLOY / "followup.service").read_text(encoding="utf-8")
    assert "RestartPreventExitStatus=78\n" in unit
    assert "ExecReload=/opt/followup/bin/followup reload --wait\n" in unit
