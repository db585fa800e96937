"""Work in a process of its own, so that its memory is its own too."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

MEGA = 1_000_000
UNIT = Path(__file__).parents[1] / "deploy" / "followup.service"


class Told(NamedTuple):
    """What the work gave (as JSON tells it), and the most memory that its process held, in MB."""

    result: Any
    peak: float


def as_a_service() -> dict[str, str]:
    """The environment of a process of the service: what its unit says of memory is in it."""
    said = re.findall(r"^Environment=(MALLOC_\w+)=(\S+)$", UNIT.read_text("utf-8"), re.MULTILINE)
    return {**os.environ, **dict(said)}


def apart(work: Callable[..., object], *arguments: str | int, env: Mapping[str, str] | None = None) -> Told:
    """Do that function's work in a new Python; CalledProcessError if it fails."""
    command = [sys.executable, "-m", "benchmarks.apart", work.__module__, work.__name__, json.dumps(arguments)]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True, env=env)
    return Told(*json.loads(done.stdout.splitlines()[-1]))


def held(which: str = "VmHWM", process: int | str = "self") -> float:
    """MB that this process, or that of an id, holds (VmRSS), or held at most (VmHWM)."""
    found = re.search(rf"{which}:\s+(\d+) kB", Path(f"/proc/{process}/status").read_text("ascii"))
    assert found is not None, "the kernel tells what a process holds"
    return int(found[1]) * 1024 / MEGA


if __name__ == "__main__":
    module, name, given = sys.argv[1:]
    outcome = getattr(import_module(module), name)(*json.loads(given))
    print(json.dumps((outcome, held())))
