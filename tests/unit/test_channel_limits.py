"""What config.yaml says of a channel's limit, and which channels are known as one far side."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from adapters.base import Limit
from engine.service.channels.build import build_channels
from engine.settings.chat_model import DingtalkBot, WecomApp
from engine.settings.email_model import EmailChannel
from engine.settings.model import Settings
from engine.settings.webhook_model import WebhookChannel

URL = "https://oapi.dingtalk.com/robot/send?access_token=t0ken"


def limits(home: Path, channels: Mapping[str, Any], *, rehearsal: bool = False) -> dict[str, Limit | None]:
    built = build_channels(Settings(channels=dict(channels)), home, lambda: 0, rehearsal=rehearsal)
    return {name: channel.capabilities.limit for name, channel in built.items()}


@pytest.fixture(autouse=True)
def secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DING", URL)
    monkeypatch.setenv("SAME", URL)
    monkeypatch.setenv("OTHER", f"{URL}2")


def test_one_robot_is_one_far_side_by_whatever_name_and_its_secret_is_not_told(tmp_path: Path) -> None:
    robots = {
        name: DingtalkBot(kind="dingtalk_bot", webhook=f"env:{name.upper()}") for name in ("ding", "same", "other")
    }
    found = limits(tmp_path, robots)
    assert found["ding"] == found["same"] != found["other"]
    assert found["ding"] is not None
    assert (found["ding"].most, found["ding"].each) == (20, False)
    assert "t0ken" not in found["ding"].credential


def test_an_app_has_a_limit_for_each_member_and_mail_and_webhooks_have_one_if_they_say_so(tmp_path: Path) -> None:
    found = limits(tmp_path, {
        "app": WecomApp(kind="wecom_app", corp_id="ww1", agent_id=7, secret="env:DING"),
        "mail": EmailChannel(kind="email", host="localhost", from_address="a@example.com"),
        "slow": EmailChannel(kind="email", host="localhost", from_address="b@example.com", per_minute=60),
        "crm": WebhookChannel(kind="webhook", url="https://crm.example/in", secret="env:DING", per_minute=30),
    })  # fmt: skip
    assert found["mail"] is None
    assert {name: (one.most, one.each) for name, one in found.items() if one} == {
        "app": (30, True), "slow": (60, False), "crm": (30, False),
    }  # fmt: skip


def test_files_of_a_rehearsal_have_no_limit(tmp_path: Path) -> None:
    robot = DingtalkBot(kind="dingtalk_bot", webhook="env:DING")
    assert limits(tmp_path, {"ding": robot}, rehearsal=True) == {"ding": None}
