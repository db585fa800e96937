"""A house that people live in: mail goes out, and the pages are served by a `followup web` process of its own."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

from engine.domain.civil import local
from engine.domain.links import Link, Purpose, sign
from engine.ground.clock import FrozenClock, SystemClock
from engine.service.app import adopt_rules, open_app
from engine.service.demo_pages import free_port, pages_section
from engine.service.sample_zones import morning_zones
from engine.service.tick import tick_once
from engine.settings.starter import starter_files
from engine.store.database import Database
from engine.store.upgrade import create_all
from tests.acceptance.house import House, process
from tests.faults.smtp_faults import Fault, FaultySmtp

CONFIG = """\
company: {{name: Example Co., domain: example.com}}
defaults: {{timezone: {zone}, locale: en}}
windows:
  lead: {{days: mon-sun, open: "00:00", close: "24:00"}}
  rep: {{days: mon-sun, open: "00:00", close: "24:00"}}
quiet_hours: {{start: "00:00", end: "00:00"}}
caps: {{catch_up: 1000}}
channels:
  email: {{kind: email, host: 127.0.0.1, port: {port}, security: none, from_address: care@example.com}}
"""
RULES = """\
rules:
  - id: morning
    summary: Every rep gets his day
    category: admin
    on: {{schedule: "{minute} {hour} * * *", for_each: rep}}
    steps: [{{id: digest, at: +0h, digest: owner, template: digest/morning}}]
  - id: first-call
    summary: Call a new customer within a day
    category: care
    on: {{since: registered, after: 1h}}
    for: {{tier: gold}}
    until: contacted
    steps: [{{id: call, at: +0h, remind: owner, template: reminder/first_contact}}]
  - id: wechat
    summary: Nobody answers the phone — write to him on WeChat
    category: service
    on: {{outcome: no_answer, channel: phone}}
    steps: [{{id: write, at: +2h, remind: owner, template: reminder/no_answer}}]
  - id: short-mail
    summary: Nobody answers the phone — a short e-mail lies ready to be signed
    category: service
    on: {{outcome: no_answer, channel: phone}}
    steps:
      - {{id: write, at: +5m, greet: lead, template: greeting/no_answer, sign_by: {{draft: +0h, late: escalate}}}}
  - id: thanks
    summary: Thank a new customer for his trust
    category: care
    on: {{since: registered, after: 1h}}
    for: {{tier: iron}}
    steps: [{{id: wish, at: +0h, greet: lead, template: greeting/thanks}}]
  - id: signed-thanks
    summary: Thank a new customer under your own name
    category: care
    on: {{since: registered, after: 1h}}
    for: {{tier: platinum}}
    steps: [{{id: wish, at: +3h, greet: lead, template: greeting/thanks, sign_by: {{draft: +0h, late: escalate}}}}]
