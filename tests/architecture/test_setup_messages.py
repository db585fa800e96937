"""What `make setup` says on a machine that lacks something: one line, with the package that brings it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
INPUTS = ("setup.sh", "setup.py", "pyproject.toml", "requirements.lock", "requirements-build.lock")

LACKING = {
    "version_info": "Python 3.11 or newer is needed as {python}; apt-get install python3, or set PYTHON to one",
    "ensurepip": "the Python module venv is missing; apt-get install python3-venv",
    "get_path": "the C headers of Python are missing (Python.h); apt-get install python3-dev",
}


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """What setup.sh needs of a checkout, without a virtual environment."""
    for name in INPUTS:
        shutil.copy(ROOT / name, tmp_path)
    return tmp_path


def run_setup(checkout: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    variables = {**os.environ, "PYTHON": sys.executable, **environment}
    return subprocess.run(
        [checkout / "setup.sh"], env=variables, capture_output=True, text=True, check=False, timeout=60
    )


@pytest.mark.parametrize(("question", "line"), LACKING.items())
def test_what_python_lacks_is_named_with_its_package(question: str, line: str, checkout: Path) -> None:
    python = checkout / "python"
    # An interpreter that fails one of the questions setup.sh asks; every other one is answered by the real one.
    python.write_text(f'#!/bin/sh\ncase "$*" in *{question}*) exit 1;; esac\nexec "{sys.executable}" "$@"\n')
    python.chmod(0o755)
    answer = run_setup(checkout, PYTHON=str(python))
    assert (answer.returncode, answer.stderr) == (1, f"setup: {line.format(python=python)}\n")
    assert not (checkout / ".venv").exists()


def test_a_missing_interpreter_is_named(checkout: Path) -> None:
    answer = run_setup(checkout, PYTHON="python-that-is-not-there")
    assert answer.stderr == (
        "setup: python-that-is-not-there is not installed; apt-get install python3 python3-venv python3-dev gcc\n"
    )


def test_a_missing_compiler_is_named(checkout: Path) -> None:
    answer = run_setup(checkout, CC="no-such-compiler")
    assert answer.stderr == (
        "setup: a C compiler is needed to build durable-rules (no-such-compiler does not work); "
        "apt-get install gcc libc6-dev\n"
    )


def test_the_lock_pins_every_dependency_by_hash_and_names_no_index() -> None:
    for name in ("requirements.lock", "requirements-build.lock"):
        lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
        pins = [number for number, line in enumerate(lines) if line and line[0] not in " #"]
        assert pins
        for number in pins:
            assert "==" in lines[number], lines[number]
            assert lines[number + 1].strip().startswith("--hash=sha256:"), lines[number]
        assert not [line for line in lines if "://" in line or line.startswith("-")]
