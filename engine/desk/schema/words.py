"""What an editor shows when the pointer rests on a key. One text for each key that the loader knows."""

from __future__ import annotations

FILE = {
    "rules": "What is to happen for whom and when.",
    "policies": "What is judged among everything due for one customer on one day.",
    "gates": "What a change of a lead must satisfy, whoever makes it.",
}
RULE = {
    "id": "Stable for ever: letters of any script, digits, - _ and ., at most 64. Renaming it needs renamed_from.",
    "summary": "One line for people: reminders, explain and the pages show it. A text, or one for each language: "
    "`{en: ..., zh-Hans: ...}`; then everybody reads it in his own.",
    "category": "What kind of touch it is; policies, windows and pauses go by it. A step may have another.",
    "on": "The trigger: exactly one. What makes an occasion.",
    "for": "The segment: a condition, read when the occasion is born. Left out: every lead.",
    "steps": "What is done, in the order of time. An occasion keeps the steps it was born with.",
    "until": "Ends the occasion: contacted, replied, or a condition. {outcome: [reached]} is what was logged since.",
    "enabled": "false switches the rule off. Default: true.",
    "from": "The first day (YYYY-MM-DD, the lead's own date) on which occasions lie.",
    "to": "The last day (YYYY-MM-DD, included) on which occasions lie.",
    "apply_to": "Occasions in flight after an edit: new (default) leaves them alone, all moves what is left.",
    "backfill": "What was due before the rule was there: now (default), none, or {spread: 14d}.",
    "renamed_from": "The id it had before: what was sent under that id is not sent again.",
}
BACKFILL = {
    "spread": "At hours seeded over so many days from now on, always the same for one lead.",
}
TRIGGER = {
    "date": "Yearly, on each of the lead's dates of that kind.",
    "holiday": "On the days of these festivals in the lead's calendar.",
    "due": "Once, at what is known beforehand: the end of a contract, an appointment, an attribute that is a date.",
    "since": "When the timestamp is `after` old; a later value moves it.",
    "reaches": "When a counter reaches the value within its epoch.",
    "becomes": "When a field of the lead or of an opportunity takes the value.",
    "event": "When a circumstance of one of these kinds applies to the lead.",
    "outcome": "When an interaction with one of these outcomes is logged.",
    "schedule": "By the clock, for reps, managers or teams; no lead has a part in it.",
}
SCHEDULE = {
    "schedule": "At the minutes that a cron expression names: minute hour day month weekday, by the receiver's clock.",
    "for_each": "Whom it is for: rep (default), manager or team.",
}
DATE = {
    "date": TRIGGER["date"],
    "every": "1y (default), or another span of at least 7 days, counted from the date itself: 6mo, 100d.",
    "only": "Which returns count, for jubilees: [1, 5, 10].",
    "leap_month": "When a lunar date of a leap month returns. Default: that of config.yaml.",
    "day_30": "When the 30th of a lunar month returns in a month of 29 days. Default: that of config.yaml.",
    "feb_29": "When 29 February returns in a common year. Default: that of config.yaml.",
}
SINCE = {
    "since": "A timestamp, several of which the latest counts, or {latest: [...], else: ...}.",
    "after": "How old it must be: a duration, or one by a field: {by: grade, A: 1w, else: 6mo}.",
    "repeat": "Again after this time, while it still holds. Goes with times.",
    "times": "How many times more, after the first.",
    "jitter": "Spreads by up to this much to both sides, always the same for one lead: ±3d or ±2h.",
}
LATEST = {
    "latest": "The latest of these counts.",
    "else": "Stands in where all of them are missing.",
}
REACHES = {
    "since": "The epoch in which it is counted. Default: registered.",
}
EVENT = {
    "event": TRIGGER["event"],
    "anchor": "What steps are counted from: its start (default) or its end.",
    "repeat": "Again after this time, counted from its start, until it ends.",
    "times": "How many times more at most, after the first.",
}
OUTCOME = {
    "outcome": TRIGGER["outcome"],
    "channel": "Only of talks on these channels. Left out: on any.",
    "purpose": "Only of talks for these purposes. Left out: for any.",
}
STEP = {
    "id": "Stable for ever, unique in its rule.",
    "at": "An offset (+0h, -2h, 3d), a time of day (09:00), or both (-3d 09:00). A date or holiday needs a time.",
    "if": "A condition, read when the step is released and again before it is sent. It sees what happened since.",
    "remind": "Tell a colleague: owner, manager, previous_owner, host (of an event), team:NAME or rep:ID.",
    "greet": "Write to the customer himself.",
    "assign": "Give the lead to: pool, manager, previous_owner, rep:ID, or round_robin, new_first, new_last:TEAM.",
    "set": "Change fields of the lead: {field: value, ...}; null clears one.",
    "notify": "Tell another program: the name of a channel of kind webhook.",
    "digest": "In a schedule: the owner's day, or the manager's reps, as a message. Else: an entry in his next one.",
    "template": "The folder below templates/ with its texts.",
    "via": "Channels in order; the next one is tried where one does not reach him. Default: the receiver's own.",
    "sign_by": "Somebody must sign it; unsigned, it never leaves. Only with greet.",
    "category": "Another category than the rule's.",
    "priority": "Which of several touches comes first: lower is better. Default: 100.",
    "misfire": "What becomes of it when its hour passed unseen: skip, once or {belated: 1d}.",
    "window": "The hours in which it may arrive, by name, instead of the default ones of config.yaml.",
    "urgent": "true ignores windows and quiet hours, never consent. Default: false.",
    "expires": "How long after its hour it is still worth sending.",
    "shift": "What becomes of it on a day off: none (default), next_workday or previous_workday.",
    "level": "Spreads peaks: no day of a rep holds more than max, what is too much moves by up to within.",
    "invite": "true: an invitation to the appointment goes with the mail. With on: {due: appointment.starts}.",
    "purpose": "What the talk is for that answers this reminder, a word of config.yaml. With remind.",
    "needs": "Done only if these steps of the occasion reached somebody so long before: {warn: 3d}. It waits for them.",
    "gather": "true: what comes up at once for one receiver is one message, with the list of customers. With remind.",
    "report": "A digest that tells how the day (daily), or the last full week or month, went.",
    "distinct": "A greeting must not read like last year's, or like what others near the customer get.",
}
DISTINCT = {
    "from": "What it is compared with: last_year (his own of the same occasion), neighbours (of his account or owner).",
    "max_similarity": "From how alike on it counts, 0 to 1. Default: 0.8.",
    "otherwise": "warn (default) notes it for the signer; hold keeps it until a person edits or approves it.",
}
LEVEL = {
    "per": "What is counted: the levelled touches of one rep on one day of his. Default: owner/day.",
    "max": "How many a day at most; all levelled touches of the rep count.",
    "within": "How far it may be moved: 5d, or 5wd for working days of the office. Only working days are chosen.",
    "otherwise": "Where no day has room: overfill (default) takes the emptiest one, expire lets it go.",
}
SIGNATURE = {
    "who": "Who signs. Default: owner.",
    "draft": "When the draft is laid before him, counted like at.",
    "deadline": "Until when it must be signed, counted like at. Default: the step's own hour.",
    "late": "What becomes of it unsigned: expire (default), or escalate to the signer's manager.",
}
POLICY = {
    "id": "Stable for ever; every verdict is stored with it.",
    "summary": "One line for people: a text, or one for each language: `{en: Mourning, zh-Hans: 哀悼}`.",
    "enabled": "false switches the policy off. Default: true.",
    "when": "All parts must hold.",
    "then": "Exactly one effect.",
}
WHEN = {
    "touch": "What the touch in question is like.",
    "lead": "What its lead is like; touches_7d counts what he got.",
    "circumstance": "One circumstance of the lead that meets all of this.",
    "other": "A second touch of the same lead that meets this.",
}
OTHER = {
    "within": "At most so many civil days before or after; 0d is the same day.",
    "outranks": "The other touch ranks better: by priority, then by the rule's id.",
}
THEN = {
    "priority": "Its rank among the lead's touches, instead of the step's: lower is better.",
    "reroute": "The channels it goes out by, in order, instead of its own.",
    "require_signature": "Its text is a draft until this person signs it: owner or manager.",
    "draft": "How long before its hour the draft is laid out: 1d or 2d. Default: at its hour.",
    "escalate": "The manager gets a copy.",
    "suppress": "It is not sent.",
    "hold": "It waits until the cause clears, at most at_most.",
    "defer": "It is due that many days later, and judged again then.",
    "merge": "It is named in the text of the other touch.",
    "at_most": "How long hold waits before it expires.",
    "into": "What it merges into: other.",
}
GATE = {
    "id": "Stable for ever; every refusal is kept with it.",
    "summary": "One line for people, a text or one for each language: it is what they read when the gate refuses.",
    "enabled": "false switches the gate off. Default: true.",
    "on": "Before which change it stands: exactly one kind.",
    "if": "A condition that narrows it: the gate binds only where it holds. Left out: everyone.",
    "require": "What must hold before the change; it reads the lead as he is, and actor, assignee or event.",
    "otherwise": "refuse: the change is not made. flag: it is made, and recorded.",
}
GATE_ON = {
    "set": "A field takes a value: {status: suspended}, [several] or any. Of several fields: all at once.",
    "assign": "A lead is given to a rep, to the pool, or any.",
    "event_end": "A circumstance of that kind, of several, or any, ends.",
}
CONDITION = {
    "all": "All of these hold.",
    "any": "One of these holds.",
    "not": "This does not hold.",
    "circumstance": "One circumstance of the lead meets all of this.",
}
OPERATOR = {
    "eq": "equal",
    "ne": "not equal; true where the field is missing",
    "lt": "less than",
    "lte": "at most",
    "gt": "more than",
    "gte": "at least",
    "in": "one of these",
    "not_in": "none of these; true where the field is missing",
    "contains": "holds this element, or this piece of text",
    "within": "lies in this region, or in that of another field such as owner.region",
    "matches": "the whole text fits the pattern: * is any text, ? one character",
    "exists": "true: it is there; false: it is missing",
}
