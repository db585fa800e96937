"""The codes of advice: stable for ever, so that they can be searched for and ignored."""

from __future__ import annotations

CODES = {
    "L101": "a rule or policy without a summary",
    "L102": "a greeting to a customer of the upper tiers that nobody signs",
    "L103": "a step that sells in a rule that does not",
    "L104": "a template that sells in one rule and not in another",
    "L105": "two rules with the same kind of touch for one lead on one day, and no policy that merges them",
    "L106": "a greeting without a segment",
    "L107": "a fallback that ends in the same channel",
    "L108": "a template that lacks a language",
    "L109": "a text that cannot be written for some customers",
    "L110": "a rule that no test names",
    "L111": "festive greetings without a policy for mourning",
    "L112": "a variant of a template that lacks a language or format",
    "L113": "a text that is too long for a short message",
    "L114": "a step that gives customers to the pool and needs no warning before",
    "L190": "an ignore comment without a reason",
    "L191": "an ignore comment that has nothing to ignore",
}
