"""The dashboard of RabbitMQ: is a queue stuck, and is the broker well."""

from deploy.grafana.source.panels import NONE_IS_GOOD, Board, Link, Look, Panel, Row

_WORK = 'queue=~"audit[.].+",queue!~".+[.](XQ|rejected)"'
_DEAD = 'queue=~".+[.]XQ|audit[.]requests[.]rejected"'

BROKER = Board(
    uid="audit-broker",
    title="Broker",
    question="Is a queue stuck, and is RabbitMQ well?",
    rows=(
        Row(
            4,
            (
                Panel(
                    title="Dead letters",
                    unit="short",
                    look=Look.NUMBER,
                    width=4,
                    steps=NONE_IS_GOOD,
                    link=Link.RUNBOOK,
                    queries={"letters": f"sum(rabbitmq_detailed_queue_messages{{{_DEAD}}}) or vector(0)"},
                    about="Messages given up, and requests refused. `commune-audit dead-letters list` shows them.",
                ),
                Panel(
                    title="Memory or disk alarm",
                    unit="bool_yes_no",
                    look=Look.NUMBER,
                    width=4,
                    steps=NONE_IS_GOOD,
                    link=Link.RUNBOOK,
                    queries={
                        "alarm": "max(max by (instance) (rabbitmq_alarms_memory_used_watermark)"
                        " or max by (instance) (rabbitmq_alarms_free_disk_space_watermark))"
                    },
                    about="With an alarm the broker takes no publications: everything stops, and nothing is lost.",
                ),
                Panel(
                    title="Wait in the ledger for the broker",
                    unit="short",
                    look=Look.NUMBER,
                    width=4,
                    link=Link.OVERVIEW,
                    queries={"{{priority}}": "max by (priority) (audit_outbox_audits)"},
                ),
                Panel(
                    title="Oldest audit in hand",
                    unit="s",
                    look=Look.NUMBER,
                    width=4,
                    steps=((900, "red"),),
                    link=Link.RUNBOOK,
                    queries={"age": "max(time() - (audit_oldest_unfinished_timestamp_seconds > 0)) or vector(0)"},
                    about="Time since the oldest audit in hand was released; 0 when none is. Older than twice its"
                    " budget: it is stuck; reconciliation should have taken it.",
                ),
                Panel(
                    title="Given to us twice, last hour",
                    unit="short",
                    look=Look.NUMBER,
                    width=4,
                    steps=((100, "orange"),),
                    link=Link.METRICS,
                    queries={"again": "sum(increase(rabbitmq_global_messages_redelivered_total[1h]))"},
                    about="Messages delivered again, after a connection or a process ended. Harmless in itself;"
                    " many mean that a service dies, or loses its connection.",
                ),
                Panel(
                    title="Publications refused, last hour",
                    unit="short",
                    look=Look.NUMBER,
                    width=4,
                    steps=NONE_IS_GOOD,
                    link=Link.RUNBOOK,
                    queries={"refused": 'sum(increase(audit_publications_total{result="failed"}[1h]))'},
                ),
            ),
        ),
        Row(
            10,
            (
                Panel(
                    title="Messages that wait",
                    unit="short",
                    look=Look.STACK,
                    width=8,
                    link=Link.SERVICES,
                    queries={"{{queue}}": f"sum by (queue) (rabbitmq_detailed_queue_messages_ready{{{_WORK}}})"},
                    about="Messages ready in each queue. The fetch queue holds the window of a campaign; the others"
                    " should be near empty: one that grows names the service that does not follow.",
                ),
                Panel(
                    title="Messages in hand",
                    unit="short",
                    look=Look.STACK,
                    width=8,
                    link=Link.SERVICES,
                    queries={"{{queue}}": f"sum by (queue) (rabbitmq_detailed_queue_messages_unacked{{{_WORK}}})"},
                    about="Messages that a service has taken and not ended. Above its slots: it prefetches.",
                ),
                Panel(
                    title="Consumers",
                    unit="short",
                    width=8,
                    link=Link.RUNBOOK,
                    queries={"{{queue}}": f"sum by (queue) (rabbitmq_detailed_queue_consumers{{{_WORK}}})"},
                    about="Consumers of each queue. None with messages that wait fires NoConsumers.",
                ),
            ),
        ),
        Row(
            10,
            (
                Panel(
                    title="Messages through the broker a second",
                    unit="short",
                    width=8,
                    link=Link.SERVICES,
                    queries={
                        "published": "sum(rate(rabbitmq_global_messages_received_total[$__rate_interval]))",
                        "acknowledged": "sum(rate(rabbitmq_global_messages_acknowledged_total[$__rate_interval]))",
                    },
                    about="What publishers sent and consumers ended. Published above acknowledged for long: queues"
                    " grow.",
                ),
                Panel(
                    title="Memory",
                    unit="bytes",
                    width=8,
                    link=Link.RUNBOOK,
                    queries={
                        "used": "max by (instance) (rabbitmq_process_resident_memory_bytes)",
                        "limit": "max by (instance) (rabbitmq_resident_memory_limit_bytes)",
                    },
                    about="Memory of the broker, and where it stops taking publications.",
                ),
                Panel(
                    title="Disk left",
                    unit="bytes",
                    width=4,
                    link=Link.STORAGE,
                    queries={
                        "left": "min by (instance) (rabbitmq_disk_space_available_bytes)",
                        "limit": "max by (instance) (rabbitmq_disk_space_available_limit_bytes)",
                    },
                    about="Disk that the broker has left, and where it stops taking publications.",
                ),
                Panel(
                    title="Connections",
                    unit="short",
                    width=4,
                    link=Link.SERVICES,
                    queries={"connections": "sum(rabbitmq_connections)", "channels": "sum(rabbitmq_channels)"},
                    about="Connections and channels that are open. Growing without end: a leak.",
                ),
            ),
        ),
    ),
)
