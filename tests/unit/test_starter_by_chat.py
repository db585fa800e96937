"""Every reminder and digest of the starter can be sent by chat as it is: no markdown but ours, no address left bare."""

from __future__ import annotations

from pathlib import Path

import pytest

from adapters.channels.chat_text import fitted
from engine.desk.folder import check_folder, read_folder
from engine.desk.tried.samples import samples_for
from engine.domain.words import Action
from engine.settings.load import load_settings
from engine.stages.compose.templates import TemplateSet

ROOT = Path(__file__).parents[2]
SETTINGS = load_settings(ROOT / "config.yaml")
CHECKED = check_folder(SETTINGS, read_folder(SETTINGS, ROOT))
STEPS = {
    step.template: (rule, step)
    for rule in CHECKED.book.rules for step in rule.steps
    if step.template and step.action in (Action.REMIND, Action.DIGEST)
}  # fmt: skip
TEMPLATES = TemplateSet(CHECKED.templates)
LINK = "[打开](https://f.example/act/"


@pytest.mark.parametrize("name", sorted(STEPS))
def test_it_reads_well_in_a_chat(name: str) -> None:
    for sample in samples_for(*STEPS[name], SETTINGS):
        context = {**sample.context, "links": ()}
        if "customers" in context:
            listed = [{**one, "url": "https://f.example/act/1"} for one in context["customers"]]
            context["customers"] = listed
        told = TEMPLATES.in_chat(name, "zh-Hans", context, (), "打开")
        assert told.subject
        assert not set("<>*`") & set(told.subject + told.text)
        assert told.text.count("[") == told.text.count(LINK) == len(context.get("customers", ()))
        assert len(fitted(told.text, 2_048).encode()) <= 2_048
