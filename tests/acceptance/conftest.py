"""A small house to call commands on: the starter's rules, a file as channel, two reps and four leads."""

from __future__ import annotations

import json
import shutil
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from engine.cli.main import main
from engine.ground.yamlio import read_yaml

NOW = "2026-02-14T10:00+08:00"
"""A Saturday morning; the Spring Festival and Wang's birthday are three days ahead."""

REPS = """\
id,name,email,role,manager,timezone
li,李雷,li@example.com,rep,han,Asia/Shanghai
han,韩梅,han@example.com,manager,,Asia/Shanghai
"""
LEADS = """\
id,name,email,owner,tier,grade,stage,status,timezone,locale,region,registered_at,last_contact_at,contacts,date.birthday
wang,王芳,wang@example.com,li,gold,A,need,active,Asia/Shanghai,zh-Hans,510104,2024-01-02T09:00,2026-02-13T09:00,9,1988-02-17
chen,陈晨,chen@example.com,li,iron,C,need,active,Asia/Shanghai,zh-Hans,110101,2024-01-02T09:00,2026-02-13T09:00,3,1990-02-16
zhou,周舟,zhou@example.com,li,iron,D,won,active,Asia/Shanghai,zh-Hans,110101,2024-01-02T09:00,2026-02-13T09:00,5,
sato,佐藤,sato@example.com,li,iron,D,won,active,Asia/Tokyo,en,,2024-01-02T09:00,,0,--02-29
"""


@dataclass(frozen=True)
class House:
    """A folder with config.yaml, and the command line to work on it."""

    folder: Path

    @property
    def config(self) -> Path:
        return self.folder / "config.yaml"

    @property
    def all_good(self) -> str:
        """What `check` says of the starter's rules, policies and gates, counted in their files."""
        roots = [read_yaml(file.read_bytes(), file.name)[0] for file in (self.folder / "rules").glob("*.yaml")]
        counts = {
            section: sum(len(found.entries()) for root in roots if root and (found := root.get(section)))
            for section in ("rules", "policies", "gates")
        }
        return ", ".join(f"{n} {section}" for section, n in counts.items()) + ": all good\n"

    def call(self, *args: str) -> Result:
        """What the command says, at the machine's clock."""
        return CliRunner().invoke(main, ["-c", str(self.config), *args])

    def say(self, *args: str, code: int = 0) -> str:
        """What it prints, once its exit code is as expected."""
        result = self.call(*args)
        assert result.exit_code == code, result.output
        return result.stdout

    def then(self, *args: str, code: int = 0) -> str:
        """The same at the frozen instant."""
        return self.say(*args, "--now", NOW, code=code)

    def rows(self, *args: str) -> list[dict[str, Any]]:
        """What `--json` prints."""
        return [json.loads(line) for line in self.say(*args, "--json").splitlines()]

    def end_rehearsal(self) -> None:
        """From now on its messages reach whom they are meant for."""
        with closing(sqlite3.connect(self.folder / "followup.sqlite")) as raw, raw:
            raw.execute("DELETE FROM service_state WHERE name = 'rehearsal'")

    def write(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        return path


@pytest.fixture(scope="session")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Made once; every test works on its own copy."""
    house = House(tmp_path_factory.mktemp("cli") / "house")
    house.say("init", str(house.folder), "--rehearsal")
    config = house.config.read_text(encoding="utf-8")
    start = config.index("  email:\n    kind: email")
    end = config.index("# A pilot:")
    channel = "  email: {kind: file, folder: outbox}\n\n"
    house.write("config.yaml", config[:start] + channel + config[end:])
    house.then("import", "reps", str(house.write("reps.csv", REPS)))
    house.then("import", "leads", str(house.write("leads.csv", LEADS)))
    return house.folder


@pytest.fixture
def house(furnished: Path, tmp_path: Path) -> House:
    shutil.copytree(furnished, tmp_path / "house")
    return House(tmp_path / "house")
