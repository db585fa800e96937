"""Aliyun's short messages: SendSms of dysmsapi, signed as its RPC style is (HMAC-SHA1 over the sorted parameters).

Everything stands in the body of a POST, so that nothing of a customer leaves before begin().
"""

from __future__ import annotations

import base64
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import quote, urlencode
from uuid import uuid4

from adapters.channels.sms import Request, Sms
from adapters.channels.sms_answers import (
    ACCEPTED,
    CREDENTIAL,
    RECEIVER,
    UNSURE,
    Answers,
    Codes,
    hold,
    later,
    never,
)
from adapters.channels.sms_body import filled

_NO_MONEY = hold("the account has no money left", 600)
_CLOCK = never("our clock is a quarter of an hour off")

CODES: Codes = {
    "OK": ACCEPTED,
    "isv.BUSINESS_LIMIT_CONTROL": later("the receiver was sent too many", 3_600),
    "isv.DAY_LIMIT_CONTROL": hold("the day's limit of the account is reached", 3_600),
    "isv.MONTH_LIMIT_CONTROL": hold("the month's limit of the account is reached", 3_600),
    "Throttling*": hold("called too often", 60),
    "ServiceUnavailable*": hold("the service is not there at present", 60),
    "isp.SYSTEM_ERROR": later("Aliyun asks to try again", 60),
    "isp.GATEWAY_ERROR": UNSURE,
    "InternalError": UNSURE,
    "SignatureNonceUsed": UNSURE,
    "isv.AMOUNT_NOT_ENOUGH": _NO_MONEY,
    "isv.OUT_OF_SERVICE": _NO_MONEY,
    "isv.MOBILE_NUMBER_ILLEGAL": RECEIVER,
    "isv.CUSTOMER_REFUSED": never("the receiver has opted out"),
    "isv.BLACK_KEY_CONTROL_LIMIT": never("Aliyun did not like the number or a word in it"),
    "isv.SMS_SIGNATURE_ILLEGAL": never("the signature is not approved"),
    "isv.SMS_SIGN_ILLEGAL": never("the signature is not approved"),
    "isv.SMS_TEMPLATE_ILLEGAL": never("the template is not approved"),
    "isv.TEMPLATE_MISSING_PARAMETERS": never("the template has a parameter that `params` lacks"),
    "isv.TEMPLATE_PARAMS_ILLEGAL": never("Aliyun did not like a parameter"),
    "isv.PARAM_LENGTH_LIMIT": never("a parameter is too long"),
    "isv.PARAM_NOT_SUPPORT_URL": never("a parameter is an address of the web"),
    "SignatureDoesNotMatch": CREDENTIAL,
    "IncompleteSignature": CREDENTIAL,
    "InvalidAccessKeyId*": CREDENTIAL,
    "Forbidden*": CREDENTIAL,
    "isp.RAM_PERMISSION_DENY": CREDENTIAL,
    "isv.RAM_PERMISSION_DENY": CREDENTIAL,
    "isv.ACCOUNT_NOT_EXISTS": CREDENTIAL,
    "isv.ACCOUNT_ABNORMAL": CREDENTIAL,
    "InvalidTimeStamp*": _CLOCK,
}
ANSWERS = Answers(CODES, ("Code",), "BizId")


@dataclass(frozen=True)
class AliyunSms:
    """Which account, signature and approved template. `params`: the template's parameters, with placeholders."""

    key_id: str
    secret: str
    signature: str
    template: str
    params: Mapping[str, str]

    def write(self, sms: Sms, now: int) -> Request:
        """The signed request."""
        given = {name: filled(value, sms) for name, value in self.params.items()}
        fields = {
            "AccessKeyId": self.key_id, "Action": "SendSms", "Format": "JSON", "OutId": sms.id,
            "PhoneNumbers": sms.mobile, "RegionId": "cn-hangzhou", "SignName": self.signature,
            "SignatureMethod": "HMAC-SHA1", "SignatureNonce": str(uuid4()), "SignatureVersion": "1.0",
            "TemplateCode": self.template, "TemplateParam": json.dumps(given, ensure_ascii=False),
            "Timestamp": datetime.fromtimestamp(now, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"), "Version": "2017-05-25",
        }  # fmt: skip
        content = urlencode({**fields, "Signature": signature("POST", fields, self.secret)})
        return Request({"Content-Type": "application/x-www-form-urlencoded"}, content.encode())


def signature(method: str, fields: Mapping[str, str], secret: str) -> str:
    """Of these parameters, in base64 (help.aliyun.com, "RPC signature mechanism")."""
    query = "&".join(f"{_encoded(name)}={_encoded(value)}" for name, value in sorted(fields.items()))
    told = f"{method}&{_encoded('/')}&{_encoded(query)}"
    return base64.b64encode(hmac.new(f"{secret}&".encode(), told.encode(), "sha1").digest()).decode()


def _encoded(text: str) -> str:
    return quote(text, safe="~")