"""
CALLED = ("Lin Yue", "Zhao Qing", "Sun Hao", "Zhou Wen")
"""Customers whom their rep is to call: one for every test that does."""
SIGNED = ("Xu Ning", "Ma Chao", "Hu Bo")
"""Customers for whom a draft lies ready."""
REFUSED = "Gao Jie"
"""The customer whose address the mail server does not take, until it does."""
NAMES = (*CALLED, *SIGNED, REFUSED, "Jin Hui")
TIERS = ("gold",) * len(CALLED) + ("platinum",) * len(SIGNED) + ("iron", "iron")
BEFORE = 240
"""Seconds ago when the house was set up; the hour of the digest lies between then and now."""
SINCE = 90 * 60
"""Seconds since everybody registered."""
_LINK = re.compile(r"http://127\.0\.0\.1:\d+(/[\w-]+/[\w.-]+)")


def address_of(name: str) -> str:
    """Where that customer is written to."""
    return f"{name.lower().replace(' ', '.')}@example.com"


@dataclass(frozen=True)
class LivedIn:
    """The house, its mail server, and where its pages are."""

    house: House
    relay: FaultySmtp
    url: str
    zone: str

    @property
    def today(self) -> str:
        """The date there."""
        return local(SystemClock().now(), self.zone).date().isoformat()

    @property
    def ops_token(self) -> str:
        """What the ops desk comes in with."""
        return (self.house.home / "ops.token").read_text(encoding="utf-8").strip()

    def mails_to(self, address: str) -> list[EmailMessage]:
        """What arrived there, in order."""
        found = [one for one in list(self.relay.accepted) if address in one.receivers]
        return [message_from_bytes(one.content, policy=policy.default) for one in found]

    def text_of(self, mail: EmailMessage) -> str:
        """What it says."""
        text = mail.get_body(("plain",))
        assert text is not None
        return str(text.get_content())

    def link_in(self, mail: EmailMessage, purpose: str) -> str:
        """The path of the first link for that in the text of a mail."""
        found = next((path for path in _LINK.findall(self.text_of(mail)) if path.startswith(f"/{purpose}/")), None)
        assert found is not None, self.text_of(mail)
        return str(found)

    def pass_by(self, seconds: int = 0) -> None:
        """What the daemon does that many seconds from now."""
        tick(self.house, SystemClock().now() + seconds)

    def link_about(self, name: str) -> str:
        """Where li answers the reminder about that customer."""
        return self.link_in(self.mail_about(name), "act")

    def mail_about(self, name: str) -> EmailMessage:
        """What li got about that customer, or to be read by `digest` his day."""
        return next(one for one in self.mails_to("li@example.com") if name in str(one["Subject"]))

    def link(self, purpose: Purpose, subject: str) -> str:
        """A link of ours, as a message would carry it."""
        key = (self.house.home / "web.key").read_text(encoding="utf-8").strip()
        return f"/{purpose}/{sign(Link(purpose, subject, SystemClock().now() + 3_600), [key])}"

    def touch_of(self, name: str) -> int:
        """The first of that customer's own touches."""
        query = "SELECT min(id) FROM touch WHERE lead = ? AND receiver = lead"
        return self.house.count(query, self.id_of(name))

    def id_of(self, name: str) -> str:
        """The id of that customer."""
        return f"lead-{NAMES.index(name)}"


@contextmanager
def lived_in(home: Path) -> Iterator[LivedIn]:
    """A house where everything due now was sent, until the block ends."""
    relay = FaultySmtp([Fault("rcpt", "550", receiver=address_of(REFUSED))])
    with relay:
        port = free_port()
        now = SystemClock().now()
        zone = morning_zones(now)[1][0]  # whatever the hour is here, a day has begun there and will not end soon
        house = _furnish(home, relay.port, port, now - BEFORE, zone)
        for at in (now - BEFORE, now):
            tick(house, at)
        with process("web", "-c", str(house.config), folder=home) as pages:
            pages.wait_until(lambda: _answers(port))
            yield LivedIn(house, relay, f"http://127.0.0.1:{port}", zone)


def tick(house: House, at: int) -> None:
    """What the daemon does at that instant (seconds UTC)."""
    with open_app(house.config) as app:
        then = replace(app, clock=FrozenClock(at))
        adopt_rules(then)
        tick_once(then)


def _furnish(home: Path, smtp_port: int, web_port: int, now: int, zone: str) -> House:
    house = House(home)
    for path, content in starter_files().items():
        if path.startswith("templates") or path.endswith("policies.yaml"):
            house.write(path, content.decode())
    house.write("config.yaml", CONFIG.format(port=smtp_port, zone=zone) + pages_section(home, web_port))
    morning = local(now + BEFORE // 2, zone)
    house.write("rules/rules.yaml", RULES.format(minute=morning.minute, hour=morning.hour))
    db = Database(f"sqlite:///{house.database}")
    create_all(db)
    db.close()
    house.write("reps.csv", _REPS)
    house.write("leads.csv", _leads(local(now - SINCE, zone).strftime("%Y-%m-%dT%H:%M")))
    for what in ("reps", "leads"):
        house.followup("import", what, str(home / f"{what}.csv"))
    return house


_REPS = """\
id,name,email,role,manager
li,Li Min,li@example.com,rep,han
han,Han Lei,han@example.com,manager,
"""


def _leads(since: str) -> str:
    rows = [
        f"lead-{n},{name},{address_of(name)},138000000{n:02d},Harbour Doors Ltd.,li,{tier},{since}"
        for n, (name, tier) in enumerate(zip(NAMES, TIERS, strict=True))
    ]
    return "\n".join(["id,name,email,phone,company,owner,tier,registered_at", *rows, ""])


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
