"""Signing on the page: the words, the queue, the link of a mail; who may, who was quicker, and what cannot leave."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any

import pytest
from sqlalchemy import select, update

from engine.domain.links import Link, Purpose, sign
from engine.ground.clock import FrozenClock
from engine.rulebook.loader import load_rulebook
from engine.rulebook.vocabulary import catalogue_for
from engine.stages.books import adopt
from engine.stages.compose.compose import compose
from engine.stages.compose.links import sign_link
from engine.stages.compose.shelf import Shelf
from engine.store.ledger import delivery, draft, rule_revision, touch, verdict
from engine.store.tables import lead, rep
from engine.store.web_tables import look

HOUR, DAY = 3_600, 86_400
PLAIN = (
    "{% block subject %}Best wishes{% endblock %}{% block body %}Dear {{ lead.name }}, we wish you and yours a quiet"
    " autumn with many clear evenings and {{ ['pears', 'grapes'][turn % 2] }}.\nYours, {{ rep.name }}{% endblock %}"
)
OWL = PLAIN.replace("Dear {{ lead.name }}", "{{ lead.name }}, with precise and careful regards")
TEMPLATES = {"greeting/x/mail.en.txt.j2": PLAIN, "greeting/x/mail.en.owl.txt.j2": OWL}
RULES = """
rules:
  - id: autumn
    summary: Wishes for the autumn
    category: festive
    on: {holiday: mid_autumn}
    steps:
      - id: wish
        at: 0d 10:00
        greet: lead
        template: greeting/x
        sign_by: {who: owner, draft: -3d, deadline: "0d 08:30", late: escalate}
        distinct: {from: [neighbours], max_similarity: 0.8}
