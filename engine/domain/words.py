"""The words of the field, one for each thing: states, actions, audiences, categories."""

from __future__ import annotations

from enum import StrEnum


class Touch(StrEnum):
    """States of a touch: one step of one occasion for one receiver."""

    PLANNED = "planned"  # in the book, not yet due (or due and waiting for release)
    HELD = "held"  # a policy or the catch-up cap keeps it until its cause clears
    DEFERRED = "deferred"  # a policy moved it to a later civil day
    DRAFT = "draft"  # written, waiting for a signature
    SIGNED = "signed"  # signed, waiting for its hour
    RELEASED = "released"  # judged and let go; compose and dispatch own it now
    DELIVERED = "delivered"  # a channel accepted it
    BOUNCED = "bounced"  # accepted, then returned
    DEAD = "dead"  # dead letter: every channel failed, or it could not be written
    SUPPRESSED = "suppressed"
    MERGED = "merged"
    SUPERSEDED = "superseded"  # the fact it was born from changed
    EXPIRED = "expired"
    CANCELLED = "cancelled"


TOUCH_OPEN = (Touch.PLANNED, Touch.HELD, Touch.DEFERRED, Touch.DRAFT, Touch.SIGNED)
"""States in which release still owns the touch."""

TOUCH_TERMINAL = (
    Touch.DELIVERED, Touch.BOUNCED, Touch.DEAD, Touch.SUPPRESSED, Touch.MERGED,
    Touch.SUPERSEDED, Touch.EXPIRED, Touch.CANCELLED,
)  # fmt: skip


class Delivery(StrEnum):
    """States of a delivery: the attempts of one touch on one channel."""

    PENDING = "pending"
    CLAIMED = "claimed"  # leased by a daemon; nothing was sent yet
    SENDING = "sending"  # the mark: content may be on its way
    HANDED = "handed"  # to a colleague, who sends it himself; he, or the vendor, says what came of it
    SENT = "sent"
    FAILED = "failed"
    IN_DOUBT = "in_doubt"  # to a customer, outcome unknown; a person decides
    SUPPRESSED = "suppressed"
    EXPIRED = "expired"
    CANCELLED = "cancelled"


class Phase(StrEnum):
    """Where a circumstance stands; one that has not begun is in none."""

    ACTIVE = "active"
    AFTERMATH = "aftermath"  # over, and still felt, for as long as its kind says
    ENDED = "ended"
    CANCELLED = "cancelled"  # taken back by whoever told of it


class Audience(StrEnum):
    """Who receives a touch. `lead` is the customer: at most once. The others: at least once.

    What the engine does to its own book is done exactly once, and nobody receives it.
    """

    LEAD = "lead"
    REP = "rep"
    MANAGER = "manager"
    TEAM = "team"
    SYSTEM = "system"  # another program, through a webhook
    ENGINE = "engine"  # nobody: the engine changes the lead itself


MACHINES = (Audience.SYSTEM, Audience.ENGINE)
"""Audiences without a clock, an absence or an inbox that could be flooded."""


class Action(StrEnum):
    """What a step does. Exactly one a step."""

    REMIND = "remind"
    GREET = "greet"
    ASSIGN = "assign"
    SET = "set"
    DIGEST = "digest"
    NOTIFY = "notify"


CHANGES = (Action.ASSIGN, Action.SET)
"""Actions that change the lead: the engine carries them out itself."""


class Misfire(StrEnum):
    """What becomes of a step whose hour passed while nobody was looking."""

    SKIP = "skip"  # expired, never sent late
    ONCE = "once"  # sent late; of several, only the latest
    BELATED = "belated"  # sent late up to a declared span, then expired


class Shift(StrEnum):
    """What becomes of a step on a day off."""

    NONE = "none"
    NEXT = "next_workday"
    PREVIOUS = "previous_workday"


class Effect(StrEnum):
    """What a policy does to a touch, in the order of the strata."""

    PRIORITY = "priority"
    REROUTE = "reroute"
    REQUIRE_SIGNATURE = "require_signature"
    ESCALATE = "escalate"
    SUPPRESS = "suppress"
    HOLD = "hold"
    DEFER = "defer"
    MERGE = "merge"

UNKNOWN_SEVERITY = "unknown"
"""How bad a circumstance is, where a warning does not say: beside the words of config.yaml, and without a rank."""

WEB = "web"
"""The channel of what a customer says on a page of ours."""

TALK_CHANNELS = ("phone", "visit", "video", "wecom", "wechat", "email", "sms", WEB)
"""How people talk with customers; interactions may name others, which rules know if they are configured channels."""
