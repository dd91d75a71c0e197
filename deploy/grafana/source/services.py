"""The dashboard of the services: rate, errors and duration of their messages, and what holds them back."""

from deploy.grafana.source.panels import Board, Link, Look, Panel, Row, Variable, between

_STEP = 'step=~"$step"'


def _quantile(share: float, metric: str, by: str) -> str:
    return f"histogram_quantile({share}, sum by (le, {by}) (rate({metric}_bucket{{{_STEP}}}[$__rate_interval])))"


SERVICES = Board(
    uid="audit-services",
    title="Services",
    question="Do the services handle their messages: rate, errors, duration, and what holds them back?",
    variables=(Variable(name="step", label="Step", about="", values_of="audit_messages_total"),),
    rows=(
        Row(
            8,
            (
                Panel(
                    title="Messages handled a minute",
                    unit="short",
                    width=8,
                    link=Link.BROKER,
                    queries={
                        "{{step}}": f"60 * sum by (step) (rate(audit_messages_total{{{_STEP},"
                        'outcome="ok"}[$__rate_interval]))'
                    },
                ),
                Panel(
                    title="Share that fails",
                    unit="percentunit",
                    width=8,
                    high=1,
                    steps=between(0.05, 0.1),
                    link=Link.RUNBOOK,
                    queries={
                        "{{step}}": "(sum by (step) (rate(audit_messages_total"
                        f'{{{_STEP},outcome=~"retry|dead"}}[$__rate_interval])) / sum by (step)'
                        f" (rate(audit_messages_total{{{_STEP}}}[$__rate_interval]))) >= 0"
                        f" or 0 * sum by (step) (audit_messages_total{{{_STEP}}})"
                    },
                    about="Retried or dead, over all that were handled. More than one in ten for ten minutes fires"
                    " MessagesFail.",
                ),
                Panel(
                    title="Failures in the last hour, by kind",
                    unit="short",
                    look=Look.BARS,
                    width=8,
                    steps=between(10, 100),
                    link=Link.FAILURES,
                    queries={
                        "{{kind}}": f"topk(10, sum by (kind) (increase(audit_message_failures_total{{{_STEP}}}[1h])))"
                    },
                ),
            ),
        ),
        Row(
            8,
            (
                Panel(
                    title="Duration",
                    unit="s",
                    width=8,
                    link=Link.BROWSER,
                    queries={
                        "{{step}} half": _quantile(0.5, "audit_message_duration_seconds", "step"),
                        "{{step}} 95 %": _quantile(0.95, "audit_message_duration_seconds", "step"),
                    },
                ),
                Panel(
                    title="Wait in the queue, 95 %",
                    unit="s",
                    width=8,
                    steps=((300, "red"),),
                    link=Link.BROKER,
                    queries={"{{step}} {{priority}}": _quantile(0.95, "audit_message_wait_seconds", "step, priority")},
                ),
                Panel(
                    title="Slots in use",
                    unit="percentunit",
                    width=8,
                    high=1,
                    steps=((1, "orange"),),
                    link=Link.GUIDE,
                    queries={
                        "{{job}}": "sum by (job) (audit_messages_in_progress) / sum by (job) (audit_worker_slots)"
                    },
                    about="Messages that are worked on over those that may be. At 100 % for long: the service is"
                    " saturated, add replicas. At 0 with a queue that grows: it is stuck.",
                ),
            ),
        ),
        Row(
            8,
            (
                Panel(
                    title="Ready",
                    unit="bool_on_off",
                    look=Look.BARS,
                    width=6,
                    high=1,
                    steps=((0, "red"), (1, "green")),
                    link=Link.RUNBOOK,
                    queries={"{{job}} {{instance}}": "audit_ready"},
                ),
                Panel(
                    title="Memory",
                    unit="bytes",
                    width=6,
                    link=Link.RUNBOOK,
                    queries={"{{job}} {{instance}}": 'process_resident_memory_bytes{job!~"rabbitmq.*|postgres|node"}'},
                    about="Resident memory of each process, without its browser. Half more in six hours and still"
                    " growing fires MemoryGrows.",
                ),
                Panel(
                    title="Processor",
                    unit="percentunit",
                    width=6,
                    link=Link.GUIDE,
                    queries={
                        "{{job}} {{instance}}": "rate(process_cpu_seconds_total"
                        '{job!~"rabbitmq.*|postgres|node"}[$__rate_interval])'
                    },
                    about="Share of one core that each process takes, without its browser. One whole core on an"
                    " analyzer: add replicas.",
                ),
                Panel(
                    title="Analysis of a site, by family, 95 %",
                    unit="s",
                    width=6,
                    link=Link.RESULTS,
                    queries={
                        "family {{family}}": "histogram_quantile(0.95, sum by (le, family)"
                        " (rate(audit_analysis_family_seconds_bucket[$__rate_interval])))"
                    },
                ),
            ),
        ),
    ),
)