"""


@dataclass
class Signing:
    """A site whose greetings wait to be signed."""

    desk: Any
    revision: str

    @property
    def now(self) -> int:
        return int(self.desk.site.clock.now())

    def draft(self, customer: str = "lin", signer: str = "li", deadline: int = DAY, **more: Any) -> int:
        """A greeting to that customer, written and waiting; its id."""
        values = {
            "rule": "autumn", "step": "wish", "revision": self.revision, "action": "greet", "audience": "lead",
            "needs_signature": True, "signer": signer, "deadline_at": self.now + deadline, "via": ["email"],
            "anchor": f"mid_autumn:{self.now + deadline}", "category": "festive",
        }  # fmt: skip
        ident = self.desk.touch(customer, customer, self.now + deadline + HOUR, "draft", **(values | more))
        site = self.desk.site
        compose(site.db, Shelf(site.books), site.settings, self.now)
        return int(ident)

    def row(self, ident: int) -> dict[str, Any]:
        with self.desk.site.db.reading() as connection:
            query = select(touch, draft.c.text, draft.c.subject).outerjoin(draft, draft.c.touch == touch.c.id)
            return dict(connection.execute(query.where(touch.c.id == ident)).mappings().one())

    def change(self, table: Any, ident: Any, **values: Any) -> None:
        with self.desk.site.db.writing() as connection:
            connection.execute(update(table).where(table.c.id == ident).values(**values))

    def path(self, ident: int, who: str = "li") -> str:
        deadline = self.row(ident)["deadline_at"]
        return f"/sign/{sign(sign_link(ident, who, deadline), self.desk.site.keys)}"

    def fields(self, path: str) -> dict[str, str]:
        """The form of that page, as a browser would send it back unchanged."""
        page = self.desk.browser.get(path).text
        hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page))
        text = re.search(r"<textarea[^>]*>\n(.*?)</textarea>", page, re.S)
        subject = re.search(r'name="subject"[^>]* value="([^"]*)"', page)
        assert text, page
        assert subject
        return {**hidden, "text": text[1].replace("\n", "\r\n"), "subject": subject[1]}

    def press(self, path: str, do: str, **changed: str) -> Any:
        form = {**self.fields(path), **changed, "do": do}
        return self.desk.browser.post(path, data=form)


@pytest.fixture
def signing(desk: Any) -> Signing:
    site = desk.site
    book, problems = load_rulebook({"rules/all.yaml": RULES}, catalogue_for(site.settings, TEMPLATES))
    assert book is not None, problems
    adopt(site.db, book, {"rules/all.yaml": RULES}, TEMPLATES, site.clock.now())
    with site.db.writing() as connection:
        revision = connection.execute(select(rule_revision.c.revision)).scalar_one()
        connection.execute(update(lead).values(email=lead.c.id + "@example.com"))
    return Signing(desk, revision)


def test_signed_with_an_edit_it_leaves_in_the_edited_words_under_the_name_of_who_signed(signing: Signing) -> None:
    one = signing.draft()
    path = signing.path(one)
    page = signing.desk.browser.get(path).text
    assert "Wishes for the autumn" in page
    answer = signing.press(path, "sign", text="Dear Lin,\r\nhow is the orchard?  \r\n")
    assert (answer.status_code, answer.headers["location"]) == (303, path)
    row = signing.row(one)
    assert (row["state"], row["signed_by"], row["text"]) == ("signed", "li", "Dear Lin,\nhow is the orchard?\n")
    assert row["subject"] == "Best wishes"
    signing.change(touch, one, state="released")
    site = signing.desk.site
    compose(site.db, Shelf(site.books), site.settings, signing.now)
    with site.db.reading() as connection:
        sent = connection.execute(select(delivery.c.text, delivery.c.address)).all()
        decided = connection.execute(select(verdict.c.effect, verdict.c.facts)).all()
    assert sent == [("Dear Lin,\nhow is the orchard?\n", "lin@example.com")]
    assert decided == [("approve", {"actor": "li"})]


def test_opened_by_a_scanner_nothing_is_signed_and_the_look_is_put_down(signing: Signing) -> None:
    one = signing.draft()
    for _ in range(2):
        assert signing.desk.browser.get(signing.path(one)).status_code == 200
    assert signing.row(one)["state"] == "draft"
    with signing.desk.site.db.reading() as connection:
        looks = set(connection.execute(select(look.c.visitor, look.c.role, look.c.lead, look.c.page)).all())
    assert looks == {("li", "rep", "lin", "/sign/{token}")}


@pytest.mark.parametrize(
    ("text", "said"),
    [(" \r\n", "empty"), ("Dear {{ lead.name }}", "{{"), ("Dear Lin, 【一句近况】", "【一句近况】"),
     ("Dear ____", "____"), ("x" * 20_001, "too long"), ("a\x07b", "control characters")],
)  # fmt: skip
def test_what_is_not_fit_to_leave_is_refused_and_the_words_stay_in_the_form(
    signing: Signing, text: str, said: str
) -> None:
    one = signing.draft()
    answer = signing.press(signing.path(one), "sign", text=text)
    assert answer.status_code == 400
    assert said in re.findall(r'role="alert">(.*?)</p>', answer.text)[0]
    assert signing.row(one)["state"] == "draft"


def test_the_houses_own_name_may_stand_in_brackets(signing: Signing) -> None:
    one = signing.draft()
    assert signing.press(signing.path(one), "sign", text="【Example Co.】Dear Lin").status_code == 303


def test_who_comes_second_is_told_who_signed_and_changes_nothing(signing: Signing) -> None:
    one = signing.draft()
    path = signing.path(one)
    form = {**signing.fields(path), "do": "sign", "text": "mine"}
    signing.press(path, "sign", text="first")
    again = signing.desk.browser.post(path, data=form)
    assert "Signed by Li Min." in again.text
    assert signing.row(one)["text"] == "first\n"


def test_after_the_deadline_it_is_refused_with_words(signing: Signing) -> None:
    one = signing.draft()
    path = signing.path(one)
    form = {**signing.fields(path), "do": "sign"}
    site = signing.desk.site
    late = signing.desk.at(replace(site, clock=FrozenClock(signing.now + DAY)))
    answer = late.browser.post(path, data=form)
    assert "The deadline has passed" in answer.text
    assert signing.row(one)["state"] == "draft"


def test_words_written_anew_meanwhile_are_not_signed_unseen(signing: Signing) -> None:
    one = signing.draft()
    path = signing.path(one)
    form = {**signing.fields(path), "do": "sign"}
    with signing.desk.site.db.writing() as connection:
        connection.execute(update(draft).values(text="Other facts\n"))
    answer = signing.desk.browser.post(path, data=form)
    assert (answer.status_code, "written anew" in answer.text) == (409, True)
    assert signing.row(one)["state"] == "draft"


def test_what_was_shown_with_its_warning_is_signed_with_one_tap(signing: Signing) -> None:
    signing.change(lead, "sun", owner="li")
    signing.draft("sun")
    one = signing.draft()
    page = signing.desk.browser.get(signing.path(one)).text
    assert "% like what Sun gets" in page
    assert page.count("% alike") == 1, "what others get lies beside it"
    assert signing.press(signing.path(one), "sign").status_code == 303


def test_changed_words_that_are_too_much_alike_are_warned_of_before_they_are_signed(signing: Signing) -> None:
    signing.change(lead, "sun", owner="li")
    signing.draft("sun", "li")
    one = signing.draft()
    path = signing.path(one)
    form = {**signing.fields(path), "do": "sign"}
    form.pop("warned", None)
    warned = signing.desk.browser.post(path, data=form)
    assert (warned.status_code, "% like what Sun gets" in warned.text) == (409, True)
    assert signing.row(one)["state"] == "draft"
    seen = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', warned.text))
    assert signing.desk.browser.post(path, data=form | seen).status_code == 303
    assert signing.row(one)["state"] == "signed"


def test_a_colleagues_customer_is_not_named_where_words_are_like_his(signing: Signing) -> None:
    signing.change(lead, "wei", owner="li")
    signing.draft("wei", "wu")
    one = signing.draft()
    signing.change(lead, "wei", owner="wu")
    page = signing.desk.browser.get(signing.path(one)).text
    assert ("% like what … gets" in page, "Wei" in page) == (True, False)


def test_other_words_are_taken_with_one_tap_and_nothing_is_signed_by_it(signing: Signing) -> None:
    one = signing.draft()
    path = signing.path(one)
    page = signing.desk.browser.get(path).text
    assert "precise and careful regards" in page
    marks = re.findall(r'name="do" value="(take:\w+)"', page)
    taken = signing.press(path, marks[0])
    assert "precise and careful" in re.findall(r"<textarea[^>]*>(.*?)</textarea>", taken.text, re.S)[0]
    assert (len(marks), signing.row(one)["state"]) == (2, "draft")


def test_the_queue_is_in_order_of_tier_and_leads_on_by_itself(signing: Signing) -> None:
    for customer, tier in (("lin", "gold"), ("sun", "platinum")):
        signing.change(lead, customer, tier=tier, owner="li")
    later, soon, best = signing.draft("lin", deadline=2 * DAY), signing.draft("lin"), signing.draft("sun")
    signing.desk.log_in("LI_TOKEN")
    listed = signing.desk.browser.get("/drafts").text
    assert re.findall(r'<h3><a href="/drafts/(\d+)"', listed) == [str(best), str(soon), str(later)]
    assert "0 of 3 done today" in listed
    signed = signing.press(f"/drafts/{best}", "sign")
    assert signed.headers["location"] == f"/drafts/{soon}?after=signed"
    on = signing.desk.browser.get(signed.headers["location"]).text
    assert "Signed." in on
    assert "1 of 3 done today" in on
    assert signing.press(f"/drafts/{soon}", "reject").headers["location"] == f"/drafts/{later}?after=rejected"
    assert signing.press(f"/drafts/{later}", "sign").headers["location"] == "/drafts?after=signed"
    assert [signing.row(one)["state"] for one in (best, soon, later)] == ["signed", "cancelled", "signed"]
    assert "3 of 3 done today" in signing.desk.browser.get("/drafts").text


def test_the_queue_says_how_many_there_is_no_time_for(signing: Signing) -> None:
    for place in range(3):
        signing.draft(deadline=40 + place)
    signing.desk.log_in("LI_TOKEN")
    assert "2 of them will not be signed in time" in signing.desk.browser.get("/drafts").text


def test_a_form_of_another_site_signs_nothing(signing: Signing) -> None:
    one = signing.draft()
    signing.desk.log_in("LI_TOKEN")
    form = {**signing.fields(f"/drafts/{one}"), "do": "sign", "csrf": "x"}
    assert signing.desk.browser.post(f"/drafts/{one}", data=form).status_code == 400
    assert signing.row(one)["state"] == "draft"


def test_who_stands_in_for_an_absent_colleague_signs_in_his_own_name(signing: Signing) -> None:
    theirs = signing.draft("sun", "su")
    signing.desk.log_in("LI_TOKEN")
    assert signing.desk.browser.get(f"/drafts/{theirs}").status_code == 404
    signing.change(rep, "su", absent_from="2026-01-01", absent_to="2026-12-31")
    assert signing.press(f"/drafts/{theirs}", "sign").status_code == 303
    assert signing.row(theirs)["signed_by"] == "li"


def test_the_draft_for_a_confidential_customer_is_his_owners_and_his_managers_only(signing: Signing) -> None:
    secret = signing.draft("sha", "su")
    signing.change(rep, "su", absent_from="2026-01-01", absent_to="2026-12-31")
    signing.desk.log_in("LI_TOKEN")
    assert signing.desk.browser.get(f"/drafts/{secret}").status_code == 404
    assert "Sha" not in signing.desk.browser.get("/drafts").text
    signing.desk.browser.cookies.clear()
    signing.desk.log_in("HAN_TOKEN")
    assert signing.press(f"/drafts/{secret}", "sign").status_code == 303
    assert signing.row(secret)["signed_by"] == "han"


@pytest.mark.parametrize("how", ["foreign", "none", "huge", "words", "ops"])
def test_what_is_not_his_looks_like_what_is_not_there(signing: Signing, how: str) -> None:
    one = signing.draft("wei", "wu")
    signing.desk.log_in("OPS_TOKEN" if how == "ops" else "LI_TOKEN")
    path = {"foreign": one, "none": one + 99, "huge": 2**64, "words": "x", "ops": one}[how]
    for answer in (signing.desk.browser.get(f"/drafts/{path}"), signing.desk.browser.get("/nothing")):
        assert answer.status_code == 404
    assert "Wei" not in signing.desk.browser.get(f"/drafts/{path}").text


@pytest.mark.parametrize("how", ["forged", "expired", "for acting", "by another key"])
def test_a_link_that_does_not_hold_opens_nothing(signing: Signing, how: str) -> None:
    one = signing.draft()
    link, keys = sign_link(one, "li", signing.now + DAY), signing.desk.site.keys
    token = {
        "forged": sign(link, keys)[:-2] + "AA", "expired": sign(replace(link, expires_at=signing.now), keys),
        "for acting": sign(Link(Purpose.ACT, link.subject, link.expires_at), keys),
        "by another key": sign(link, ["another-key-of-sixteen-characters"]),
    }[how]  # fmt: skip
    for answer in (signing.desk.browser.get(f"/sign/{token}"), signing.desk.browser.post(f"/sign/{token}")):
        assert (answer.status_code, "Lin" in answer.text) == (404, False)


def test_once_it_went_to_the_manager_the_first_link_says_so_and_his_own_signs(signing: Signing) -> None:
    one = signing.draft("sun", "su")
    first, his = signing.path(one, "su"), signing.path(one, "han")
    signing.change(lead, "sun", owner="wu")
    signing.change(touch, one, signer="han", escalated_at=signing.now)
    page = signing.desk.browser.get(first)
    assert (page.status_code, "somebody else" in page.text, "Sun" in page.text) == (200, True, False)
    assert signing.press(his, "sign").status_code == 303
    assert signing.row(one)["signed_by"] == "han"


def test_names_and_words_are_text_and_nothing_else(signing: Signing) -> None:
    signing.change(lead, "lin", name="<script>alert(1)</script>")
    one = signing.draft()
    page = signing.press(signing.path(one), "check", text="</textarea><img src=x>", subject='"><b>').text
    assert not re.findall(r"<script>|<img|<b>", page)


def test_a_signed_one_can_be_stopped_before_it_leaves(signing: Signing) -> None:
    one = signing.draft()
    path = signing.path(one)
    signing.press(path, "sign")
    assert "Stop it" in signing.desk.browser.get(path).text
    signing.desk.browser.post(path, data={"do": "reject"})
    assert signing.row(one)["state"] == "cancelled"
    assert "Turned down" in signing.desk.browser.get(path).text
