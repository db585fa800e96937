"""What a colleague's own doing counts as, once he says that he has done it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from engine.domain.keys import greeting_ref
from engine.settings.model import Settings
from engine.settings.personal_model import Personal
from engine.store.facts.interactions import Interaction
from engine.store.outbox.held import Held

NO_ANSWER = "no_answer"
_DONE = {"wechat": "messaged", "phone": "reached", "card": "messaged"}
"""The outcome of each, in the words of the starter's vocabulary; the same that a greeting has which is signed."""


@dataclass(frozen=True)
class Way:
    """The outcomes that are logged, "" for none, and the channel that is named with them."""

    channel: str
    sent: str
    unreached: str


Ways = Mapping[str, Way]
"""By the channel's name in config.yaml."""


def ways_of(settings: Settings) -> Ways:
    """The channels of config.yaml on which colleagues act themselves."""
    words = settings.vocabularies
    found = {}
    for name, config in settings.channels.items():
        if isinstance(config, Personal):
            sent = _DONE[config.by] if _DONE[config.by] in words.effective_outcomes else ""
            rang = config.by == "phone" and NO_ANSWER in words.attempt_outcomes
            found[name] = Way(name if config.by == "card" else config.by, sent, NO_ANSWER if rang else "")
    return found


def talk_of(row: Held, way: Way, decision: str, rep: str | None, now: int) -> Interaction | None:
    """What is logged, if anything is: a contact once for each greeting, or that he was not reached."""
    outcome = {"sent": way.sent, "unreached": way.unreached}.get(decision, "")
    if not outcome:
        return None
    ident = greeting_ref(row.occurrence_key)
    return Interaction(
        id=ident if decision == "sent" else f"{ident}:{row.channel}", lead=row.lead, at=now, outcome=outcome,
        effective=decision == "sent", rep=rep, channel=way.channel, touch=row.touch,
    )  # fmt: skip
