"""Mistakes in channels for short messages: each has its line, and none is found while a customer waits."""

from __future__ import annotations

import pytest

from adapters.channels import sms_body
from engine.settings import meaning_sms
from engine.settings.load import read_settings

GATEWAY = """\
channels:
  sms:
    kind: sms
    url: https://sms.example.com/v1/send
    secret: env:SMS_KEY
    head: {Authorization: "Bearer {secret}", X-Sign: "{signature}"}
    body: {to: ["{phone}"], text: "{text}", ref: "{id}"}
    sign: {by: hmac_sha256, over: "{time}.{body}"}
    answer: {code: code, codes: {"0": accepted}}
  ali: {kind: sms_aliyun, key_id: k, secret: env:A, signature: 示例, template: SMS_1, params: {x: "{text}"}}
  qq: {kind: sms_tencent, key_id: k, secret: env:Q, app_id: "1400", template: "1", params: ["{name}"]}
redirect_to: {sms: "+8613800000000"}
defaults: {via: [sms]}
"""

MISTAKES = {
    ("env:SMS_KEY", "sk-123"):
        "5:13: error C115: a secret must not stand in config.yaml; write env:NAME, file:PATH or cred:NAME",
    ("https://sms", "http://sms"):
        '4:10: error C116: "http://sms.example.com/v1/send" is not an address for a gateway; write https://HOST/PATH',
    ("Bearer {secret}", "Bearer sk-123"):
        '6:27: error C115: a secret must not stand in config.yaml; write e.g. "Bearer {secret}"',
    ("Bearer {secret}", "贺 {secret}"): "6:27: error C116: a head takes plain ASCII letters only",
    ("Bearer {secret}", "{phone}"):
        "6:27: error C116: {phone} cannot stand here; use one of id, key_id, secret, basic, time, millis, signature",
    ('["{phone}"]', '["{phon}"]'): '7:17: error C116: {phon} cannot stand here; did you mean "phone"?',
    ('ref: "{id}"', 'ref: "{signature}"'):
        "8:35: error C116: {body} cannot stand here; use one of phone, digits, mobile, text, name, id, key_id, secret, "
        "basic, time, millis",
    ('    sign: {by: hmac_sha256, over: "{time}.{body}"}\n', ""):
        "2:3: error C116: {signature} stands for nothing here; say under `sign` what is signed",
    ('"0": accepted', '"1": refused'):
        '9:33: error C116: no code of the gateway means that it accepted a message; write e.g. "0": accepted',
    ('{x: "{text}"}', '{x: "{secret}"}'):
        "10:97: error C116: {secret} cannot stand here; use one of phone, digits, mobile, text, name, id",
    ('["{name}"]', '["{nam}"]'): '11:93: error C116: {nam} cannot stand here; did you mean "name"?',
    ('"+8613800000000"', '"13800000000"'):
        '12:20: error C116: "13800000000" is not a telephone number; write one as in "+8613800000000"',
    ("accepted}", "acepted}"):
        '9:39: error C103: channels.sms.answer.codes.0 cannot be "acepted"; did you mean "accepted"?',
}


def test_the_example_is_right() -> None:
    assert read_settings(GATEWAY, "config.yaml")[1] == ()


@pytest.mark.parametrize("change", MISTAKES, ids=[f"{old} {new}" for old, new in MISTAKES])
def test_a_mistake_is_told_at_its_place(change: tuple[str, str]) -> None:
    assert change[0] in GATEWAY
    [problem] = read_settings(GATEWAY.replace(*change), "config.yaml")[1]
    assert str(problem) == f"config.yaml:{MISTAKES[change]}"


def test_a_placeholder_that_may_stand_somewhere_has_a_value_there() -> None:
    assert meaning_sms.OF_MESSAGE == sms_body.OF_MESSAGE
    assert meaning_sms.OF_ACCOUNT == sms_body.OF_ACCOUNT
