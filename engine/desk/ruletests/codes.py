"""The codes of problems in test files, beside those of YAML and of shape that all rule files have (Y1xx, R1xx)."""

from __future__ import annotations

CODES = {
    "T201": "a rule file that cannot be read",
    "T202": "an unknown rule",
    "T203": "an unknown step",
    "T204": "an unknown lead or rep",
    "T205": "a field that does not fit",
    "T206": "not a start, or not a moment",
    "T207": "a step that goes back in time",
    "T208": "an unknown reason",
    "T209": "not exactly one action",
    "T210": "a change of config.yaml that does not fit",
    "T211": "an unknown word",
    "T212": "an unknown gate",
    "T213": "something to be switched on that is not there",
}
