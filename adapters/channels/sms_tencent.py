"""Tencent Cloud's short messages: SendSms of 2021-01-11, signed with TC3-HMAC-SHA256."""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import dataclass
from datetime import UTC, datetime

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

_TYPE = "application/json; charset=utf-8"
_ALGORITHM = "TC3-HMAC-SHA256"
_NO_MONEY = hold("the package is used up, or the account has no money left", 600)
_TOO_LONG = never("a parameter, or the whole text, is too long")

CODES: Codes = {
    "Ok": ACCEPTED,
    "RequestLimitExceeded*": hold("called too often", 60),
    "LimitExceeded.DailyLimit": hold("the day's limit of the application is reached", 3_600),
    "LimitExceeded.AppDailyLimit": hold("the day's limit of the application is reached", 3_600),
    "LimitExceeded.DeliveryFrequencyLimit": later("the receiver was sent too many", 3_600),
    "LimitExceeded.PhoneNumber*": later("the receiver was sent too many", 3_600),
    "LimitExceeded.PhoneNumberThirtySecondLimit": later("the receiver was sent too many", 60),
    "FailedOperation.InsufficientBalanceInSmsPackage": _NO_MONEY,
    "UnauthorizedOperation.SerivceSuspendDueToArrears": _NO_MONEY,  # spelt so by the vendor
    "InvalidParameterValue.IncorrectPhoneNumber": RECEIVER,
    "FailedOperation.PhoneNumberInBlacklist": never("the receiver has opted out"),
    "FailedOperation.ContainSensitiveWord": never("Tencent did not like a word in it"),
    "FailedOperation.SignatureIncorrectOrUnapproved": never("the signature is not approved"),
    "FailedOperation.TemplateIncorrectOrUnapproved": never("the template is not approved"),
    "FailedOperation.TemplateUnapprovedOrNotExist": never("the template is not approved"),
    "FailedOperation.TemplateParamSetNotMatchApprovedTemplate": never("`params` are not those of the template"),
    "InvalidParameterValue.ContentLengthLimit": _TOO_LONG,
    "InvalidParameterValue.TemplateParameterLengthLimit": _TOO_LONG,
    "AuthFailure*": CREDENTIAL,
    "UnauthorizedOperation*": CREDENTIAL,
    "InternalError": UNSURE,
    "InternalError.Timeout": UNSURE,
    "InternalError.SendAndRecvFail": UNSURE,
    "InternalError.ParseBackendResponseFail": UNSURE,
    "InternalError.OtherError": UNSURE,
    "InternalError.UnknownError": UNSURE,
    "InternalError.RequestTimeException": never("our clock is ten minutes off"),
}
ANSWERS = Answers(
    CODES, ("Response.Error.Code", "Response.SendStatusSet.0.Code"), "Response.SendStatusSet.0.SerialNo"
)


@dataclass(frozen=True)
class TencentSms:
    """Which account, application and approved template. `host` is signed, as it stands in the address."""

    key_id: str
    secret: str
    app_id: str
    signature: str
    template: str
    params: tuple[str, ...]
    host: str
    region: str

    def write(self, sms: Sms, now: int) -> Request:
        """The signed request."""
        body = {
            "PhoneNumberSet": [sms.phone], "SmsSdkAppId": self.app_id, "SignName": self.signature,
            "TemplateId": self.template, "TemplateParamSet": [filled(value, sms) for value in self.params],
            "SessionContext": sms.id,
        }  # fmt: skip
        content = json.dumps(body, ensure_ascii=False).encode()
        head = {
            "Content-Type": _TYPE, "X-TC-Action": "SendSms", "X-TC-Version": "2021-01-11",
            "X-TC-Timestamp": str(now), "X-TC-Region": self.region,
            "Authorization": authorization(self.key_id, self.secret, self.host, content, now),
        }  # fmt: skip
        return Request(head, content)


def authorization(key_id: str, secret: str, host: str, content: bytes, now: int) -> str:
    """The header of a JSON POST to that host (cloud.tencent.com/document/api/382/52072). Its first part is the service.
    """
    day, service = datetime.fromtimestamp(now, UTC).strftime("%Y-%m-%d"), host.partition(".")[0]
    scope = f"{day}/{service}/tc3_request"
    request = f"POST\n/\n\ncontent-type:{_TYPE}\nhost:{host}\n\ncontent-type;host\n{_digest(content)}"
    told = f"{_ALGORITHM}\n{now}\n{scope}\n{_digest(request.encode())}"
    key = f"TC3{secret}".encode()
    for part in (day, service, "tc3_request", told):
        key = hmac.new(key, part.encode(), "sha256").digest()
    return f"{_ALGORITHM} Credential={key_id}/{scope}, SignedHeaders=content-type;host, Signature={key.hex()}"


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
