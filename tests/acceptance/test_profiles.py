"""`init --profile`: what each line of business begins with holds together and is tested, whatever was left out."""

from __future__ import annotations

import re
from collections.abc import Mapping, Set
from pathlib import Path
from typing import Any

import pytest
import yaml

from engine.desk.folder import check_folder, read_folder
from engine.desk.lint.lint import lint
from engine.desk.lint.subject import read_rule_tests
from engine.desk.ruletests.run import run_tests
from engine.settings.load import load_settings
from engine.settings.profiles import FULL, profile_files, profiles
from engine.settings.starter import starter_content, starter_files

CUT = [profile.name for profile in profiles() if profile.name != FULL]
DOCS = Path(__file__).parents[2] / "docs"


@pytest.mark.parametrize("name", CUT)
def test_a_profile_passes_check_lint_and_the_tests_of_what_it_changes(name: str, tmp_path: Path) -> None:
    files = profile_files(name)
    for path, content in files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(content)
    settings = load_settings(tmp_path / "config.yaml")
    checked = check_folder(settings, read_folder(settings, tmp_path))
    assert checked.warnings == ()
    advice = lint(settings, checked, read_rule_tests(tmp_path / "rules"))
    assert [one for one in advice if one.code != "L109"] == []  # writes the starter's texts, against the clock
    changed = {path for path in files if path.startswith("rules/") and files[path] != starter_files().get(path)}
    report = run_tests(settings, tmp_path, [tmp_path / path for path in plays_any_of(changed, files)])
    assert [outcome.file for outcome in report.outcomes if not outcome.ok] == []
    assert [part for part in report.coverage.missing() if part.file in changed] == []


def plays_any_of(changed: Set[str], files: Mapping[str, bytes]) -> list[str]:
    """The tests that name a rule file which is not the starter's; the others play what the starter's own play."""
    tests = [path for path in files if path.endswith(".test.yaml")]
    return [path for path in tests if path in changed or rules_of(files[path]) & changed]


def rules_of(test: bytes) -> set[str]:
    return {f"rules/{name.removeprefix('../')}" for name in yaml.safe_load(test)["rules"]}


@pytest.mark.parametrize("name", CUT)
def test_a_profile_names_only_what_there_is_and_tests_all_of_it(name: str) -> None:
    [chosen] = [profile for profile in profiles() if profile.name == name]
    there = {path.removeprefix("rules/").removesuffix(".yaml"): ids(text) for path, text in starter_files().items()
             if re.fullmatch(r"rules/[^/]+\.yaml", path)}  # fmt: skip
    assert chosen.keep is not None
    for file, kept in chosen.keep.items():
        assert (kept or set()) <= there[file]
    files = profile_files(name)
    tests = b"".join(text for path, text in files.items() if path.endswith(".test.yaml")).decode()
    shipped = {one for path, text in files.items() if re.fullmatch(r"rules/[^/]+\.yaml", path) for one in ids(text)}
    assert {one for one in shipped if not re.search(rf"[:,{{ ]{one}\b", tests)} == set()


def ids(text: bytes) -> set[str]:
    return set(re.findall(r"^  - id: ([\w-]+)", text.decode(), re.M))


def test_the_full_profile_is_all_that_ships() -> None:
    assert profile_files(FULL) == starter_files()


def test_profiles_are_listed_and_an_unknown_one_makes_no_folder(house: Any, tmp_path: Path) -> None:
    fresh = tmp_path / "fresh"
    listed = house.say("init", "--profile", "help")
    assert [line.split()[0] for line in listed.splitlines() if not line.startswith(" ")] == [FULL, *CUT]
    refused = house.call("init", str(fresh), "--profile", "bakery")
    assert refused.exit_code == 2
    assert 'there is no profile "bakery"; there are full, ' in refused.stderr
    assert not fresh.exists()


def test_a_new_folder_has_the_rules_of_its_profile(house: Any, tmp_path: Path) -> None:
    fresh = tmp_path / "fresh"
    house.say("init", str(fresh), "--profile", "door-shop")
    rules = {path.name for path in (fresh / "rules").iterdir()}
    assert "door_shop.yaml" in rules
    assert "visits.yaml" not in rules
    assert not (fresh / "profiles").exists()


def test_the_page_tells_of_every_profile_in_its_own_words() -> None:
    page = (DOCS / "profiles.md").read_text(encoding="utf-8")
    for profile in profiles():
        assert f"| `{profile.name}` | {profile.summary['en']} | {profile.summary['zh-Hans']} |" in page
    own = {path for path in starter_content() if re.fullmatch(r"profiles/[^/]+/[^/]+\.yaml", path)}
    for path in own:
        for one in ids(starter_content()[path]):
            assert f"`{one}`" in page
