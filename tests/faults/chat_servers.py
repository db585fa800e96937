"""Chat vendors on this machine, as their documents describe them: HTTP 200 for nearly everything, and a code inside.

Signatures are worked out here in the vendors' words, not with our code.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import socket
import struct
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any
from urllib.parse import parse_qs, urlsplit

NOW = 1_900_000_000
Fault = Callable[[BaseHTTPRequestHandler], None]


def status(code: int, body: str = "", **head: str) -> Fault:
    """That HTTP status, whatever came."""
    return lambda handler: _reply(handler, code, body, head)


def silence(_handler: BaseHTTPRequestHandler) -> None:
    time.sleep(1.2)


def reset(handler: BaseHTTPRequestHandler) -> None:
    """The connection breaks as if the cable had been pulled."""
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    handler.connection.close()


def drip(handler: BaseHTTPRequestHandler) -> None:
    """An answer, byte by byte, each in time for itself."""
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 30\r\n\r\n")
    for _ in range(30):
        try:
            handler.wfile.write(b" ")
        except OSError:
            return
        time.sleep(0.1)


def garbage(handler: BaseHTTPRequestHandler) -> None:
    handler.wfile.write(b"\x00\x01 this is no HTTP\r\n\r\n")


class ChatServer:
    """Keeps what it took. `faults` come first, one a message; `codes` are answered next instead of success."""

    path = "/"
    code, words, ok = "errcode", "errmsg", "ok"

    def __init__(self) -> None:
        self.taken: list[dict[str, Any]] = []
        self.began: list[bool] = []
        self.faults: list[Fault] = []
        self.codes: list[tuple[int, str]] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()
        self._open = True

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    @property
    def url(self) -> str:
        return self.base + self.path

    def __enter__(self) -> ChatServer:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        if self._open:
            self._open = False
            self._server.shutdown()
            self._server.server_close()

    def refusal(self, _query: dict[str, str], _body: dict[str, Any]) -> tuple[int, str] | None:
        """(code, words) of what this vendor does not take."""
        return None

    def keep(self, body: dict[str, Any]) -> None:
        self.taken.append(body)

    def get(self, _query: dict[str, str]) -> dict[str, Any]:
        return {self.code: 404, self.words: "not found"}

    def answered(self, asked: BaseHTTPRequestHandler, content: bytes) -> tuple[int, Any]:
        """(HTTP status, what is said) to one POST."""
        return 200, self.post(_flat(urlsplit(asked.path).query), json.loads(content))

    def post(self, query: dict[str, str], body: dict[str, Any]) -> dict[str, Any]:
        found = self.codes.pop(0) if self.codes else self.refusal(query, body)
        if found is not None:
            return {self.code: found[0], self.words: found[1]}
        self.keep(body)
        return {self.code: 0, self.words: self.ok}

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        chat = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                length = int(self.headers["Content-Length"])
                content = self.rfile.read(length)
                chat.began.append(bool(content))
                if len(content) < length:
                    return
                if chat.faults:
                    chat.faults.pop(0)(self)
                    return
                status, said = chat.answered(self, content)
                _reply(self, status, json.dumps(said), {})

            def do_GET(self) -> None:
                parts = urlsplit(self.path)
                _reply(self, 200, json.dumps(chat.get(_flat(parts.query))), {})

            def log_message(self, format: str, *args: object) -> None:
                """Tests are quiet."""

        return Handler


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


def _flat(query: str) -> dict[str, str]:
    return {key: values[0] for key, values in parse_qs(query, keep_blank_values=True).items()}


def _reply(handler: BaseHTTPRequestHandler, code: int, body: str, head: dict[str, str]) -> None:
    content = body.encode()
    handler.send_response(code)
    for name, value in head.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.send_header("Content-Length", str(len(content)))
    handler.end_headers()
    handler.wfile.write(content)
