"""Every channel for short messages with its gateway's stand-in, built from config.yaml as an author writes it."""

from __future__ import annotations

from pathlib import Path

from adapters.base import Channel
from engine.ground.yamlio import read_yaml
from engine.service.channels.build import build_channel
from engine.settings.model import Settings
from tests.faults.chat_servers import NOW
from tests.faults.sms_servers import Aliyun, OwnGateway, SmsServer, Tencent

GATEWAYS: dict[str, type[SmsServer]] = {"sms": OwnGateway, "sms_aliyun": Aliyun, "sms_tencent": Tencent}

_CONFIGS = {
    "sms": """
  kind: sms
  url: BASE/v1/sms
  secret: env:SMS_SECRET
  head: {X-Time: "{time}", X-Signature: "{signature}"}
  body: {to: "{phone}", text: "{text}", ref: "{id}", options: {flash: false}}
  sign: {by: hmac_sha256, over: "{time}.{body}"}
  answer:
    code: status.code
    id: messages.0.id
    codes: {"0": accepted, "1001": throttled, "1002": later, "1005": receiver, "401": credential, "9": unknown}
""",
    "sms_aliyun": """
  kind: sms_aliyun
  base_url: BASE
  key_id: testId
  secret: env:SMS_SECRET
  signature: 示例公司
  template: SMS_71390007
  params: {customer: "{name}", text: "{text}"}
""",
    "sms_tencent": """
  kind: sms_tencent
  base_url: BASE
  key_id: testId
  secret: env:SMS_SECRET
  app_id: "1400006666"
  signature: 示例公司
  template: "1110"
  params: ["{name}", "{text}"]
""",
}


def texts(kind: str, server: SmsServer, **more: object) -> Channel:
    """A channel of that kind that speaks to the server; `more` differs from config.yaml. Needs env:SMS_SECRET."""
    node, problems = read_yaml(_CONFIGS[kind].replace("BASE", server.base), "config.yaml")
    assert node is not None, problems
    config = {**node.plain(), "networks": ["127.0.0.0/8"], "timeout": 0.5, **more}
    settings = Settings.model_validate({"channels": {"sms": config}})
    return build_channel("sms", settings, Path(), lambda: NOW, rehearsal=False)
