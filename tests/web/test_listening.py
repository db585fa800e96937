"""Where the pages listen, and what is said when they cannot."""

from __future__ import annotations

import ipaddress
import re
import socket
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from engine.settings.web_model import Web
from engine.web.app import create_app
from engine.web.serve import CannotListen, listen, serving


def test_an_address_that_somebody_else_has_is_told_in_one_line(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        bind = f"127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(CannotListen, match=f"^cannot listen on {bind}: Address already in use; web.bind"):
            listen(bind, tmp_path)
    with pytest.raises(CannotListen, match="cannot listen on unix:no/web.sock: No such file"):
        listen("unix:no/web.sock", tmp_path)


def test_without_a_word_in_config_only_this_machine_is_listened_to(tmp_path: Path) -> None:
    host, _, _ = Web(base_url="https://f.example", keys=("file:web.key",)).bind.rpartition(":")
    assert ipaddress.ip_address(host).is_loopback
    with listen(f"{host}:0", tmp_path) as listening:
        assert ipaddress.ip_address(listening.getsockname()[0]).is_loopback
    starter = (Path(__file__).parents[2] / "config.yaml").read_text(encoding="utf-8")
    said = re.findall(r"bind: *(\S+)", starter)
    assert all(one.startswith(("127.0.0.1:", "unix:")) for one in said), said


def test_a_socket_left_by_a_killed_process_is_taken_over_and_answers(desk: Any, tmp_path: Path) -> None:
    listen("unix:web.sock", tmp_path).close()
    with (
        listen("unix:web.sock", tmp_path) as listening, serving(create_app(desk.site), listening),
        socket.socket(socket.AF_UNIX) as client,
    ):  # fmt: skip
        client.connect(str(tmp_path / "web.sock"))
        client.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost:8470\r\nConnection: close\r\n\r\n")
        answer = b"".join(iter(lambda: client.recv(4096), b""))
    assert answer.startswith(b"HTTP/1.1 200 OK")
    assert answer.endswith(b"ok\n")


def test_a_page_that_fails_says_so_without_saying_why(desk: Any) -> None:
    desk.log_in("OPS_TOKEN")
    (desk.site.home / "followup.sqlite").unlink()
    desk.site.db.close()
    outside = TestClient(
        create_app(desk.site), base_url=desk.site.web.base_url, cookies=desk.browser.cookies,
        raise_server_exceptions=False,
    )  # fmt: skip
    answer = outside.get("/board")
    assert answer.status_code == 500
    assert "Something went wrong on our side" in answer.text
    assert "sqlite" not in answer.text
    assert answer.headers["x-request-id"] in answer.text
    assert answer.headers["x-content-type-options"] == "nosniff"
