"""DKIM signatures, verified by another program (dkimpy)."""

from __future__ import annotations

import base64
import time
from dataclasses import replace
from pathlib import Path

import dkim
import pytest
from cryptography.hazmat.primitives import serialization as form
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.base import Message, Outcome
from adapters.channels.dkim import Signer
from adapters.channels.email import EmailChannel
from adapters.channels.mime import build
from adapters.channels.smtp_session import SmtpServer
from engine.desk.check import check
from engine.ground.clock import FrozenClock
from engine.service.channels.build import build_channel
from engine.settings.load import read_settings
from tests.faults.smtp_faults import FaultySmtp

PLAIN = Message(
    message_id="<k1@example.com>", address="li.na@example.org", subject="Hello", text="Good  morning. \n\n\n",
    receiver_name="李娜", date=1_900_000_000, reply_to="rep@example.com",
    headers={"List-Unsubscribe": "<https://example.com/u/1>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"},
)


def pem(private: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> str:
    kind, how = form.PrivateFormat.PKCS8, form.NoEncryption()
    return private.private_bytes(form.Encoding.PEM, kind, how).decode()


RSA = rsa.generate_private_key(65537, 2048)
_PUBLIC = RSA.public_key().public_bytes(form.Encoding.DER, form.PublicFormat.SubjectPublicKeyInfo)
RECORDS = {b"r1._domainkey.example.com.": b"v=DKIM1; k=rsa; p=" + base64.b64encode(_PUBLIC)}
SIGNER = Signer("example.com", "r1", pem(RSA))


def verifies(mail: bytes) -> bool:
    return bool(dkim.verify(mail, dnsfunc=lambda name, **_: RECORDS.get(name)))


def signed(message: Message = PLAIN) -> bytes:
    return SIGNER.sign(build(message, "care@example.com", "客户关怀"))


def test_another_program_finds_the_signature_good() -> None:
    assert verifies(signed())


@settings(max_examples=40, deadline=None)
@given(subject=st.text(max_size=200), name=st.text(max_size=200), text=st.text(max_size=400))
def test_whatever_the_text_is_the_signature_is_good(subject: str, name: str, text: str) -> None:
    assert verifies(signed(replace(PLAIN, subject=subject, receiver_name=name, text=text, html=text)))


@pytest.mark.parametrize(("was", "becomes"), [
    (b"Subject: Hello", b"Subject: Hullo"), (b"Good  morning", b"Good evening"), (b"To: ", b"To: Bob "),
    (b"example.com/u/1", b"example.com/u/2"), (b"Reply-To: rep@", b"Reply-To: thief@"),
    (b"From: ", b"From: thief@example.net\r\nFrom: "),
])  # fmt: skip
def test_whoever_changes_the_mail_breaks_it(was: bytes, becomes: bytes) -> None:
    changed = signed().replace(was, becomes, 1)
    assert changed != signed()
    assert not verifies(changed)


def test_a_relay_may_fold_anew_and_trim() -> None:
    mail = signed().replace(b"Auto-Submitted: auto-generated", b"auto-submitted:\r\n\t auto-generated  ")
    assert verifies(mail.replace(b"Good  morning. \r\n\r\n", b"Good morning.\r\n"))


def test_the_same_mail_has_the_same_signature_in_short_lines() -> None:
    assert signed() == signed()
    assert max(map(len, signed().partition(b"\r\nFrom:")[0].split(b"\r\n"))) <= 78


@pytest.mark.parametrize(("key", "why"), [
    ("", "not an unencrypted private key"), ("-----BEGIN PRIVATE KEY-----\nhush\n-----END PRIVATE KEY-----", "in PEM"),
    (pem(ec.generate_private_key(ec.SECP256R1())), "not an RSA key of at least 1024 bits"),
], ids=["nothing", "garbage", "elliptic"])  # fmt: skip
def test_a_key_that_cannot_sign_is_refused_and_not_told(key: str, why: str) -> None:
    with pytest.raises(ValueError, match=why) as refusal:
        Signer("example.com", "r1", key)
    assert "hush" not in str(refusal.value)


@pytest.mark.parametrize(("domain", "selector"), [("exa mple.com", "r1"), ("example.com", "r1;x"), ("", "r1")])
def test_a_domain_or_selector_that_is_none_is_refused(domain: str, selector: str) -> None:
    with pytest.raises(ValueError):
        Signer(domain, selector, pem(RSA))


def test_what_the_channel_hands_over_is_signed() -> None:
    with FaultySmtp() as server:
        channel = EmailChannel(SmtpServer("127.0.0.1", server.port, "care@example.com"), signer=SIGNER)
        assert channel.send(PLAIN, lambda: True, time.monotonic() + 10).outcome is Outcome.ACCEPTED
        channel.close()
    assert verifies(server.accepted[0].content)


CONFIG = """channels:
  email: {kind: email, host: localhost, security: none, from_address: care@example.com,
          dkim: {selector: s1, key: KEY}}
"""


def test_a_channel_of_config_yaml_signs_with_the_key_that_it_names(tmp_path: Path) -> None:
    (tmp_path / "good.pem").touch(mode=0o600)
    (tmp_path / "good.pem").write_text(pem(RSA))
    with FaultySmtp() as server:
        text = CONFIG.replace("KEY", "file:good.pem").replace("s1", "r1")
        found, problems = read_settings(text.replace("localhost", f"127.0.0.1, port: {server.port}"), "config.yaml")
        assert found is not None, problems
        channel = build_channel("email", found, tmp_path, FrozenClock(PLAIN.date).now, rehearsal=False)
        assert channel.send(PLAIN, lambda: True, time.monotonic() + 10).outcome is Outcome.ACCEPTED
        channel.close()
    assert verifies(server.accepted[0].content)


@pytest.mark.parametrize(("key", "told"), [
    ("file:good.pem", []),
    ("cred:dkim", []),  # is there only for the service
    ("file:none.pem", ["3:37: error C115: the secret file:none.pem cannot be read"]),
    ("file:other.pem", ["3:37: error C115: file:other.pem is not a private key in PEM"]),
])  # fmt: skip
def test_check_tells_of_a_key_that_cannot_be_read(key: str, told: list[str], tmp_path: Path) -> None:
    for name, content in (("good.pem", pem(RSA)), ("other.pem", "hello")):
        (tmp_path / name).touch(mode=0o600)
        (tmp_path / name).write_text(content)
    for folder in ("rules", "templates"):
        (tmp_path / folder).mkdir()
    config = tmp_path / "config.yaml"
    config.write_text(CONFIG.replace("KEY", key))
    found = [str(one).removeprefix(f"{config}:") for one in check(config, 1_771_214_400).problems]
    assert [one.partition(": No such")[0] for one in found if "C115" in one] == told
