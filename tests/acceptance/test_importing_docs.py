"""docs/importing.md does what it says: its files are imported by its commands."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from engine.cli.main import main

TEXT = (Path(__file__).parents[2] / "docs" / "importing.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```(\w+)\n(.*?)```", TEXT, re.DOTALL)
NAMES = ("crm.yaml", "crm.csv", "talks.csv", "sold.csv", "paid.csv")
FILES = dict(zip(NAMES, [text for kind, text in BLOCKS if kind in ("yaml", "csv")], strict=True))


def run(*words: str) -> Result:
    result = CliRunner().invoke(main, list(words))
    assert result.exit_code == 0, (words, result.output)
    return result


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    run("init", str(tmp_path / "care"))
    monkeypatch.chdir(tmp_path / "care")
    for name, text in FILES.items():
        Path(name).write_text(text, encoding="utf-8")
    return tmp_path / "care"


@pytest.mark.usefixtures("folder")
def test_its_commands_import_its_files() -> None:
    for line in "".join(text for kind, text in BLOCKS if kind == "console").splitlines():
        run(*line.split()[1:])
    assert not list(Path.cwd().glob("*.quarantine.csv"))
    wang = json.loads(run("lead", "show", "C-1", "--json").stdout)
    shown = json.dumps(wang, ensure_ascii=False)
    assert "+8613800000000" in shown
    assert "wants a new door" in shown
    assert "12500.5" in shown


@pytest.mark.usefixtures("folder")
def test_duplicates_are_listed_by_import_and_on_demand() -> None:
    Path("twins.csv").write_text("id,name,phone,email\na,A,138 0000 0000,\nb,B,+8613800000000,\nc,C,,x@example.com\n")
    report = json.loads(run("import", "leads", "twins.csv", "--json").stdout)
    twins = {"field": "phone", "value": "+8613800000000", "leads": ["a", "b"]}
    assert report["duplicates"] == [twins]
    assert twins in [json.loads(line) for line in run("lead", "duplicates", "--json").stdout.splitlines()]
    Path("third.csv").write_text("id,name,email\nd,D,X@Example.com\n")
    shown = run("import", "leads", "third.csv").output
    assert "nothing is merged" in shown
    assert "c, d" in shown
