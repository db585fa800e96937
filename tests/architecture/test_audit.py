"""`make audit` says that it looked nothing up rather than that nothing is known; the build calls it, and tells."""

from __future__ import annotations

import os
import subprocess
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
CLEAN, FOUND, SKIPPED = 0, 1, 75
JINJA = {"name": "jinja2", "version": "3.1.4", "vulns": []}
KNOWN = {"id": "PYSEC-1", "aliases": ["CVE-2024-1"], "fix_versions": ["3.1.6"]}
UNKNOWN = {"name": "aiosmtpd", "skip_reason": "Dependency not found on PyPI and could not be audited"}


@pytest.fixture(scope="module")
def audit() -> Any:
    loader = SourceFileLoader("ci_audit", str(ROOT / ".ci" / "audit"))
    spec = spec_from_loader("ci_audit", loader)
    assert spec is not None
    module = module_from_spec(spec)
    loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("packages", "code", "said"),
    [
        ([JINJA], CLEAN, "1 of 1 packages looked up, 0 problems known"),
        ([JINJA | {"vulns": [KNOWN]}, UNKNOWN], FOUND, "jinja2 3.1.4: PYSEC-1 (CVE-2024-1); mended in 3.1.6"),
        ([JINJA, UNKNOWN], SKIPPED, "not looked up: aiosmtpd"),
        ([], SKIPPED, "not looked up: anything"),
    ],
)
def test_only_what_was_looked_up_and_found_clean_is_clean(audit: Any, packages: Any, code: int, said: str) -> None:
    found, lines = audit.verdict({"dependencies": packages})
    assert found == code
    assert said in lines


@pytest.mark.parametrize("tool", ["exit 1", "echo no route to host >&2; exit 1", "echo '{'; exit 0"])
def test_a_tool_without_a_report_is_told_loudly(
    audit: Any, tool: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    script = tmp_path / "bin" / "pip-audit"
    script.parent.mkdir()
    script.write_text(f"#!/bin/sh\n{tool}\n")
    script.chmod(0o755)
    monkeypatch.setattr(audit, "PLACE", tmp_path)
    assert audit.main() == SKIPPED
    assert "*** AUDIT SKIPPED" in capfd.readouterr().err


@pytest.mark.parametrize(
    ("audit_ends", "tests_end", "ends", "told"),
    [(CLEAN, 0, 0, ""), (SKIPPED, 0, 0, "skipped: audit"), (FOUND, 0, 1, "failed: audit"),
     (SKIPPED, 2, 2, "skipped: audit"), (FOUND, 2, 2, "failed: audit")],
)  # fmt: skip
def test_the_build_tells_of_a_step_that_was_skipped_and_fails_with_one_that_failed(
    tmp_path: Path, audit_ends: int, tests_end: int, ends: int, told: str
) -> None:
    for name, does in (("make", f"exit {tests_end}"), ("python3", f"[ $1 != .ci/audit ] || exit {audit_ends}")):
        (tmp_path / name).write_text(f"#!/bin/sh\n{does}\n")
        (tmp_path / name).chmod(0o755)
    path = f"{tmp_path}{os.pathsep}{os.environ['PATH']}"
    environ = os.environ | {"PATH": path, "FOLLOWUP_CI_PACKAGES": "no"}
    done = subprocess.run([ROOT / ".ci" / "run"], env=environ, capture_output=True, text=True, check=False)
    assert done.returncode == ends, done.stderr
    assert (told in done.stderr.splitlines()[-1]) if told else "audit" not in done.stderr
