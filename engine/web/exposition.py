"""The figures of a house as Prometheus reads them: names, meanings, label values.

No label holds what a person or a far side wrote: reasons and codes are words of ours, all else is named by config.yaml
and the rules.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4

from engine.store import tallies
from engine.store.lookups.gauges import SourceStands, Waiting

CONTENT_TYPE = CONTENT_TYPE_PLAIN_0_0_4
"""What the exposition is served as."""

_WORD = re.compile(r"[a-z][a-z0-9_-]{0,63}")


@dataclass(frozen=True)
class Standing:
    """Everything that is told, read at one instant. Instants are seconds UTC; None: never, or not there."""

    version: str
    schema: str
    touches: Mapping[tuple[str, str, str], int] = field(default_factory=dict)
    deliveries: Mapping[Waiting, int] = field(default_factory=dict)
    lags: Mapping[str, int] = field(default_factory=dict)
    """Seconds by stage."""
    lapsed: int = 0
    limits_closed: int = 0
    relays_resting: int = 0
    pauses: Mapping[str, int] = field(default_factory=dict)
    generation: int | None = None
    in_force: int | None = None
    quarantined: int = 0
    malformed: Mapping[str, int] = field(default_factory=dict)
    """Rows that cannot be read, by table."""
    rejected_at: int | None = None
    last_tick_at: int | None = None
    sources: Mapping[str, SourceStands] = field(default_factory=dict)
    feeds: Mapping[str, tuple[int | None, bool]] = field(default_factory=dict)
    """By name: when it was last read, and whether it is away."""
    inbox: tuple[int | None, bool] | None = None
    letters: Mapping[str, int] = field(default_factory=dict)
    tallies: Mapping[str, Mapping[tuple[str, ...], float]] = field(default_factory=dict)


def exposition(standing: Standing) -> bytes:
    """The text of one scrape."""
    registry = CollectorRegistry()
    registry.register(_Collected(standing))
    return generate_latest(registry)


class _Collected:
    """One reading, for a registry of its own."""

    def __init__(self, standing: Standing) -> None:
        self._standing = standing

    def collect(self) -> Iterator[Metric]:
        """The metric families in the order of docs/monitoring.md."""
        now = self._standing
        yield _gauge("followup_build_info", "This release; always 1.", ("version", "schema"),
                     [((now.version, now.schema), 1)])  # fmt: skip
        yield from _of_the_daemon(now)
        yield from _of_the_queue(now)
        yield from _of_the_rows(now)
        yield from _of_the_rules(now)
        yield from _of_the_world(now)
        yield from _of_the_work(now.tallies)


Samples = Iterable[tuple[tuple[str, ...], float]]


def _of_the_daemon(now: Standing) -> Iterator[Metric]:
    yield _instant("followup_last_tick_timestamp_seconds", "When a daemon last finished a pass.", now.last_tick_at)
    yield _gauge("followup_lag_seconds", "How long the oldest that is due waits, by the stage that it waits for.",
                 ("stage",), [((stage,), seconds) for stage, seconds in now.lags.items()])  # fmt: skip
    yield _gauge("followup_leases_lapsed", "Claims that nobody settled or took back in time.", (), [((), now.lapsed)])


def _of_the_queue(now: Standing) -> Iterator[Metric]:
    waiting: Counter[tuple[str, ...]] = Counter()
    for (state, policy, reason), count in now.touches.items():
        waiting[(state, policy or _word(reason))] += count
    yield _gauge("followup_touches", "Touches that want something now; dead and bounced ones due within 30 days.",
                 ("state", "reason"), waiting.items())  # fmt: skip
    sending: Counter[tuple[str, ...]] = Counter()
    doubts: Counter[tuple[str, ...]] = Counter()
    for one, count in now.deliveries.items():
        sending[(one.state, one.channel, tallies.code_class(one.code))] += count
        if one.state == "in_doubt":
            doubts[(one.channel,)] += count
    yield _gauge("followup_deliveries", "Deliveries under way or in doubt, and those that failed within a day.",
                 ("state", "channel", "code"), sending.items())  # fmt: skip
    yield _gauge("followup_in_doubt", "Messages that a customer may have or not: a person decides.", ("channel",),
                 doubts.items())  # fmt: skip
    yield _gauge("followup_pauses", "What is paused, by scope; `all`: everything.", ("scope",),
                 [((scope,), now.pauses.get(scope, 0)) for scope in ("all", "rule", "channel", "category")])
    yield _gauge("followup_limits_closed", "Far sides that had enough and are let alone.", (),
                 [((), now.limits_closed)])  # fmt: skip
    yield _gauge("followup_relays_resting", "Mail relays that failed and are let alone for a while.", (),
                 [((), now.relays_resting)])  # fmt: skip


def _of_the_rows(now: Standing) -> Iterator[Metric]:
    yield _gauge("followup_malformed_rows", "Rows that cannot be read; their customers are set aside.", ("table",),
                 [((table,), count) for table, count in now.malformed.items()] or [(("lead",), 0)])  # fmt: skip


def _of_the_rules(now: Standing) -> Iterator[Metric]:
    yield _gauge("followup_rules_generation", "The rules: as the database has them, and as a daemon took them up.",
                 ("where",), [((where,), number) for where, number in
                              (("database", now.generation), ("daemon", now.in_force)) if number is not None])
    yield _instant("followup_reload_rejected_timestamp_seconds", "Since when the folder's rules are rejected.",
                   now.rejected_at)  # fmt: skip
    yield _gauge("followup_rules_quarantined", "Rules left out for their mistakes.", (), [((), now.quarantined)])


def _of_the_world(now: Standing) -> Iterator[Metric]:
    yield _gauge("followup_source_success_timestamp_seconds", "When a source was last pulled to the end.",
                 ("source",), [((name,), one.pulled_at) for name, one in now.sources.items() if one.pulled_at])
    yield _gauge("followup_source_failures", "Failures of a source in a row.", ("source",),
                 [((name,), one.failures) for name, one in now.sources.items()])  # fmt: skip
    yield _gauge("followup_source_refused_rows", "Rows of a source that wait to be mended.", ("source",),
                 [((name,), one.refused) for name, one in now.sources.items()])  # fmt: skip
    yield _gauge("followup_feed_success_timestamp_seconds", "When a feed was last read.", ("feed",),
                 [((name,), at) for name, (at, _) in now.feeds.items() if at])  # fmt: skip
    yield _gauge("followup_feed_away", "1 if the last look at a feed failed.", ("feed",),
                 [((name,), int(away)) for name, (_, away) in now.feeds.items()])  # fmt: skip
    at, away = now.inbox or (None, False)
    yield _instant("followup_inbox_success_timestamp_seconds", "When the mailbox was last read.", at)
    yield _gauge("followup_inbox_away", "1 if the last reading of the mailbox failed.", (),
                 [((), int(away))] if now.inbox else [])  # fmt: skip
    yield _counter("followup_letters", "Letters taken in.", ("kind",),
                   [((kind,), count) for kind, count in now.letters.items()])  # fmt: skip


def _of_the_work(found: Mapping[str, Mapping[tuple[str, ...], float]]) -> Iterator[Metric]:
    yield _counter("followup_touches_processed", "What became of touches that a stage looked at.",
                   ("outcome", "reason"), found.get(tallies.TOUCHES, {}).items())  # fmt: skip
    yield _counter("followup_attempts", "Attempts to send, by what became of them.", ("channel", "outcome", "code"),
                   found.get(tallies.ATTEMPTS, {}).items())  # fmt: skip
    yield _counter("followup_stage_failures", "Exceptions that left a stage; its next turn does the work.", ("stage",),
                   found.get(tallies.FAILURES, {}).items())  # fmt: skip
    yield _durations(found.get(tallies.SECONDS, {}), found.get(tallies.SECONDS_SUM, {}))


def _durations(counts: Mapping[tuple[str, ...], float], sums: Mapping[tuple[str, ...], float]) -> Metric:
    family = HistogramMetricFamily(
        "followup_stage_duration_seconds", "How long a turn of a stage took.", labels=("stage",)
    )
    bounds = (*map(str, tallies.BUCKETS), "+Inf")
    for (stage,), total in sorted(sums.items()):
        so_far, buckets = 0.0, []
        for bound in bounds:
            so_far += counts.get((stage, bound), 0)
            buckets.append((bound, so_far))
        family.add_metric((stage,), buckets, total)
    return family


def _gauge(name: str, meaning: str, labels: tuple[str, ...], samples: Samples) -> Metric:
    family = GaugeMetricFamily(name, meaning, labels=labels)
    for values, value in samples:
        family.add_metric(values, value)
    return family


def _counter(name: str, meaning: str, labels: tuple[str, ...], samples: Samples) -> Metric:
    family = CounterMetricFamily(name, meaning, labels=labels)
    for values, value in samples:
        family.add_metric(values, value)
    return family


def _instant(name: str, meaning: str, at: int | None) -> Metric:
    """0 for what never was, so that alerts have something to compare with."""
    return _gauge(name, f"{meaning} Seconds UTC; 0: never.", (), [((), at or 0)])


def _word(reason: str) -> str:
    """The first word of a reason, if it is one of ours."""
    first = reason.partition(" ")[0]
    return first if not first or _WORD.fullmatch(first) else "other"
