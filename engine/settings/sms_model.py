"""The channels of config.yaml that send short messages: two vendors, and any gateway that can be described."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from engine.settings.channel_model import ChannelModel, Form

Meaning = Literal["accepted", "later", "throttled", "receiver", "credential", "refused", "unknown"]
"""What a gateway's code says: taken; not to this number at present; to nobody at present; no such number; our key is
wrong; never; the gateway does not know."""


class _Sms(ChannelModel):
    """What holds for every gateway. It reaches whoever has a telephone number."""

    form: ClassVar[Form] = Form.TEXT
    addressed_by: ClassVar[str] = "phone"
    secrets: ClassVar[tuple[str, ...]] = ("secret",)

    timeout: Annotated[float, Field(gt=0, le=60)] = 10.0
    networks: tuple[str, ...] = ()
    per_minute: Annotated[int, Field(ge=1, le=100_000)] = 600
    max_segments: Annotated[int, Field(ge=1, le=10)] = 3
    """Short messages that one text may take: 70 letters, or 67 in each of several; 160 and 153 without Chinese."""
    receivers: tuple[Literal["lead", "rep"], ...] = ("lead", "rep")


class _Vendor(_Sms):
    """A vendor that sends approved templates only: our text can only be a parameter of one."""

    key_id: str
    secret: str
    """A reference: env:, file: or cred:."""
    template: str
    """The code of the approved template."""


class AliyunSms(_Vendor):
    """Aliyun's short messages."""

    kind: Literal["sms_aliyun"]
    signature: str
    """The approved signature, without 【】."""
    params: dict[str, str] = Field(default={"text": "{text}"})
    base_url: str = "https://dysmsapi.aliyuncs.com"


class TencentSms(_Vendor):
    """Tencent Cloud's short messages."""

    kind: Literal["sms_tencent"]
    signature: str = ""
    """The approved signature, without 【】; abroad there is none."""
    app_id: str
    """SmsSdkAppId."""
    params: tuple[str, ...] = ("{text}",)
    region: str = "ap-guangzhou"
    base_url: str = "https://sms.tencentcloudapi.com"


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Sign(_Part):
    """What the placeholder {signature} is."""

    by: Literal["hmac_sha256", "hmac_sha1", "hmac_md5", "sha256", "md5"]
    over: str
    """What is signed, with placeholders: `"{time}.{body}"`."""
    encoding: Literal["hex", "base64"] = "hex"


class SmsAnswer(_Part):
    """How a gateway's answer is read."""

    code: str = ""
    """Where its code stands in the JSON: `data.0.status`. Empty: it has none but the HTTP status."""
    id: str = ""
    """Where its number for the message stands."""
    codes: dict[str, Meaning]
    """What its codes mean. `E4*`: all that begin so; `HTTP 201`: an answer without a code."""
    wait: Annotated[int, Field(ge=1, le=86_400)] = 60
    """Seconds until another try, after `later` and `throttled`."""


class SmsGateway(_Sms):
    """Any gateway that takes a POST."""

    kind: Literal["sms"]
    url: str
    key_id: str = ""
    """Our name there, if it has one: what {key_id} stands for."""
    secret: str = ""
    """A reference; what {secret} stands for, and what is signed with."""
    format: Literal["json", "form"] = "json"
    head: dict[str, str] = Field(default={})
    body: dict[str, JsonValue]
    sign: Sign | None = None
    answer: SmsAnswer
    signature: str = ""
    """Our name, which stands before every text in 【】. Empty: the gateway puts it there."""
    way_out: str = "拒收请回复R"
    """What stands below every text to a customer that he may stop. Empty: nothing."""


SmsChannel = SmsGateway | AliyunSms | TencentSms
