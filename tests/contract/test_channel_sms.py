"""What short messages are sent as, and what gateways' answers mean; the rest is in test_channel_contract."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import replace

import pytest

from adapters.base import Channel, Message, Outcome, Receipt
from adapters.channels import sms_aliyun, sms_tencent
from adapters.sms_length import segments
from adapters.testing.http_stub import drip, garbage, reset, silence, status
from tests.contract.texts import GATEWAYS, texts
from tests.faults.sms_servers import BARRED, SmsServer, Tencent

ACCEPTED, RETRY, PERMANENT, UNKNOWN = Outcome.ACCEPTED, Outcome.RETRY, Outcome.PERMANENT, Outcome.UNKNOWN
WISH = "王总，祝您生日快乐！"
MESSAGE = Message("<k1@followup.example>", "+8613800000000", "生日", WISH, receiver_name='王"芳{text}')
KINDS = sorted(GATEWAYS)


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def server(kind: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[SmsServer]:
    monkeypatch.setenv("SMS_SECRET", "testSecret")
    with GATEWAYS[kind]() as server:
        yield server


def send(channel: Channel, message: Message = MESSAGE) -> Receipt:
    return channel.send(message, lambda: True, time.monotonic() + 5)


def test_the_gateway_takes_the_words_and_says_under_which_number(kind: str, server: SmsServer) -> None:
    receipt = send(texts(kind, server))
    assert receipt.outcome is ACCEPTED
    assert receipt.remote_id in ("m-1", "90061974693649841^0", "5000:1")
    [body] = server.taken
    expected = {
        "sms": {"to": "+8613800000000", "text": WISH, "ref": "k1@followup.example", "options": {"flash": False}},
        "sms_aliyun": {"PhoneNumbers": "13800000000", "SignName": "示例公司", "OutId": "k1@followup.example"},
        "sms_tencent": {"PhoneNumberSet": ["+8613800000000"], "TemplateParamSet": ['王"芳{text}', WISH]},
    }[kind]
    assert expected.items() <= body.items()
    if kind == "sms_aliyun":
        assert json.loads(body["TemplateParam"]) == {"customer": '王"芳{text}', "text": WISH}


@pytest.mark.parametrize(
    ("kind", "code", "outcome", "wait"),
    [("sms", "1001", RETRY, 60), ("sms", "1002", RETRY, 60), ("sms", "1005", PERMANENT, None),
     ("sms", "401", PERMANENT, None), ("sms", "9", UNKNOWN, None), ("sms", "777", PERMANENT, None),
     ("sms_aliyun", "isv.BUSINESS_LIMIT_CONTROL", RETRY, 3_600), ("sms_aliyun", "Throttling.User", RETRY, 60),
     ("sms_aliyun", "isv.AMOUNT_NOT_ENOUGH", RETRY, 600), ("sms_aliyun", "isv.MOBILE_NUMBER_ILLEGAL", PERMANENT, None),
     ("sms_aliyun", "isv.SMS_TEMPLATE_ILLEGAL", PERMANENT, None), ("sms_aliyun", "InternalError", UNKNOWN, None),
     ("sms_aliyun", "isv.OF_NEXT_YEAR", PERMANENT, None),
     ("sms_tencent", "LimitExceeded.PhoneNumberThirtySecondLimit", RETRY, 60),
     ("sms_tencent", "LimitExceeded.PhoneNumberDailyLimit", RETRY, 3_600),
     ("sms_tencent", "FailedOperation.InsufficientBalanceInSmsPackage", RETRY, 600),
     ("sms_tencent", "FailedOperation.PhoneNumberInBlacklist", PERMANENT, None),
     ("sms_tencent", "InvalidParameterValue.IncorrectPhoneNumber", PERMANENT, None),
     ("sms_tencent", "AuthFailure.SecretIdNotFound", PERMANENT, None),
     ("sms_tencent", "InternalError.SendAndRecvFail", UNKNOWN, None),
     ("sms_tencent", "OfNextYear", PERMANENT, None)],
)  # fmt: skip
def test_a_code_of_the_gateway_is_an_outcome(
    kind: str, server: SmsServer, code: str, outcome: Outcome, wait: int | None
) -> None:
    server.said = [server.error(code)]
    receipt = send(texts(kind, server))
    assert (receipt.outcome, receipt.code, receipt.retry_after) == (outcome, code, wait)
    assert "is bad" not in receipt.detail  # what a gateway says may hold the number
    assert server.taken == []


@pytest.mark.parametrize("kind", ["sms_tencent"])
def test_an_error_of_the_whole_request_is_read_as_well(server: Tencent) -> None:
    server.said = [server.failure("RequestLimitExceeded.UinLimitExceeded")]
    assert send(texts("sms_tencent", server)).outcome is RETRY


def test_a_wrong_credential_is_refused_for_good(
    kind: str, server: SmsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SMS_SECRET", "stale")
    receipt = send(texts(kind, server))
    assert (receipt.outcome, "key" in receipt.detail, server.taken) == (PERMANENT, True, [])


def test_a_number_that_takes_nothing_is_refused_for_good(kind: str, server: SmsServer) -> None:
    receipt = send(texts(kind, server), replace(MESSAGE, address=BARRED))
    assert (receipt.outcome, BARRED[3:] in receipt.detail, server.taken) == (PERMANENT, False, [])


@pytest.mark.parametrize("address", ["13800000000", "+86138", "+8675512345678;ext=12", "+８６13800000000", "li@x.cn"])
def test_what_is_no_number_goes_nowhere(kind: str, server: SmsServer, address: str) -> None:
    assert send(texts(kind, server), replace(MESSAGE, address=address)).code == "address"
    assert server.began == []


def test_a_text_of_too_many_messages_is_refused_before_it_begins(kind: str, server: SmsServer) -> None:
    channel = texts(kind, server, max_segments=2, signature="示例")
    assert send(channel, replace(MESSAGE, text="贺" * (2 * 67 - 4))).outcome is ACCEPTED
    receipt = send(channel, replace(MESSAGE, text="贺" * (2 * 67 - 3)))
    assert (receipt.outcome, receipt.code, len(server.began)) == (PERMANENT, "oversize", 1)


@pytest.mark.parametrize(
    ("fault", "outcome"),
    [(status(500), UNKNOWN), (status(502, "<html>"), UNKNOWN), (status(504), UNKNOWN), (status(503), RETRY),
     (status(429, Retry_After="7"), RETRY), (status(404, "gone"), PERMANENT), (status(401), PERMANENT),
     (status(301, Location="http://127.0.0.1:1/"), PERMANENT), (status(200, "<html>welcome</html>"), UNKNOWN),
     (status(200, '{"ok": true}'), UNKNOWN), (status(200, "[0]"), UNKNOWN),
     (silence, UNKNOWN), (reset, UNKNOWN), (drip, UNKNOWN), (garbage, UNKNOWN)],
    ids=["500", "502", "504", "503", "429", "404", "401", "301", "html", "no_code", "list",
         "silence", "reset", "drip", "garbage"],
)  # fmt: skip
def test_what_is_no_answer_of_the_gateway(kind: str, server: SmsServer, fault: object, outcome: Outcome) -> None:
    server.faults = [fault]  # type: ignore[list-item]
    begun = time.monotonic()
    assert send(texts(kind, server)).outcome is outcome
    assert time.monotonic() - begun < 1.1


def test_who_is_at_his_limit_holds_nobody_else_and_a_full_gateway_holds_all(kind: str, server: SmsServer) -> None:
    of_one, of_all = {
        "sms": ("1002", "1001"), "sms_aliyun": ("isv.BUSINESS_LIMIT_CONTROL", "Throttling.User"),
        "sms_tencent": ("LimitExceeded.PhoneNumberDailyLimit", "LimitExceeded.AppDailyLimit"),
    }[kind]  # fmt: skip
    server.said = [server.error(of_one), server.error(of_all)]
    channel = texts(kind, server)
    receipts = [send(channel) for _ in range(2)]
    assert [(one.outcome, one.enough) for one in receipts] == [(RETRY, False), (RETRY, True)]


def test_signatures_are_those_that_the_vendors_publish() -> None:
    """Aliyun: help.aliyun.com/document_detail/56189.html; Tencent: cloud.tencent.com/document/api/213/30654."""
    fields = {
        "AccessKeyId": "testId", "Action": "SendSms", "Format": "XML", "OutId": "123", "PhoneNumbers": "15300000001",
        "RegionId": "cn-hangzhou", "SignName": "阿里云短信测试专用", "SignatureMethod": "HMAC-SHA1",
        "SignatureNonce": "45e25e9b-0a6f-4070-8c85-2956eda1b466", "SignatureVersion": "1.0",
        "TemplateCode": "SMS_71390007", "TemplateParam": '{"customer":"test"}', "Timestamp": "2017-07-12T02:42:19Z",
        "Version": "2017-05-25",
    }  # fmt: skip
    assert sms_aliyun.signature("GET", fields, "testSecret") == "zJDF+Lrzhj/ThnlvIToysFRq6t4="
    body = rb'{"Limit": 1, "Filters": [{"Values": ["\u672a\u547d\u540d"], "Name": "instance-name"}]}'
    account = ("AKIDz8krbsJ5yKBZQpn74WFkmLPx3EXAMPLE", "Gu5t9xGARNpq86cd98joQYCN3EXAMPLE")
    assert sms_tencent.authorization(*account, "cvm.tencentcloudapi.com", body, 1_551_113_065) == (
        "TC3-HMAC-SHA256 Credential=AKIDz8krbsJ5yKBZQpn74WFkmLPx3EXAMPLE/2019-02-25/cvm/tc3_request, "
        "SignedHeaders=content-type;host, "
        "Signature=72e494ea809ad7a8c8f7a4507b9bddcbaa8e581f516e8da2f66e2c5a96525168"
    )


@pytest.mark.parametrize(
    ("text", "parts"),
    [("a" * 160, 1), ("a" * 161, 2), ("a" * 306, 2), ("a" * 307, 3), ("€" * 80, 1), ("€" * 81, 2),
     ("€" * 152, 2), ("€" * 153, 3), ("贺" * 70, 1), ("贺" * 71, 2), ("贺" * 134, 2), ("贺" * 135, 3),
     ("🎂" * 35, 1), ("🎂" * 66, 2), ("🎂" * 67, 3), ("", 1), ("a" * 100 + "贺", 2)],
)  # fmt: skip
def test_a_text_is_counted_as_carriers_count(text: str, parts: int) -> None:
    assert segments(text) == parts


@pytest.mark.parametrize(
    ("more", "expected"),
    [({"format": "form", "head": {"Authorization": "Basic {basic}"}, "key_id": "us", "sign": None},
      "Basic dXM6dGVzdFNlY3JldA=="),
     ({"head": {"Authorization": "Bearer {secret}"}, "sign": None}, "Bearer testSecret"),
     ({"head": {"Authorization": "{signature}"}, "sign": {"by": "md5", "over": "{secret}{phone}"}},
      "930a286695ead175b71980dccda49c0b")],
    ids=["basic", "key", "digest"],
)  # fmt: skip
def test_a_described_gateway_signs_as_it_says(
    monkeypatch: pytest.MonkeyPatch, more: dict[str, object], expected: str
) -> None:
    monkeypatch.setenv("SMS_SECRET", "testSecret")
    seen: list[str] = []
    with GATEWAYS["sms"]() as server:
        monkeypatch.setattr(server, "refused", lambda asked: seen.append(asked.head["Authorization"]))
        monkeypatch.setattr(server, "read", lambda content: {"raw": content.decode()})
        assert send(texts("sms", server, **more)).outcome is ACCEPTED
        assert seen == [expected]
        if more.get("format") == "form":
            assert server.taken[0]["raw"].startswith("to=%2B8613800000000&text=%E7%8E%8B")
            assert "options=%7B%22flash%22%3A+false%7D" in server.taken[0]["raw"]
