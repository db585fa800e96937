"""The wheel carries the starter content, and what is installed from it finds it there."""

from __future__ import annotations

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from engine.settings.starter import starter_content

ROOT = Path(__file__).parents[2]
SOURCES = (
    "pyproject.toml", "setup.py", "MANIFEST.in", "README.md", "config.yaml",
    "engine", "adapters", "rules", "templates", "samples", "profiles",
)  # fmt: skip


@pytest.mark.slow
def test_the_wheel_carries_the_starter_content(tmp_path: Path) -> None:
    checkout, installed = tmp_path / "checkout", tmp_path / "installed"
    checkout.mkdir()
    for name in SOURCES:
        source, ignored = ROOT / name, shutil.ignore_patterns("__pycache__")
        if source.is_dir():
            shutil.copytree(source, checkout / name, ignore=ignored)
        else:
            shutil.copy(source, checkout)
    build = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-build-isolation", "--no-deps", "--wheel-dir"]
    subprocess.run([*build, str(tmp_path), str(checkout)], check=True, timeout=120)
    with zipfile.ZipFile(next(tmp_path.glob("*.whl"))) as wheel:
        wheel.extractall(installed)

    # Isolated from the checkout, so that the copy in the wheel is what is found.
    program = (
        f"import sys; sys.path.insert(0, {str(installed)!r})\n"
        "from engine.settings.starter import starter_content\n"
        "for path in starter_content(): print(path)\n"
    )
    answer = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=tmp_path)
    assert answer.stdout.splitlines() == list(starter_content())
    assert (installed / "engine" / "starter" / "config.yaml").exists()
    assert (installed / "engine" / "desk" / "load_page.html").exists()
