"""What a letter is taken for."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.inbox.letters import read_letter
from engine.stages.listen.classify import classify, ours_among
from engine.stages.listen.kinds import (
    Bounce,
    Forward,
    Kind,
    OurOwnCopy,
    Ours,
    OutOfOffice,
    Reply,
    Unknown,
    Unsubscribe,
)
from engine.stages.listen.own_words import own_words
from tests.contract.post import INBOX, absence, answer, bounce, mail, received

HASH = "0123456789abcdef0123456789abcdef"
OURS = f"<{HASH}@care.example>"
US = Ours("care.example", frozenset({INBOX}))
TODAY = date(2026, 2, 25)
MACHINE = Unknown(automatic=True)


def kind_of(raw: bytes) -> Kind:
    return classify(received(raw, 0), US, TODAY)


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (answer(OURS), Reply()),
        (mail("fine\n", f"References: <a@b> {OURS}"), Reply()),
        (mail("fine\n", "In-Reply-To: <someone@else>"), Unknown()),
        (mail("hello\n", subject="Hello"), Unknown()),
        (absence(OURS), OutOfOffice(date(2026, 3, 4))),
        (absence(OURS, "Ich bin nicht da.\n"), MACHINE),
        (mail("我在休假\n", subject="自动回复:您好"), OutOfOffice()),
        (mail("您的来信已收到\n", subject="自动回复:您好"), MACHINE),
        (mail("back on 4 March\n", "X-Autoreply: yes"), OutOfOffice(date(2026, 3, 4))),
        (mail("on leave until 3 March\n", "Precedence: auto_reply"), OutOfOffice(date(2026, 3, 4))),
        (
            mail("on leave\n", "Auto-Submitted: auto-generated", "X-Auto-Response-Suppress: All", subject="Away"),
            OutOfOffice(),
        ),
        (answer(OURS, "gladly\n", "List-Id: <all.shop.example>", "Precedence: list"), Reply()),
        (answer(OURS, "gladly\n", "List-Post: <mailto:all@shop.example>", "Precedence: bulk"), Reply()),
        (answer(OURS, "gladly\n", "Precedence: bulk"), MACHINE),
        (answer(OURS, "gladly\n", "Auto-Submitted: auto-replied", "List-Id: <all.shop.example>"), MACHINE),
        (mail("We return on 4 March\n", "List-Id: <news.shop.example>", subject="News"), MACHINE),
        (mail("Your order returns on 4 March\n", "Auto-Submitted: auto-generated", subject="Order"), MACHINE),
        (answer(OURS, "see my colleague\n", subject="Fwd: Hello"), Forward()),
        (answer(OURS, "\n", subject="转发:您好"), Forward()),
        (mail("", subject="unsubscribe"), Unsubscribe()),
        (mail("", subject=f"unsubscribe {HASH}"), Unsubscribe()),
        (answer(OURS, "退订\n\n在 2026年2月25日,Li 写道:\n> 您好\n"), Unsubscribe()),
        (answer(OURS, "Please do not unsubscribe me from the catalogue.\n"), Reply()),
        (mail("Hello.\n", sender=f"Care <{INBOX}>"), OurOwnCopy()),
        (mail("Hello.\n", sender="x@y.example", ident=OURS.strip("<>")), OurOwnCopy()),
        (bounce(OURS), Bounce("wang@example.com", True, "5.1.1")),
        (bounce(OURS, "4.4.7", "delayed"), Bounce("wang@example.com", False, "4.4.7")),
        (bounce(OURS, "4.4.7", "failed"), Bounce("wang@example.com", False, "4.4.7")),
        (bounce(OURS, "2.0.0", "delivered"), MACHINE),
        (answer(OURS, "It failed: 550 5.1.1, says my colleague.\n"), Reply()),
    ],
)
def test_a_letter_is_what_its_head_and_its_own_words_say(raw: bytes, expected: Kind) -> None:
    assert kind_of(raw) == expected


@pytest.mark.parametrize(
    ("sender", "subject", "body", "expected"),
    [
        ("PostMaster@qq.com", "系统退信/Bounce", "您的邮件未能送达 wang@qq.com\n550 Mailbox not found.地址不存在\n",
         Bounce("wang@qq.com", True, "5.1.1")),
        ("Postmaster@163.com", "系统退信", "抱歉,您的邮件被退回来了\n收件人:wang@163.com\n550 User not found\n",
         Bounce("wang@163.com", True, "5.1.1")),
        ("postmaster@corp.example", "Undeliverable: Hello", "wang@corp.example\n'550 5.1.10 RESOLVER.ADR.NotFound'\n",
         Bounce("wang@corp.example", True, "5.1.10")),
        ("MAILER-DAEMON@yahoo.example", "failure notice", "<wang@yahoo.example>:\n554: This user doesn't exist\n",
         Bounce("wang@yahoo.example", True, "5.1.1")),
        ("postmaster@qq.com", "系统退信", "wang@qq.com 投递失败 550 Mail content denied\n",
         Bounce("wang@qq.com", True, "550")),
        ("mailer-daemon@old.example", "Warning: message delayed", "could not be delivered to wang@old.example: 451\n",
         Bounce("wang@old.example", False, "451")),
    ],
)  # fmt: skip
def test_servers_that_do_not_know_the_standard_are_read_by_their_words(
    sender: str, subject: str, body: str, expected: Bounce
) -> None:
    assert kind_of(mail(body, sender=sender, subject=subject)) == expected


def test_only_what_is_of_the_address_closes_it() -> None:
    codes = {"5.1.1": True, "5.2.1": True, "5.0.0": True, "550": False, "5.2.2": False, "5.7.1": False, "4.2.1": False}
    assert {code: Bounce("", code[0] == "5", code).is_of_the_address for code in codes} == codes


def test_what_a_letter_is_about_shows_in_references_in_what_came_back_and_in_tags() -> None:
    tagged = mail("fine\n").replace(b"To: care@example.com", f"To: Li <care+{HASH}@example.com>".encode())
    for raw in (answer(OURS), bounce(OURS), tagged, mail("", subject=f"unsubscribe {HASH}")):
        assert ours_among(received(raw, 0), US) == (OURS,)
    assert kind_of(tagged) == Reply()
    assert ours_among(received(answer("<short@care.example>"), 0), US) == ()


@pytest.mark.parametrize(
    "quote",
    ["On Mon, 23 Feb 2026 at 09:00, Li Na <li@example.com>\nwrote:\n> Hello", "> Hello",
     "-----Original Message-----\nHello",
     "------------------ 原始邮件 ------------------\n您好", "在 2026-02-23,Li 写道:\n您好",
     "From: Li Na\nSent: Monday\nTo: Wang\n\nHello", "发件人: 李娜\n发送时间: 2026年2月23日\n\n您好",
     "________________________________\nHello"],
)  # fmt: skip
def test_own_words_end_where_the_quotation_begins(quote: str) -> None:
    assert own_words(f"Yes, please.\r\n\r\n{quote}\n") == "Yes, please."


def test_html_is_read_as_a_reader_sees_it() -> None:
    html = "<style>p{}</style><p>好的,&amp;谢谢</p><blockquote><p>您好</p></blockquote>"
    raw = mail(html, "Content-Type: text/html; charset=gb2312").replace(html.encode(), html.encode("gb18030"))
    assert own_words(received(raw, 0).text) == "好的,&谢谢"


def test_heads_that_nobody_encoded_and_names_that_look_like_addresses_are_read() -> None:
    raw = mail("x\n", sender='"boss@bank.example" <WANG@example.com>', subject="=?utf-8?b?6YCA6K6i?=")
    letter = received(raw, 0)
    assert (letter.sender, letter.subject) == ("wang@example.com", "退订")
    raw8 = b"From: wang@example.com\nSubject: " + "自动回复:在外地".encode("gbk") + b"\n\n\n"
    assert kind_of(raw8) == OutOfOffice()
    assert received(raw8, 0).message_id.endswith("@no-message-id>")


WHOLE = [b"", bounce(OURS), answer(OURS), mail("x", "Content-Type: multipart/mixed; boundary=a")]


@given(st.binary(max_size=400), st.sampled_from(WHOLE), st.integers(0, 900))
def test_no_bytes_whatever_raise(noise: bytes, letter: bytes, at: int) -> None:
    broken = read_letter(letter[:at] + noise + letter[at:], "INBOX 1", 0)
    classify(broken, US, TODAY)
    assert "\x00" not in broken.text + broken.subject + "".join(broken.headers.values())


def test_parts_nested_without_end_are_no_trouble() -> None:
    head = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(3_000))
    assert classify(read_letter(b"From: wang@example.com\nSubject: x\n" + head, "INBOX 1", 0), US, TODAY) == Unknown()
