"""Any service that Apprise knows (optional package, BSD-2), for colleagues only.

Apprise says True for every answer with HTTP 200, also one that says "refused", and gives no chance to ask begin()
between the connection and the content. So only two things can be known of a message that began: Apprise was content,
or nobody knows.
"""

from __future__ import annotations

import logging
import queue
import threading
import time

import apprise

from adapters.base import Begin, Capabilities, Message, Outcome, Receipt
from adapters.channels.chat import unfit

MOST_HUNG = 8
"""Threads that a service may hold past their deadline before it gets no more messages."""

OWN = {"wecombot": "wecom_bot", "dingtalk": "dingtalk_bot", "feishu": "feishu_bot", "lark": "feishu_bot"}
"""Services of Apprise for which we have a kind that reads their answers."""

_ASSET = apprise.AppriseAsset(async_mode=False, storage_mode=apprise.PersistentStoreMode.MEMORY)
_BUSY = 60  # seconds until a service that hangs is asked again


class AppriseChannel:
    """Speaks to one service, in a thread that is left behind at the deadline: a hang holds no sender."""

    capabilities = Capabilities(markdown=True, max_bytes=32_768, receivers=frozenset({"rep"}))

    def __init__(self, url: str, timeout: float = 10.0) -> None:
        """ValueError: the address is not that of one service, or of one that we have a kind for."""
        logging.getLogger("apprise").setLevel(logging.CRITICAL)  # it logs what services say, with names in it
        self._url, self._timeout = url, timeout
        self._hung: list[threading.Thread] = []
        services = list(self._service())
        if len(services) != 1:
            raise ValueError("is not the address of one service of Apprise")
        known = {str(one.secure_protocol) for one in services} & OWN.keys()
        for name in known:
            raise ValueError(f"Apprise takes what {name} refuses for sent; use kind: {OWN[name]}")

    def send(self, message: Message, begin: Begin, deadline: float) -> Receipt:
        """See Channel.send. After begin() it is accepted or unknown."""
        refusal = unfit(message) or self._hangs()
        if refusal is not None:
            return refusal
        deadline = min(deadline, time.monotonic() + self._timeout)
        if time.monotonic() >= deadline:
            return Receipt(Outcome.RETRY, "late", "the deadline passed before anything was sent")
        if not begin():
            return Receipt(Outcome.WITHDRAWN, "withdrawn", "begin() said no; nothing was sent")
        return self._notified(message, deadline)

    def close(self) -> None:
        """Nothing is held open. A thread that hangs ends with the process."""

    def _notified(self, message: Message, deadline: float) -> Receipt:
        answers: queue.Queue[Receipt] = queue.Queue()
        thread = threading.Thread(target=lambda: answers.put(self._asked(message)), daemon=True, name="apprise")
        thread.start()
        try:
            return answers.get(timeout=max(deadline - time.monotonic(), 0))
        except queue.Empty:
            self._hung.append(thread)
            return Receipt(Outcome.UNKNOWN, "slow", "Apprise did not come back in time")

    def _asked(self, message: Message) -> Receipt:
        try:
            content = self._service().notify(
                body=message.text, title=message.subject, body_format=apprise.NotifyFormat.MARKDOWN
            )
        except Exception as error:  # whatever a service of Apprise raises: it may have gone out
            return Receipt(Outcome.UNKNOWN, "raised", type(error).__name__)
        if content:
            return Receipt(Outcome.ACCEPTED, "apprise")
        return Receipt(Outcome.UNKNOWN, "apprise", "Apprise says that it failed, and not whether anything arrived")

    def _service(self) -> apprise.Apprise:
        """Made anew for each message: what Apprise keeps of a service is not made for several threads."""
        found = apprise.Apprise(asset=_ASSET)
        found.add(self._url)
        return found

    def _hangs(self) -> Receipt | None:
        self._hung = [thread for thread in self._hung if thread.is_alive()]
        if len(self._hung) < MOST_HUNG:
            return None
        return Receipt(Outcome.RETRY, "hung", "the service hangs", retry_after=_BUSY, enough=True)
