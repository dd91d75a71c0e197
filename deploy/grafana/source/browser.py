"""The dashboard of Chromium and the egress: leaks, crashes, host groups that suffer, what is refused."""

from deploy.grafana.source.panels import Board, Link, Look, Panel, Row, between


def _rate(metric: str, by: str) -> str:
    return f"sum by ({by}) (rate({metric}[$__rate_interval]))"


def _quantile(share: float, metric: str, by: str = "") -> str:
    labels = f"le, {by}" if by else "le"
    return f"histogram_quantile({share}, sum by ({labels}) (rate({metric}_bucket[$__rate_interval])))"


BROWSER = Board(
    uid="audit-browser",
    title="Browser and egress",
    question="Is Chromium leaking or crashing, is a host group suffering, what does the egress refuse?",
    rows=(
        Row(
            8,
            (
                Panel(
                    title="Visits a minute",
                    unit="short",
                    look=Look.STACK,
                    width=6,
                    link=Link.SERVICES,
                    queries={"{{outcome}}": f"60 * {_rate('audit_sites_total', 'outcome')}"},
                ),
                Panel(
                    title="Time of a visit",
                    unit="s",
                    width=6,
                    link=Link.METRICS,
                    queries={
                        "half": _quantile(0.5, "audit_site_duration_seconds"),
                        "95 %": _quantile(0.95, "audit_site_duration_seconds"),
                    },
                ),
                Panel(
                    title="Time of a visit, by stage",
                    unit="s",
                    look=Look.STACK,
                    width=6,
                    link=Link.METRICS,
                    queries={
                        "{{stage}}": f"{_rate('audit_site_stage_seconds_sum', 'stage')}"
                        " / on () group_left () sum(rate(audit_sites_total[$__rate_interval]))"
                    },
                    about="Mean time of each stage of a visit; what was seen is stored (store) within the others."
                    " Names the stage that slows visits down.",
                ),
                Panel(
                    title="Home pages that could not be read, last hour",
                    unit="short",
                    look=Look.BARS,
                    width=6,
                    steps=between(50, 500),
                    link=Link.FAILURES,
                    queries={"{{kind}}": "topk(8, sum by (kind) (increase(audit_site_failures_total[1h])))"},
                ),
            ),
        ),
        Row(
            8,
            (
                Panel(
                    title="Memory of the browsers",
                    unit="bytes",
                    width=6,
                    steps=((3e9, "red"),),
                    link=Link.RUNBOOK,
                    queries={"{{instance}}": "audit_browser_memory_bytes"},
                ),
                Panel(
                    title="Browsers started in the last hour",
                    unit="short",
                    look=Look.BARS,
                    width=4,
                    steps=between(20, 50),
                    link=Link.RUNBOOK,
                    queries={"{{why}}": "sum by (why) (increase(audit_browser_starts_total[1h]))"},
                ),
                Panel(
                    title="Processes and crashes of pages",
                    unit="short",
                    width=5,
                    link=Link.RUNBOOK,
                    queries={
                        "processes": "sum(audit_browser_processes)",
                        "crashes in the last hour": "sum(increase(audit_browser_page_crashes_total[1h]))",
                    },
                ),
                Panel(
                    title="Visits in progress",
                    unit="short",
                    width=5,
                    link=Link.GUIDE,
                    queries={
                        "in progress": "sum(audit_visits_in_progress)",
                        "slots": 'sum(audit_worker_slots{job="fetcher"})',
                    },
                ),
                Panel(
                    title="Wait for room on the machine, 95 %",
                    unit="s",
                    width=4,
                    steps=((5, "orange"),),
                    link=Link.GUIDE,
                    queries={"wait": _quantile(0.95, "audit_admission_wait_seconds")},
                ),
            ),
        ),
        Row(
            8,
            (
                Panel(
                    title="Host groups that turn us away, 24 h",
                    unit="percentunit",
                    look=Look.BARS,
                    width=6,
                    high=1,
                    steps=between(0.05, 0.1),
                    link=Link.RUNBOOK,
                    queries={
                        "{{host_group}}": "topk(8, max by (host_group)"
                        ' (audit_host_group_audits{closing="blocked"}) / on (host_group) sum by (host_group)'
                        " (max by (host_group, closing) (audit_host_group_audits) > 0))"
                        ' or label_replace(vector(0), "host_group", "none", "", "")'
                    },
                    about="Share of the audits of a group that closed blocked. Rising in one group: stop it with"
                    " `commune-audit hosts stop GROUP`, then ask its owner.",
                ),
                Panel(
                    title="Waited out of politeness, seconds a visit",
                    unit="s",
                    look=Look.STACK,
                    width=5,
                    link=Link.METRICS,
                    queries={
                        "{{why}}": f"{_rate('audit_politeness_wait_seconds_total', 'why')}"
                        " / on () group_left () sum(rate(audit_sites_total[$__rate_interval]))"
                    },
                ),
                Panel(
                    title="Egress refusals in the last hour",
                    unit="short",
                    look=Look.BARS,
                    width=4,
                    steps=between(10, 100),
                    link=Link.RUNBOOK,
                    queries={"{{reason}}": "sum by (reason) (increase(audit_egress_refusals_total[1h]))"},
                ),
                Panel(
                    title="Open connections",
                    unit="short",
                    width=3,
                    link=Link.METRICS,
                    queries={"{{instance}}": "audit_egress_connections"},
                ),
                Panel(
                    title="Received from sites",
                    unit="Bps",
                    width=3,
                    link=Link.METRICS,
                    queries={"bytes": "sum(rate(audit_site_bytes_total[$__rate_interval]))"},
                ),
                Panel(
                    title="Pages that fail",
                    unit="percentunit",
                    width=3,
                    high=1,
                    steps=between(0.2, 0.5),
                    link=Link.FAILURES,
                    queries={
                        "{{mode}}": 'sum by (mode) (rate(audit_pages_total{result="failed"}[$__rate_interval]))'
                        " / sum by (mode) (rate(audit_pages_total[$__rate_interval]))"
                    },
                ),
            ),
        ),
    ),
)
