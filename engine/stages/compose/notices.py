"""What another program is told by `notify`: JSON with ids, and words only if the step has a template for them."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from engine.stages.compose.templates import Written
from engine.store.outbox.compose_rows import LeadRow, TouchRow

VALUES = ("owner", "tier", "grade", "stage")
"""What is told of the lead without a template: where he stands with us, and nothing about the person."""


def notice(touch: TouchRow, lead: LeadRow, text: Written | None) -> Written:
    """The body. `due_at` is ISO 8601 in UTC; a key whose value is not known is null."""
    body: dict[str, Any] = {
        "rule": touch.rule, "step": touch.step, "lead": touch.lead, "occasion": touch.anchor,
        "occurrence_key": touch.occurrence_key, "category": touch.category,
        "due_at": datetime.fromtimestamp(touch.due_at, UTC).isoformat(),
        "values": {name: getattr(lead, name) for name in VALUES},
    }  # fmt: skip
    if text is not None:
        body |= {"subject": text.subject, "text": text.text}
    return Written(f"{touch.rule} {touch.step}", json.dumps(body, ensure_ascii=False))
