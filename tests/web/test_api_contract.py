"""schemathesis asks the API as its document says, and as it does not: what is promised holds, and nothing breaks."""

from __future__ import annotations

from itertools import count
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings

from engine.web.api.caller import Pace
from engine.web.api.inlets import KINDS
from engine.web.app import create_app
from tests.web.conftest import SECRETS

HOST = {"Host": "followup.example.com"}
TOKEN = {"Authorization": f"Bearer {SECRETS['API_TOKEN']}"}


@pytest.mark.parametrize("path", [kind.path for kind in KINDS])
@pytest.mark.parametrize("mode", list(schemathesis.GenerationMode))
def test_schemathesis_finds_nothing(desk: Any, path: str, mode: schemathesis.GenerationMode) -> None:
    guarded: Any = create_app(desk.site)
    guarded.app.state.pace = Pace(most=1_000_000)
    numbers = count()
    schema = schemathesis.openapi.from_asgi("/api/openapi.json", guarded, headers=HOST)

    @settings(
        max_examples=20, deadline=None, database=None, derandomize=True, phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=schema[path]["POST"].as_strategy(generation_mode=mode))
    def asks(case: Any) -> None:
        if "Idempotency-Key" in case.headers and mode is schemathesis.GenerationMode.POSITIVE:
            case.headers["Idempotency-Key"] = f"request-{next(numbers)}"  # one for two bodies is refused, rightly
        case.call_and_validate(headers=HOST | TOKEN)

    asks()
