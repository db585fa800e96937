"""Whatever ships is switched off by one line."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from engine.desk.folder import check_folder, read_folder
from engine.desk.lint.lint import lint
from engine.desk.ruletests.run import run_tests
from engine.desk.ruletests.switched import switched_on
from engine.rulebook.catalogue import Catalogue
from engine.rulebook.loader import load_rulebook
from engine.rulebook.vocabulary import catalogue_for
from engine.settings.load import load_settings

ROOT = Path(__file__).parents[2]
ENTRY = re.compile(r"^  - id: .*\n", re.MULTILINE)
OFF = "    enabled: false\n"
POLICY = "policies: [{id: calm, enabled: %s, when: {touch: {category: sales}}, then: {suppress: touch}}]"
GATE = "gates: [{id: stay, enabled: %s, on: {assign: pool}, require: {orders: 0}, otherwise: refuse}]"


def test_every_rule_policy_and_gate_that_ships_is_switched_off_by_one_line() -> None:
    settings = load_settings(ROOT / "config.yaml")
    folder = read_folder(settings, ROOT)
    shipped = check_folder(settings, folder).book
    files = {
        name: ENTRY.sub(rf"\g<0>{OFF}", re.sub(r"^    enabled: .*\n", "", text.decode(), flags=re.MULTILINE))
        for name, text in folder.rules.items()
    }
    book, problems = load_rulebook(files, catalogue_for(settings, folder.templates))
    assert problems == ()
    assert book is not None
    assert [rule.id for rule in book.rules if rule.enabled] == []
    assert (book.policies, book.gates) == ((), ())
    assert {one.id for one in book.off} == {one.id for one in (*shipped.policies, *shipped.gates)}


def test_a_policy_or_gate_that_is_off_is_checked_and_stands_apart(catalogue: Catalogue) -> None:
    for text, name in ((POLICY, "policies"), (GATE, "gates")):
        (on, _), (off, problems) = (load_rulebook({"x.yaml": text % flag}, catalogue) for flag in ("true", "false"))
        assert problems == ()
        assert on is not None
        assert off is not None
        assert (len(getattr(on, name)), on.off) == (1, ())
        assert (getattr(off, name), len(off.off)) == ((), 1)
    wrong, (problem,) = load_rulebook({"rules/x.yaml": POLICY % "nein"}, catalogue)
    assert wrong is None
    assert str(problem) == 'rules/x.yaml:1:32: error R103: "enabled" must be true or false, not "nein"'


def test_a_rule_test_may_switch_on_what_is_off_where_it_stands() -> None:
    files: dict[str, str | bytes] = {
        "a.yaml": POLICY % "false", "b.yaml": (GATE % "false").encode(), "c.yaml": POLICY % "false" + "  # false"
    }  # fmt: skip
    on = POLICY % "true "
    assert switched_on(files, {"calm"}) == files | {"a.yaml": on, "c.yaml": on + "  # false"}
    assert switched_on(files, {"stay"})["b.yaml"] == GATE % "true "


def test_whoever_switches_something_off_or_on_leaves_its_tests_and_advice_alone(tmp_path: Path) -> None:
    for name in ("rules", "templates", "config.yaml"):
        (shutil.copytree if (ROOT / name).is_dir() else shutil.copy)(ROOT / name, tmp_path / name)
    settings = load_settings(tmp_path / "config.yaml")
    for switch in ("", OFF):
        for file in (tmp_path / "rules").glob("*.yaml"):
            text = re.sub(r"^    enabled: .*\n", "", file.read_text(encoding="utf-8"), flags=re.MULTILINE)
            file.write_text(ENTRY.sub(rf"\g<0>{switch}", text), encoding="utf-8")
        tests = ("pool_return", "mourning", "gates", "one_wish_a_day", "week") if switch else ("pool_return",)
        report = run_tests(settings, tmp_path, [tmp_path / f"rules/tests/{name}.test.yaml" for name in tests])
        assert [outcome.file for outcome in report.outcomes if not outcome.ok] == []
        assert ({"pool-return", "mourning", "twelve-touches"} <= report.off) == bool(switch)
    advice = lint(settings, check_folder(settings, read_folder(settings, tmp_path)), {})
    assert [one for one in advice if one.code == "L191"] == []
