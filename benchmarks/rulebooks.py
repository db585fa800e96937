"""A large house's rules: five hundred of them, loaded and checked as `check` and a reload do it."""

from __future__ import annotations

from benchmarks.any_yaml import ROOT
from benchmarks.measure import Figure, cpu_seconds, medians
from engine.desk.folder import Folder, check_folder, read_folder
from engine.settings.load import load_settings

RULES = 500
A_FILE = 10
"""Rules that stand in one file."""
SECONDS = 1.0
"""What it may cost. Nothing is rendered."""

_RULE = """\
  - id: rule-{n}
    summary: Rule {n} — the owner hears of it before, the customer is wished on the day
    category: festive
    on: {{date: birthday, only: [1, 5, {n}]}}
    for: {{tier: [platinum, gold], any: [{{contacts: {{gte: 10, since: order}}}}, {{region: {{within: "51"}}}}]}}
    until: contacted
    steps:
      - {{id: prepare, at: -3d 09:00, remind: owner, template: reminder/birthday}}
      - id: wish
        at: 0d 09:00
        if: {{age.last_contact: {{gte: 90d}}, not: {{circumstance: {{kind: bereavement, age: {{lt: 49d}}}}}}}}
        greet: lead
        template: greeting/birthday
        via: [email]
        sign_by: {{who: owner, draft: -3d, deadline: "0d 08:30", late: expire}}
        misfire: {{belated: 1d}}
"""


def five_hundred_rules() -> dict[str, bytes]:
    """Fifty files of ten rules each."""
    found = {}
    for start in range(0, RULES, A_FILE):
        rules = "".join(_RULE.format(n=n + 1) for n in range(start, start + A_FILE))
        found[f"rules/part-{start:03}.yaml"] = f"rules:\n{rules}".encode()
    return found


def rulebook(runs: int) -> list[Figure]:
    """CPU of one check of all of them, with the starter's policies and templates: at the start, and at a reload.

    A reload finds its templates as they were, and compiles none of them again.
    """
    settings = load_settings(ROOT / "config.yaml")
    starter = read_folder(settings, ROOT)
    policies = {path: content for path, content in starter.rules.items() if path.endswith("policies.yaml")}
    rules = {**policies, **five_hundred_rules()}
    assert len(check_folder(settings, Folder(rules, starter.templates)).book.rules) == RULES
    never_seen = (
        {path: f"{content}{{# {n} #}}" for path, content in starter.templates.items()} for n in range(runs)
    )
    start, again = medians(
        runs,
        lambda: cpu_seconds(lambda: check_folder(settings, Folder(rules, next(never_seen)))),
        lambda: cpu_seconds(lambda: check_folder(settings, Folder(rules, starter.templates))),
    )
    return [
        Figure(f"{RULES} rules loaded and checked at a start", start, SECONDS, "s", 1.0),
        Figure(f"{RULES} rules loaded and checked at a reload", again, SECONDS, "s", 1.0),
    ]
