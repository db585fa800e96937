"""Ways of config.yaml to customers on which one of us acts himself."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag

from engine.domain.post import Post, post_of
from engine.settings.channel_model import ChannelModel

ALIKE, BY_PLACE = "<alike>", "<by place>"
"""Stand in the places of pydantic's errors about `days_ahead`: one number for all, or a table."""

_Days = Annotated[int, Field(ge=0, le=60)]


def _written(found: Any) -> str:
    return BY_PLACE if isinstance(found, dict) else ALIKE


class Personal(ChannelModel):
    """The customer's rep does it himself, gets the words for it, and says what came of it."""

    kind: Literal["personal"]
    by: Literal["wechat", "phone", "card"]
    """What he does: write by WeChat, call, or post a card written by hand."""
    days_ahead: Annotated[
        Annotated[_Days, Tag(ALIKE)] | Annotated[dict[str, _Days], Tag(BY_PLACE)], Discriminator(_written)
    ] = 0
    """How many days before its occasion a message must be due: the post takes its time. By region or country where it
    differs, `else` for everywhere else."""
    receivers: tuple[Literal["lead"], ...] = ("lead",)

    @property
    def post(self) -> Post:
        """The days by place."""
        return post_of(self.days_ahead) if isinstance(self.days_ahead, dict) else Post(self.days_ahead)
