"""Chat vendors on this machine, as their documents describe them: HTTP 200 for nearly everything, and a code inside.

Signatures are worked out here in the vendors' words, not with our code.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import Any

from adapters.testing.http_stub import HttpStub, Reply, Request

NOW = 1_900_000_000


class ChatServer(HttpStub):
    """Keeps what it took. `codes` are answered next instead of success."""

    code, words, ok = "errcode", "errmsg", "ok"

    def __init__(self) -> None:
        super().__init__()
        self.taken: list[dict[str, Any]] = []
        self.codes: list[tuple[int, str]] = []

    def reply(self, request: Request) -> Reply:
        code, said = self.answered(request) if request.method == "POST" else (200, self.get(request.query))
        return Reply(code, json.dumps(said))

    def answered(self, asked: Request) -> tuple[int, Any]:
        """(HTTP status, what is said) to one POST."""
        return 200, self.post(asked.query, asked.json())

    def refusal(self, _query: dict[str, str], _body: dict[str, Any]) -> tuple[int, str] | None:
        """(code, words) of what this vendor does not take."""
        return None

    def keep(self, body: dict[str, Any]) -> None:
        self.taken.append(body)

    def get(self, _query: dict[str, str]) -> dict[str, Any]:
        return {self.code: 404, self.words: "not found"}

    def post(self, query: dict[str, str], body: dict[str, Any]) -> dict[str, Any]:
        found = self.codes.pop(0) if self.codes else self.refusal(query, body)
        if found is not None:
            return {self.code: found[0], self.words: found[1]}
        self.keep(body)
        return {self.code: 0, self.words: self.ok}


class WecomGroup(ChatServer):
    """developer.work.weixin.qq.com/document/path/91770."""

    path = "/cgi-bin/webhook/send?key=k1"

    def refusal(self, query: dict[str, str], body: dict[str, Any]) -> tuple[int, str] | None:
        if query.get("key") != "k1":
            return 93000, "invalid webhook url, hint: [1], from ip: 192.0.2.1"
        kind, most = body["msgtype"], {"markdown": 4096, "text": 2048}[body["msgtype"]]
        if len(body[kind]["content"].encode()) > most:
            return 40058, f"{kind}.content exceed max length {most}"
        return None


class WecomMembers(ChatServer):
    """path/90236 and 91039: tokens that end, members, and copies that are dropped."""

    members = ("li", "li.na@example.com")

    def __init__(self) -> None:
        super().__init__()
        self.given = 0
        self.secret = "s3cret"

    def get(self, query: dict[str, str]) -> dict[str, Any]:
        if query.get("corpsecret") != self.secret:
            return {"errcode": 40001, "errmsg": "invalid credential"}
        self.given += 1
        return {"errcode": 0, "errmsg": "ok", "access_token": f"token{self.given}", "expires_in": 7200}

    def refusal(self, query: dict[str, str], body: dict[str, Any]) -> tuple[int, str] | None:
        if query.get("access_token") != f"token{self.given}":
            return 40014, "invalid access_token"
        if body["touser"] not in self.members:
            return 81013, "user & party & tag all invalid"
        if len(body[body["msgtype"]]["content"].encode()) > 2048:
            return 45002, "content size out of limit"
        return None

    def keep(self, body: dict[str, Any]) -> None:
        if not body["enable_duplicate_check"] or body not in self.taken:
            self.taken.append(body)


class WecomContacts(WecomMembers):
    """path/92135 and 93338: messages that a member confirms, and what became of each."""

    contacts = ("wmA", "wmFull")
    full = ("wmFull",)

    def __init__(self) -> None:
        super().__init__()
        self.results: dict[str, list[dict[str, Any]]] = {}

    def refusal(self, query: dict[str, str], body: dict[str, Any]) -> tuple[int, str] | None:
        if query.get("access_token") != f"token{self.given}":
            return 40014, "invalid access_token"
        if "msgid" in body:
            return None if body["msgid"] in self.results else (41047, "invalid msgid")
        if body["sender"] not in self.members:
            return 40003, "invalid userid"
        return None if self.reached(body) else (41048, "no customer to send")

    def reached(self, body: dict[str, Any]) -> list[str]:
        return [one for one in body["external_userid"] if one in self.contacts]

    def post(self, query: dict[str, str], body: dict[str, Any]) -> dict[str, Any]:
        said = super().post(query, body)
        if said["errcode"] or "msgid" in body:
            return said | ({} if said["errcode"] else {"send_list": self.results[body["msgid"]], "next_cursor": ""})
        number = f"msg{len(self.taken)}"
        one = {"external_userid": body["external_userid"][0], "userid": body["sender"], "status": 0}
        self.results[number] = [one]
        return said | {"msgid": number, "fail_list": [one for one in body["external_userid"] if one in self.full]}

    def keep(self, body: dict[str, Any]) -> None:
        if "msgid" not in body:
            self.taken.append(body)


class DingtalkGroup(ChatServer):
    """open.dingtalk.com/document/robots/custom-robot-access, with a signature."""

    path = "/robot/send?access_token=t1"

    def refusal(self, query: dict[str, str], _body: dict[str, Any]) -> tuple[int, str] | None:
        if query.get("access_token") != "t1":
            return 300005, "token is not exist"
        millis = query.get("timestamp", "0")
        signed = hmac.new(b"SEC1", digestmod=hashlib.sha256)
        signed.update(f"{millis}\nSEC1".encode())
        if abs(int(millis) - NOW * 1000) > 3_600_000 or query.get("sign") != base64.b64encode(signed.digest()).decode():
            return 310000, "sign not match"
        return None


class FeishuGroup(ChatServer):
    """open.feishu.cn/document/client-docs/bot-v3/add-custom-bot, with a signature."""

    path = "/open-apis/bot/v2/hook/h1"
    code, words, ok = "code", "msg", "success"

    def refusal(self, _query: dict[str, str], body: dict[str, Any]) -> tuple[int, str] | None:
        stamp = body.get("timestamp", "0")
        signed = hmac.new(f"{stamp}\nf1".encode(), digestmod=hashlib.sha256)
        if abs(int(stamp) - NOW) > 3_600 or body.get("sign") != base64.b64encode(signed.digest()).decode():
            return 19021, "sign match fail or timestamp is not within one hour from current time"
        return None
