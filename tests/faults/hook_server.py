"""A far side for webhooks on this machine: it keeps what arrives, and answers as it is told."""

from __future__ import annotations

from pathlib import Path

from adapters.testing.http_stub import HttpStub, Reply, Request


class HookServer(HttpStub):
    """Answers 204, or what `answers` holds next: a status with headers."""

    path = "/hook?from=followup"

    def __init__(self, certificate: Path | None = None) -> None:
        super().__init__(certificate)
        self.answers: list[tuple[int, dict[str, str]]] = []

    @property
    def bodies(self) -> list[bytes]:
        return [request.body for request in self.requests]

    @property
    def heads(self) -> list[dict[str, str]]:
        return [{"path": request.path, **dict(request.head.items())} for request in self.requests]

    def reply(self, _request: Request) -> Reply:
        code, head = self.answers.pop(0) if self.answers else (204, {})
        return Reply(code, head=head)
