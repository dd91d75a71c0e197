"""The dashboard of the artefact store and the database: do they follow, and is there room left."""

from deploy.grafana.source.panels import Board, Link, Look, Panel, Row, between

_OURS = 'datname!~"template.*|postgres|"'

STORAGE = Board(
    uid="audit-storage",
    title="Storage",
    question="Do the artefact store and the database follow, and is there room left?",
    rows=(
        Row(
            8,
            (
                Panel(
                    title="Operations on artefacts a second",
                    unit="ops",
                    width=8,
                    link=Link.SERVICES,
                    queries={
                        "{{operation}}": "sum by (operation) (rate(audit_artefact_operations_total[$__rate_interval]))"
                    },
                ),
                Panel(
                    title="Operations that fail",
                    unit="percentunit",
                    width=8,
                    high=1,
                    steps=between(0.01, 0.05),
                    link=Link.RUNBOOK,
                    queries={
                        "{{operation}}": "sum by (operation)"
                        ' (rate(audit_artefact_operations_total{result="failed"}[$__rate_interval]))'
                        " / sum by (operation) (rate(audit_artefact_operations_total[$__rate_interval]))"
                    },
                    about="After their retries; a missing artefact is no failure. Above 5 % fires StorageFailing: the"
                    " store is in trouble, and audits wait for it.",
                ),
                Panel(
                    title="Time of an operation, 95 %",
                    unit="s",
                    width=8,
                    steps=((1, "orange"),),
                    link=Link.RUNBOOK,
                    queries={
                        "{{operation}}": "histogram_quantile(0.95, sum by (le, operation)"
                        " (rate(audit_artefact_duration_seconds_bucket[$__rate_interval])))"
                    },
                ),
            ),
        ),
        Row(
            8,
            (
                Panel(
                    title="Stored and read",
                    unit="Bps",
                    width=8,
                    link=Link.GUIDE,
                    queries={
                        "{{operation}}": "sum by (operation) (rate(audit_artefact_bytes_total[$__rate_interval]))"
                    },
                ),
                Panel(
                    title="Room left on disks",
                    unit="percentunit",
                    width=8,
                    high=1,
                    steps=((0, "red"), (0.1, "orange"), (0.3, "green")),
                    link=Link.RUNBOOK,
                    queries={
                        "{{instance}} {{mountpoint}}": 'node_filesystem_avail_bytes{fstype!~"tmpfs|overlay"}'
                        ' / node_filesystem_size_bytes{fstype!~"tmpfs|overlay"}'
                    },
                    about="Full within a day at the rate of the last six hours fires DiskFull.",
                ),
                Panel(
                    title="Size of the database",
                    unit="bytes",
                    width=8,
                    link=Link.GUIDE,
                    queries={"{{datname}}": f"pg_database_size_bytes{{{_OURS}}}"},
                    about="It grows with the campaigns kept; about 1 kB a verdict set and 0.2 kB a verdict.",
                ),
            ),
        ),
        Row(
            8,
            (
                Panel(
                    title="PostgreSQL answers",
                    unit="bool_on_off",
                    look=Look.NUMBER,
                    width=4,
                    steps=((0, "red"), (1, "green")),
                    link=Link.RUNBOOK,
                    queries={"{{instance}}": "pg_up"},
                    about="Without the database nothing starts and nothing ends; nothing is lost either.",
                ),
                Panel(
                    title="Connections",
                    unit="percentunit",
                    width=5,
                    high=1,
                    steps=between(0.7, 0.9),
                    link=Link.GUIDE,
                    queries={"in use": "sum(pg_stat_database_numbackends) / max(pg_settings_max_connections)"},
                    about="Connections to PostgreSQL over those it accepts. Fetchers and analyzers have none.",
                ),
                Panel(
                    title="Transactions a second",
                    unit="short",
                    width=5,
                    link=Link.SERVICES,
                    queries={
                        "committed": f"sum(rate(pg_stat_database_xact_commit{{{_OURS}}}[$__rate_interval]))",
                        "rolled back": f"sum(rate(pg_stat_database_xact_rollback{{{_OURS}}}[$__rate_interval]))",
                    },
                    about="Rolled back rising: races that the ledger refuses, or errors; see the scheduler's log.",
                ),
                Panel(
                    title="Longest transaction",
                    unit="s",
                    width=5,
                    steps=((60, "red"),),
                    link=Link.GUIDE,
                    queries={"{{datname}}": f"max by (datname) (pg_stat_activity_max_tx_duration{{{_OURS}}})"},
                    about="Minutes: something holds the ledger; see pg_stat_activity.",
                ),
                Panel(
                    title="Read from memory",
                    unit="percentunit",
                    width=5,
                    high=1,
                    steps=((0, "red"), (0.9, "orange"), (0.99, "green")),
                    link=Link.GUIDE,
                    queries={
                        "share": f"sum(pg_stat_database_blks_hit{{{_OURS}}})"
                        f" / sum(pg_stat_database_blks_hit{{{_OURS}}} + pg_stat_database_blks_read{{{_OURS}}})"
                    },
                    about="Share of the database's blocks found in its memory. Under 99 %: give it more.",
                ),
            ),
        ),
    ),
)
