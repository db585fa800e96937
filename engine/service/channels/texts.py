"""Short messages. A gateway that is described may be one on this machine; the vendors' are not."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from adapters.base import Channel
from adapters.channels import sms_aliyun, sms_answers, sms_tencent
from adapters.channels.sms import Gateway, SmsChannel, Write
from adapters.channels.sms_answers import Answers, Verdict
from adapters.channels.sms_body import Described, Signing
from engine.ground.errors import UsageError
from engine.service.channels.site import Site, is_loopback
from engine.settings import sms_model


def aliyun(config: sms_model.AliyunSms, site: Site) -> Channel:
    secret = _secret(config.secret, site)
    account = sms_aliyun.AliyunSms(config.key_id, secret, config.signature, config.template, config.params)
    return _channel(config.base_url, account.write, sms_aliyun.ANSWERS, config, site)


def tencent(config: sms_model.TencentSms, site: Site) -> Channel:
    account = sms_tencent.TencentSms(
        config.key_id, _secret(config.secret, site), config.app_id, config.signature, config.template,
        config.params, urlsplit(config.base_url).netloc, config.region,
    )  # fmt: skip
    return _channel(config.base_url, account.write, sms_tencent.ANSWERS, config, site)


def gateway(config: sms_model.SmsGateway, site: Site) -> Channel:
    sign = None if config.sign is None else Signing(config.sign.by, config.sign.over, config.sign.encoding)
    described = Described(
        config.head, config.body, config.format, config.key_id, _secret(config.secret, site), sign,
    )  # fmt: skip
    answer = config.answer
    codes = {code: _verdicts(answer.wait)[meaning] for code, meaning in answer.codes.items()}
    answers = Answers(codes, (answer.code,) if answer.code else (), answer.id)
    return _channel(config.url, described.write, answers, config, site)


def is_local(config: sms_model.SmsGateway, _site: Site) -> bool:
    return is_loopback(urlsplit(config.url).hostname or "")


def _channel(url: str, write: Write, answers: Answers, config: sms_model.SmsChannel, site: Site) -> Channel:
    far_side = Gateway(
        url, write, answers, config.signature, config.max_segments, config.timeout, config.networks,
        puts_signature=not isinstance(config, sms_model.SmsGateway),
    )  # fmt: skip
    return SmsChannel(far_side, site.now)


def _secret(reference: str, site: Site) -> str:
    secret = site.secret(reference)
    if not (secret.isascii() and secret.isprintable()):
        raise UsageError(f"{reference} holds a letter that cannot stand in a request; is it the whole secret, and one?")
    return secret


def _verdicts(wait: int) -> Mapping[sms_model.Meaning, Verdict]:
    """What the words of config.yaml for a code mean."""
    return {
        "accepted": sms_answers.ACCEPTED,
        "later": sms_answers.later("not to this number at present", wait),
        "throttled": sms_answers.hold("the gateway takes no more at present", wait),
        "receiver": sms_answers.RECEIVER,
        "credential": sms_answers.CREDENTIAL,
        "refused": sms_answers.REFUSED,
        "unknown": sms_answers.UNSURE,
    }
