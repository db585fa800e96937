"""What a rep is to find out of a customer, as config.yaml says it: questionnaires, and the blocks of the portrait."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from engine.domain.spoken import Spoken
from engine.settings.spoken_model import Words

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,62}$")]


class Question(BaseModel):
    """A question of a questionnaire; its answer is the field `QUESTIONNAIRE.QUESTION`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    ask: Words = ""
    """How it is asked on the customer's page; its name if nothing is said."""
    type: Literal["text", "bool", "list"] = "text"
    words: tuple[str, ...] = ()
    """The answers among which one is chosen, or of a list several."""


class Block(BaseModel):
    """A part of the portrait."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    facts: tuple[str | tuple[str, ...], ...]
    """Fields that fill it; of several in brackets one is enough."""
    closeness: str = ""
    """How close a customer may be called once this block and all before it are filled: a word of `profiles`."""


Questionnaires = dict[Name, dict[Name, Question]]
Portrait = dict[Name, Block]


def _in(english: str, simplified: str, traditional: str) -> str:
    return Spoken.of({"en": english, "zh-Hans": simplified, "zh-Hant": traditional})


QUESTIONNAIRES: Questionnaires = {
    "quality": {
        "standing": Question(ask=_in("Standing", "实力", "實力"), words=("strong", "sound", "weak")),
        "trend": Question(ask=_in("Trend", "趋势", "趨勢"), words=("rising", "steady", "falling")),
        "reputation": Question(ask=_in("Reputation", "口碑", "口碑"), words=("good", "mixed", "poor")),
    },
    "willingness": {
        "used_similar": Question(
            ask=_in("Used similar products?", "用过同类产品？", "用過同類產品？"), type="bool"
        ),
        "knows_ours": Question(ask=_in("Knows ours?", "了解我们的产品？", "了解我們的產品？"), type="bool"),
        "obstacles": Question(ask=_in("What stands in the way?", "有什么顾虑？", "有什麼顧慮？")),
        "interest": Question(ask=_in("Why interested?", "为什么感兴趣？", "為什麼感興趣？")),
    },
}
"""The two that the practice asks for."""

PORTRAIT: Portrait = {
    "contact": Block(facts=(("phone", "email", "wecom"), "salutation", "region"), closeness="doctor"),
    "background": Block(facts=("account", "temperament", ("date.birthday", "date.founding")), closeness="doctor"),
    "need": Block(facts=("stage", "hope", "willingness.interest"), closeness="teacher"),
    "competition": Block(
        facts=("willingness.used_similar", "willingness.knows_ours", "willingness.obstacles"), closeness="teacher"
    ),
    "depth": Block(facts=("quality.standing", "quality.trend", "quality.reputation"), closeness="friend"),
    "extension": Block(
        facts=(("date.wedding", "date.spouse_birthday", "date.child_birthday"), "observances"), closeness="brother"
    ),
}
"""Six blocks; what fills them is ours. Facts that a house does not keep are left out."""
