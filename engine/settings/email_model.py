"""The e-mail of config.yaml: who sends, and through which relays."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from engine.settings.channel_model import ChannelModel


class Relay(BaseModel):
    """One SMTP relay."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    host: str
    port: Annotated[int, Field(ge=1, le=65535)] = 25
    security: Literal["none", "starttls", "tls"] = "starttls"
    username: str = ""
    password: str = ""
    """A reference: env:, file: or cred:."""


class Dkim(BaseModel):
    """How mails are signed."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    selector: str
    """The name below _domainkey where DNS has the public key."""
    key: str
    """A reference to the private key in PEM: file:, cred: or env:."""
    domain: str = ""
    """In whose name; "": the domain of from_address."""


class EmailChannel(ChannelModel):
    """Mail through an SMTP relay, or through the first of several that works."""

    addressed_by: ClassVar[str] = "email"
    secrets: ClassVar[tuple[str, ...]] = ("password",)

    kind: Literal["email"]
    host: str = ""
    """The relay, if there is one. Either this or `relays`."""
    port: Annotated[int, Field(ge=1, le=65535)] = 25
    security: Literal["none", "starttls", "tls"] = "starttls"
    username: str = ""
    password: str = ""
    """A reference: env:, file: or cred:."""
    relays: tuple[Relay, ...] = ()
    """Several relays: the first that works is used."""
    from_address: str
    from_name: str = ""
    dkim: Dkim | None = None
    timeout: Annotated[float, Field(gt=0, le=300)] = 30.0
    connections: Annotated[int, Field(ge=1, le=32)] = 12
    """At once to one relay; senders beyond that wait for a free one."""
    per_minute: Annotated[int, Field(ge=1, le=10_000)] | None = None
    """Messages that the relays take in a minute; the others wait."""
    per_domain: Annotated[int, Field(ge=1, le=32)] = 9
    """Mails at once to one domain of receivers. Fewer than `service.senders`, so that a slow one leaves some free."""
    receivers: tuple[Literal["lead", "rep"], ...] = ("lead", "rep")

    @property
    def ways(self) -> tuple[Relay, ...]:
        """The relays in order, however they are written."""
        if self.relays:
            return self.relays
        alone = Relay(
            host=self.host, port=self.port, security=self.security, username=self.username, password=self.password
        )
        return (alone,)
