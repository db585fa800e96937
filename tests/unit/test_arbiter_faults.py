"""A child that crashes, hangs or never starts costs a batch, and the batch is judged all the same."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from threading import Timer

import pytest
from structlog.testing import capture_logs

from engine.arbiter.durable import engine_error
from engine.arbiter.facts import Case, TouchFact
from engine.arbiter.judge import Arbiter, EngineMissing
from engine.domain.words import Effect
from engine.rulebook.conditions import Compare, Op
from engine.rulebook.evaluate import Snapshot
from engine.rulebook.model import Policy
from engine.settings.model import Arbiter as Settings

POLICIES = (Policy("quiet", "", Compare("category", Op.EQ, "节日"), Effect.SUPPRESS),)


def one_case(lead: str, category: str = "节日") -> Case:
    values = {"category": category, "audience": "lead", "rule": "r", "priority": 100}
    return Case(Snapshot(lead, "Asia/Shanghai", 0, {}), (TouchFact(1, values, 1, 0, f"r|{lead}"),))


CASES = [one_case(f"lead-{number}") for number in range(50)]
SUPPRESSED = {case.lead: Effect.SUPPRESS for case in CASES}


def effects(arbiter: Arbiter) -> dict[str, Effect | None]:
    return {lead: rulings[0].effect for lead, rulings in arbiter.judge(CASES).items()}


@pytest.fixture
def arbiter() -> Iterator[Arbiter]:
    arbiter = Arbiter(POLICIES, Settings(deadline=0.6, faults=2))
    yield arbiter
    arbiter.close()


def pid_of(arbiter: Arbiter) -> int:
    assert arbiter.child_pid is not None
    return arbiter.child_pid


def alive(pid: int) -> bool:
    """Whether the process runs; one that ended and waits to be reaped by init does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_the_child_starts_when_the_first_case_needs_it(arbiter: Arbiter) -> None:
    assert arbiter.judge([one_case("lead", "service")])["lead"][0].effect is None
    assert arbiter.child_pid is None
    assert effects(arbiter) == SUPPRESSED
    assert alive(pid_of(arbiter))
    assert arbiter.faults == 0


def test_a_child_killed_in_the_middle_costs_nothing_but_time(arbiter: Arbiter) -> None:
    effects(arbiter)
    first = pid_of(arbiter)
    os.kill(first, signal.SIGSTOP)  # so that the batch is surely under way
    killer = Timer(0.1, os.kill, (first, signal.SIGKILL))
    killer.start()
    assert effects(arbiter) == SUPPRESSED
    killer.join()
    assert (arbiter.faults, arbiter.engine) == (1, "durable")
    assert not Path(f"/proc/{first}").exists()  # reaped, not a zombie
    assert effects(arbiter) == SUPPRESSED
    assert pid_of(arbiter) != first


def test_a_child_that_hangs_is_killed_on_its_deadline(arbiter: Arbiter) -> None:
    effects(arbiter)
    hung = pid_of(arbiter)
    os.kill(hung, signal.SIGSTOP)
    started = time.monotonic()
    assert effects(arbiter) == SUPPRESSED
    assert 0.5 < time.monotonic() - started < 10
    assert not alive(hung)
    assert arbiter.faults == 1


def test_a_hang_is_noticed_even_when_the_batch_is_larger_than_the_pipe(arbiter: Arbiter) -> None:
    effects(arbiter)
    os.kill(pid_of(arbiter), signal.SIGSTOP)
    wide = CASES[0]._replace(snapshot=CASES[0].snapshot._replace(values={"attrs.note": "长" * 2_000_000}))
    assert arbiter.judge([wide])[wide.lead][0].effect is Effect.SUPPRESS
    assert arbiter.faults == 1


def test_after_enough_faults_the_engine_is_off(arbiter: Arbiter) -> None:
    with capture_logs() as logs:
        for _ in range(2):
            effects(arbiter)
            os.kill(pid_of(arbiter), signal.SIGKILL)
            assert effects(arbiter) == SUPPRESSED
    assert (arbiter.faults, arbiter.engine, arbiter.child_pid) == (2, "reference", None)
    assert effects(arbiter) == SUPPRESSED
    assert arbiter.child_pid is None
    assert [one["event"] for one in logs] == ["arbiter_fault", "arbiter_fault", "arbiter_switched_off"]


def test_a_lead_that_nobody_can_judge_has_its_touches_held(arbiter: Arbiter) -> None:
    broken = one_case("broken")
    broken = broken._replace(touches=(broken.touches[0]._replace(values={"category": "节日"}),))
    rulings = arbiter.judge([broken, CASES[0]])
    assert [(one.touch, one.effect, one.policy) for one in rulings["broken"]] == [(1, Effect.HOLD, "arbiter-fault")]
    assert rulings["lead-0"][0].effect is Effect.SUPPRESS
    assert arbiter.faults == 0


def test_what_cannot_be_sent_to_the_child_is_judged_here(arbiter: Arbiter) -> None:
    odd = CASES[0]._replace(snapshot=CASES[0].snapshot._replace(values={"attrs.x": lambda: None}))
    assert arbiter.judge([odd])["lead-0"][0].effect is Effect.SUPPRESS
    assert arbiter.faults == 1


def test_closing_ends_the_child_and_may_be_repeated(arbiter: Arbiter) -> None:
    effects(arbiter)
    pid = pid_of(arbiter)
    arbiter.close()
    arbiter.close()
    assert not alive(pid)


def test_the_reference_can_be_chosen() -> None:
    arbiter = Arbiter(POLICIES, Settings(engine="reference"))
    assert effects(arbiter) == SUPPRESSED
    assert (arbiter.engine, arbiter.child_pid) == ("reference", None)


def test_a_lead_that_comes_twice_is_refused(arbiter: Arbiter) -> None:
    with pytest.raises(ValueError, match="twice"):
        arbiter.judge([CASES[0], CASES[0]])


def test_without_the_engine_the_fallback_decides(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "durable_rules_engine", None)
    assert "durable_rules_engine" in engine_error()
    with pytest.raises(EngineMissing, match="pip install durable-rules"):
        Arbiter(POLICIES, Settings(fallback="refuse"))
    assert Arbiter(POLICIES, Settings()).engine == "reference"


PARENT = """
import sys
from test_arbiter_faults import POLICIES, CASES
from engine.arbiter.judge import Arbiter
from engine.settings.model import Arbiter as Settings

if __name__ == "__main__":
    arbiter = Arbiter(POLICIES, Settings())
    arbiter.judge(CASES)
    print(arbiter.child_pid, flush=True)
    sys.stdin.read()
"""


def test_the_child_does_not_outlive_a_killed_parent(tmp_path: Path) -> None:
    script = tmp_path / "parent.py"
    script.write_text(PARENT)
    paths = os.pathsep.join([str(Path(__file__).parent), *filter(None, sys.path)])
    with subprocess.Popen(
        [sys.executable, str(script)],
        env=os.environ | {"PYTHONPATH": paths},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        assert alive(pid)
        parent.kill()
    for _ in range(100):
        if not alive(pid):
            return
        time.sleep(0.05)
    pytest.fail("the child is still there")
