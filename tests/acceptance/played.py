"""A world in YAML, played as a rule test through the whole engine."""

from __future__ import annotations

from pathlib import Path

from engine.desk.ruletests.run import run_tests
from engine.settings.load import load_settings

ROOT = Path(__file__).parents[2]


def play(folder: Path, text: str) -> list[str]:
    """Everything that a rule test finds failing."""
    (folder / "one.test.yaml").write_text(text, encoding="utf-8")
    report = run_tests(load_settings(ROOT / "config.yaml"), ROOT, (folder / "one.test.yaml",))
    problems = [str(problem) for one in report.outcomes for problem in one.problems]
    return problems + [str(failing) for one in report.outcomes for step in one.steps for failing in step.failings]
