"""What no machine may send: a colleague writes or calls himself, and says afterwards what came of it.

There is no far side. The task is the delivery itself, which is shown to him and waits for his word.
"""

from __future__ import annotations

from adapters.base import Begin, Capabilities, Message, Outcome, Receipt
from adapters.channels.chat import unfit


class PersonalChannel:
    """Hands each message to the customer's rep."""

    capabilities = Capabilities(dedupe=True, receivers=frozenset({"lead"}))

    def send(self, message: Message, begin: Begin, deadline: float) -> Receipt:  # noqa: ARG002
        """See Channel.send. Nothing is waited for, so `deadline` plays no part."""
        refusal = unfit(message)
        if refusal is not None:
            return refusal
        if not begin():
            return Receipt(Outcome.WITHDRAWN, "withdrawn", "begin() said no; nobody was given the task")
        return Receipt(Outcome.HANDED, "task")

    def close(self) -> None:
        """Nothing is held open."""
