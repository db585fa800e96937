"""What reps and managers do with what they are reminded of: most of it, some days late, some of it in vain."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import date, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

from sqlalchemy import select

from engine.domain.words import Touch
from engine.ground.errors import FollowupError
from engine.stages.acts import Talk, approve, log_talk
from engine.stages.answers.answer import answer
from engine.stages.answers.replies import HandOver, NotRelevant, Talked
from engine.store.ledger import touch
from engine.store.outbox.deliveries import Due
from tests.year.house import House
from tests.year.sales import Sales
from tests.year.town import neglects

ZONE = ZoneInfo("Asia/Shanghai")
HOUR = 3600
TOGETHER = 4 * HOUR
"""What people do they write down at noon and at four, all at once: each time somebody's plan is worked out anew."""
VISITS = {"visit-rhythm": "visit", "revisit": "service", "yearly-service": "service", "yearly-maintenance": "service"}
CALLS = {
    "contact-rhythm": "call", "need-rhythm": "call", "dormant": "call", "first-contact": "call", "no-answer": "call",
    "courtesy-call": "courtesy", "usage-call": "service", "complaint": "service", "bereavement": "call",
    "illness": "call", "disaster": "call", "contract-end": "call", "receivable": "call", "low-score": "survey",
    "satisfaction-survey": "survey", "appointment": "visit", "referral": "call", "event-invitation": "call",
    "event-afterwards": "call", "next-order": "call", "consumables": "call", "mid-autumn-eve": "courtesy",
    "journey": "visit", "opening": "visit", "recommendation": "call",
    "manager-at-ten": "call",
}  # fmt: skip
"""Rules whose reminders are answered by talking to the customer, and what for."""
FORGETS, LATE, ANSWERS_BY_LINK, NOT_RELEVANT = 0.03, 0.15, 0.1, 0.1
REACHES, MEETS = 0.78, 0.93

Agenda = Callable[[int, Callable[[int], None]], None]


class Staff:
    """All who work in the house. `agenda` takes what they will do and when."""

    def __init__(self, house: House, sales: Sales, agenda: Agenda, seed: int) -> None:
        self.house, self.sales, self.agenda = house, sales, agenda
        self.pick = Random(seed)

    def read(self, message: Due, now: int) -> None:
        """A reminder has arrived: it is done, mostly within some hours, or forgotten."""
        if message.audience == "lead" or not message.lead or self.pick.random() < FORGETS:
            return
        told = self._all_told(message)
        for number, (touch_id, lead) in enumerate(told):
            if not neglects(message.receiver, lead):
                delay = self.pick.randint(HOUR, 5 * HOUR) + 600 * number
                delay += 24 * HOUR if self.pick.random() < LATE else 0
                at = now + (delay if not message.urgent else 1200)
                together = -(-self.at_desk(at) // TOGETHER) * TOGETHER
                self.agenda(together, self._deed(touch_id, lead, message.rule, message.receiver))

    def at_desk(self, at: int) -> int:
        """The first office hour from then on."""
        local = datetime.fromtimestamp(at, ZONE)
        while True:
            begins, ends = local.replace(hour=9, minute=0), local.replace(hour=17, minute=45)
            if self.works(local.date()) and local <= ends:
                return int(max(local, begins).timestamp())
            local = (local + timedelta(days=1)).replace(hour=9, minute=self.pick.randint(0, 59))

    def works(self, day: date) -> bool:
        return self.house.app.clockwork.calendars.work("CN", day.year - 1, day.year + 1).is_workday(day)

    def sign(self, now: int) -> None:
        """Everybody looks through the drafts that wait for him, and signs almost all."""
        with self.house.db.reading() as connection:
            rows = connection.execute(select(touch.c.id, touch.c.signer).where(touch.c.state == Touch.DRAFT)).all()
        for row in rows:
            if self.pick.random() < 0.95:
                with suppress(FollowupError):
                    approve(self.house.db, row.id, row.signer, now)

    def _all_told(self, message: Due) -> list[tuple[int, str]]:
        """The reminders of one message: its own, or all that it lists."""
        if message.gathered is None:
            return [(message.touch, message.lead)]
        with self.house.db.reading() as connection:
            query = select(touch.c.id, touch.c.lead).where(touch.c.carried_by == message.touch).order_by(touch.c.id)
            return [(row.id, row.lead) for row in connection.execute(query)]

    def _deed(self, touch_id: int, lead: str, rule: str, who: str) -> Callable[[int], None]:
        def do(now: int) -> None:
            with suppress(FollowupError):
                self._do(touch_id, lead, rule, who, now)

        return do

    def _do(self, touch_id: int, lead: str, rule: str, who: str, now: int) -> None:
        if rule == "suspended":
            self.sales.decide(lead, who, now)
        elif rule == "another-rep":
            self._propose(touch_id, who, now)
        elif rule in CALLS or rule in VISITS or (rule == "pool-return" and self.pick.random() < 0.5):
            self._talk(touch_id, lead, rule, who, now)
        elif self.pick.random() < NOT_RELEVANT:
            self._answer(touch_id, NotRelevant(), who, now)

    def _talk(self, touch_id: int, lead: str, rule: str, who: str, now: int) -> None:
        outcome, channel = self._came_of_it(rule)
        purpose = VISITS.get(rule) or CALLS.get(rule, "call")
        if purpose == "call" and self.pick.random() < ANSWERS_BY_LINK:
            self._answer(touch_id, Talked(outcome, channel), who, now)
        else:
            score = self.pick.choice((3, 7, 8, 9, 10)) if purpose == "survey" and outcome == "reached" else None
            talk = Talk(lead, outcome, now, channel, purpose, score=score)
            log_talk(self.house.db, self.house.settings, talk, who, now)
        self.sales.spoke(lead, who, outcome, now)

    def _came_of_it(self, rule: str) -> tuple[str, str]:
        if rule in VISITS:
            return ("visited", "visit") if self.pick.random() < MEETS else ("no_answer", "phone")
        if self.pick.random() < REACHES:
            return "reached", "phone"
        return ("no_answer", "phone") if self.pick.random() < 0.8 else ("left_message", "phone")

    def _propose(self, touch_id: int, who: str, now: int) -> None:
        """The manager gives every third such customer to another rep."""
        to = self.sales.somebody(self.pick, now) if self.pick.random() < 0.33 else ""
        self._answer(touch_id, HandOver(to, lead=True) if to else NotRelevant(), who, now)

    def _answer(self, touch_id: int, reply: Talked | HandOver | NotRelevant, who: str, now: int) -> None:
        answer(self.house.db, self.house.means, touch_id, reply, who, now)
