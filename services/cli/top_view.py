"""What `commune-audit top` shows, derived from two readings of the processes' metrics."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from services.contracts.model import Record

_SHOWN = 8
Labels = frozenset[tuple[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """The samples of some endpoints at one moment (seconds of a steady clock), by metric, labels and endpoint.

    ``problems`` are the endpoints that could not be read, and why.
    """

    at: float
    samples: Mapping[str, Mapping[tuple[Labels, str], float]]
    problems: Mapping[str, str] = field(default_factory=dict)

    def rows(self, name: str) -> Iterable[tuple[dict[str, str], str, float]]:
        """Return the labels, the endpoint and the value of each sample of a metric."""
        return ((dict(labels), endpoint, value) for (labels, endpoint), value in self.samples.get(name, {}).items())


class Service(Record):
    """The messages of one step, over all processes: in work, slots, and a minute's handled and failed."""

    step: str
    in_work: int
    slots: int
    handled_per_minute: float | None
    failed_per_minute: float | None


class Queue(Record):
    """Audits that are due and wait in the ledger, by priority; or messages in a queue of the broker."""

    name: str
    waiting: int
    oldest_seconds: float | None = None


class Top(Record):
    """One screen. Rates are None until a second reading; ``residue`` is None where no scheduler was read."""

    at: datetime
    standings: dict[str, int]
    residue: int | None
    per_minute: float | None
    end: datetime | None
    queues: tuple[Queue, ...]
    services: tuple[Service, ...]
    failures: dict[str, int]
    host_groups: dict[str, dict[str, int]]
    browsers: dict[str, float]
    problems: dict[str, str]


def top(now: Reading, before: Reading | None, at: datetime) -> Top:
    """Return the screen. What every scheduler says of the ledger is taken once, what each process did is added up."""
    residue = _most(now, "audit_conservation_residue", None)
    end = _most(now, "audit_campaign_end_timestamp_seconds", None).get("", 0.0)
    unmeasured = _most(now, "audit_unmeasured_audits", "reason")
    return Top(
        at=at,
        standings={k: int(v) for k, v in _most(now, "audit_audits", "standing").items()},
        residue=int(residue[""]) if residue else None,
        per_minute=_most(now, "audit_campaign_sites_per_minute", None).get(""),
        end=datetime.fromtimestamp(end, UTC) if end > 0 else None,
        queues=(*_outbox(now, at.timestamp()), *_broker(now)),
        services=_services(now, before),
        failures={k: int(n) for k, n in sorted(unmeasured.items(), key=lambda item: -item[1])[:_SHOWN] if n},
        host_groups=_host_groups(now),
        browsers={
            "visits": sum(value for _, _, value in now.rows("audit_visits_in_progress")),
            "processes": sum(value for _, _, value in now.rows("audit_browser_processes")),
            "bytes": sum(value for _, _, value in now.rows("audit_browser_memory_bytes")),
        },
        problems=dict(now.problems),
    )


def _most(reading: Reading, name: str, label: str | None) -> dict[str, float]:
    """Return the highest value that any process says, by one label."""
    found: dict[str, float] = {}
    for labels, _, value in reading.rows(name):
        key = labels.get(label, "") if label else ""
        found[key] = max(found.get(key, value), value)
    return found


def _outbox(reading: Reading, wall: float) -> Iterable[Queue]:
    since = _most(reading, "audit_outbox_oldest_timestamp_seconds", "priority")
    for priority, count in _most(reading, "audit_outbox_audits", "priority").items():
        oldest = wall - since[priority] if since.get(priority) else None
        yield Queue(name=f"ledger, {priority}", waiting=int(count), oldest_seconds=oldest)


def _broker(reading: Reading) -> Iterable[Queue]:
    for queue, count in sorted(_most(reading, "rabbitmq_detailed_queue_messages", "queue").items()):
        yield Queue(name=queue, waiting=int(count))


def _services(now: Reading, before: Reading | None) -> tuple[Service, ...]:
    slots = {endpoint: value for _, endpoint, value in now.rows("audit_worker_slots")}
    found = []
    for step in dict.fromkeys(labels["step"] for labels, _, _ in now.rows("audit_messages_in_progress")):
        outcomes = [(labels, end, n) for labels, end, n in now.rows("audit_messages_total") if labels["step"] == step]
        busy = [(end, n) for labels, end, n in now.rows("audit_messages_in_progress") if labels["step"] == step]
        at_it = {end for _, end, n in outcomes if n} | {end for end, n in busy if n}
        found.append(
            Service(
                step=step,
                in_work=int(sum(n for _, n in busy)),
                slots=int(sum(slots.get(end, 0) for end in at_it)),
                handled_per_minute=_rate(now, before, step, ("ok",)),
                failed_per_minute=_rate(now, before, step, ("retry", "dead")),
            )
        )
    return tuple(found)


def _rate(now: Reading, before: Reading | None, step: str, outcomes: tuple[str, ...]) -> float | None:
    """Return how many messages of a step ended so, a minute. A process that was started again began at zero."""
    if before is None or now.at <= before.at:
        return None
    earlier = before.samples.get("audit_messages_total", {})
    total = 0.0
    for key, value in now.samples.get("audit_messages_total", {}).items():
        labels = dict(key[0])
        if labels["step"] == step and labels["outcome"] in outcomes:
            then = earlier.get(key, 0.0)
            total += value - then if value >= then else value
    return 60 * total / (now.at - before.at)


def _host_groups(reading: Reading) -> dict[str, dict[str, int]]:
    """Return the host groups that turned us away or failed most, with how their audits of the last day ended."""
    groups: dict[str, dict[str, int]] = {}
    for labels, _, value in reading.rows("audit_host_group_audits"):
        group = groups.setdefault(labels["host_group"], {})
        group[labels["closing"]] = max(group.get(labels["closing"], 0), int(value))
    suffering = {name: g for name, g in groups.items() if g.get("blocked", 0) + g.get("failed", 0)}
    order = sorted(suffering, key=lambda name: -(suffering[name].get("blocked", 0) + suffering[name].get("failed", 0)))
    return {name: suffering[name] for name in order[:_SHOWN]}
