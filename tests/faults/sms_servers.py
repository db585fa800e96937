"""Gateways for short messages on this machine, as their documents describe them. They check every signature.

Signatures are worked out here in the vendors' words, not with our code.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, quote

from adapters.testing.http_stub import Request
from tests.faults.chat_servers import NOW, ChatServer

BARRED = "+8613900000000"
"""A number that takes nothing."""


class SmsServer(ChatServer):
    """`said` is answered next instead of success: (HTTP status, JSON); `taken` holds what arrived, as the vendor's."""

    path = "/"

    def __init__(self) -> None:
        super().__init__()
        self.said: list[tuple[int, Any]] = []

    def answered(self, asked: Request) -> tuple[int, Any]:
        if self.said:
            return self.said.pop(0)
        refusal = self.refused(asked)
        if refusal is None:
            self.keep(self.read(asked.body))
        return refusal or (200, self.success(len(self.taken)))

    def read(self, content: bytes) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(content)
        return found

    def refused(self, asked: Request) -> tuple[int, Any] | None:
        raise NotImplementedError

    def success(self, number: int) -> Any:
        raise NotImplementedError

    def error(self, code: str) -> tuple[int, Any]:
        """How this vendor says that code."""
        raise NotImplementedError


class Aliyun(SmsServer):
    """help.aliyun.com/zh/sms/developer-reference/api-dysmsapi-2017-05-25-sendsms, POST in the RPC style."""

    def read(self, content: bytes) -> dict[str, Any]:
        return dict(parse_qsl(content.decode(), keep_blank_values=True))

    def refused(self, asked: Request) -> tuple[int, Any] | None:
        fields = self.read(asked.body)
        given, nonce = fields.pop("Signature", ""), fields.get("SignatureNonce")
        if fields.get("AccessKeyId") != "testId":
            return 404, {"Code": "InvalidAccessKeyId.NotFound", "Message": "Specified access key is not found."}
        encoded = [f"{quote(name, safe='~')}={quote(fields[name], safe='~')}" for name in sorted(fields)]
        told = "POST&%2F&" + quote("&".join(encoded), safe="~")
        expected = base64.b64encode(hmac.new(b"testSecret&", told.encode(), hashlib.sha1).digest()).decode()
        if given != expected or asked.path != "/":
            return 400, {"Code": "SignatureDoesNotMatch", "Message": f"server string to sign is:{told}"}
        sent_at = datetime.strptime(fields["Timestamp"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
        if abs(sent_at.timestamp() - NOW) > 900:
            return 400, {"Code": "InvalidTimeStamp.Expired", "Message": "expired"}
        if nonce in [one["SignatureNonce"] for one in self.taken]:
            return 400, {"Code": "SignatureNonceUsed", "Message": "Specified signature nonce was used already."}
        if fields["PhoneNumbers"] == BARRED.removeprefix("+86"):
            return self.error("isv.MOBILE_NUMBER_ILLEGAL")
        if not json.loads(fields["TemplateParam"]).get("text"):
            return self.error("isv.TEMPLATE_MISSING_PARAMETERS")
        return None

    def success(self, number: int) -> Any:
        return {"Message": "OK", "RequestId": "D9F4", "BizId": f"9006197469364984{number}^0", "Code": "OK"}

    def error(self, code: str) -> tuple[int, Any]:
        return 200, {"Message": "13900000000 is bad", "RequestId": "A1", "Code": code}


class Tencent(SmsServer):
    """cloud.tencent.com/document/api/382/55981, signed with TC3-HMAC-SHA256 (api/382/52072)."""

    def refused(self, asked: Request) -> tuple[int, Any] | None:
        head, at = asked.head, asked.head["X-TC-Timestamp"]
        if (head["X-TC-Action"], head["X-TC-Version"]) != ("SendSms", "2021-01-11") or not head["X-TC-Region"]:
            return self.failure("InvalidAction")
        day, service = datetime.fromtimestamp(int(at), UTC).date().isoformat(), head["Host"].split(".")[0]
        lines = ["POST", "/", "", f"content-type:{head['Content-Type']}", f"host:{head['Host']}", "",
                 "content-type;host", hashlib.sha256(asked.body).hexdigest()]  # fmt: skip
        hashed = hashlib.sha256("\n".join(lines).encode()).hexdigest()
        key = b"TC3testSecret"
        for part in (day, service, "tc3_request"):
            key = hmac.new(key, part.encode(), hashlib.sha256).digest()
        told = f"TC3-HMAC-SHA256\n{at}\n{day}/{service}/tc3_request\n{hashed}"
        signature = hmac.new(key, told.encode(), hashlib.sha256).hexdigest()
        expected = (f"TC3-HMAC-SHA256 Credential=testId/{day}/{service}/tc3_request, "
                    f"SignedHeaders=content-type;host, Signature={signature}")  # fmt: skip
        if head["Authorization"] != expected:
            return self.failure("AuthFailure.SignatureFailure")
        if abs(int(at) - NOW) > 300:
            return self.failure("AuthFailure.SignatureExpire")
        if self.read(asked.body)["PhoneNumberSet"] == [BARRED]:
            return self.error("InvalidParameterValue.IncorrectPhoneNumber")
        return None

    def success(self, number: int) -> Any:
        status = {"SerialNo": f"5000:{number}", "PhoneNumber": "+8613800000000", "Fee": 1, "SessionContext": "",
                  "Code": "Ok", "Message": "send success", "IsoCode": "CN"}  # fmt: skip
        return {"Response": {"SendStatusSet": [status], "RequestId": "a0aabda6"}}

    def error(self, code: str) -> tuple[int, Any]:
        status = {"SerialNo": "", "PhoneNumber": BARRED, "Code": code, "Message": f"{BARRED} is bad"}
        return 200, {"Response": {"SendStatusSet": [status], "RequestId": "a1"}}

    def failure(self, code: str) -> tuple[int, Any]:
        """Of the request, before anybody looked at what it asks for."""
        return 200, {"Response": {"Error": {"Code": code, "Message": "of testId"}, "RequestId": "a1"}}


class OwnGateway(SmsServer):
    """A gateway that nobody knows: JSON, an HMAC over time and body in the head, and its own codes."""

    path = "/v1/sms"

    def refused(self, asked: Request) -> tuple[int, Any] | None:
        told = asked.head["X-Time"].encode() + b"." + asked.body
        if asked.head["X-Signature"] != hmac.new(b"testSecret", told, hashlib.sha256).hexdigest():
            return self.error("401")
        return self.error("1005") if self.read(asked.body)["to"] == BARRED else None

    def success(self, number: int) -> Any:
        return {"status": {"code": 0}, "messages": [{"id": f"m-{number}"}]}

    def error(self, code: str) -> tuple[int, Any]:
        return 200, {"status": {"code": int(code), "text": f"{BARRED} is bad"}}
