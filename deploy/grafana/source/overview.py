"""The dashboard of a campaign: is it on time, what is it losing and why, and how is France doing."""

from deploy.grafana.source.panels import NONE_IS_GOOD, Board, Link, Look, Panel, Row, between
from deploy.grafana.source.study import NAMES, headlines

OVERVIEW = Board(
    uid="audit-overview",
    title="Overview",
    question="Is the campaign on time, what is it losing and why, and how is France doing?",
    rows=(
        Row(
            4,
            (
                Panel(
                    title="Done",
                    unit="percentunit",
                    look=Look.NUMBER,
                    width=3,
                    high=1,
                    link=Link.GUIDE,
                    queries={
                        "done": 'sum(max by (standing) (audit_audits{standing=~"measured|unmeasured|excluded"}))'
                        " / max(audit_planned_audits)"
                    },
                    about="Share of the audits of the open campaigns that are closed, measured or not."
                    " Not moving while a campaign runs: see the alert NoProgress in the runbook.",
                ),
                Panel(
                    title="Sites a minute",
                    unit="short",
                    look=Look.NUMBER,
                    width=3,
                    trend=True,
                    link=Link.BROWSER,
                    queries={"sites": "max(audit_campaign_sites_per_minute)"},
                ),
                Panel(
                    title="Ends",
                    unit="dateTimeFromNow",
                    look=Look.NUMBER,
                    width=3,
                    link=Link.GUIDE,
                    queries={"end": "max(audit_campaign_end_timestamp_seconds) * 1000"},
                ),
                Panel(
                    title="Conservation residue",
                    unit="short",
                    look=Look.NUMBER,
                    width=3,
                    low=None,
                    steps=((-1e9, "red"), (0, "green"), (1, "red")),
                    link=Link.RUNBOOK,
                    queries={"residue": "max(audit_conservation_residue)"},
                ),
                Panel(
                    title="Undetermined, at most",
                    unit="percentunit",
                    look=Look.NUMBER,
                    width=3,
                    high=1,
                    steps=between(0.03, 0.05),
                    link=Link.RESULTS,
                    queries={"undetermined": f"max(({headlines('audit_national_undetermined_ratio')}) >= 0)"},
                    about="The headline with the largest share of undetermined verdicts. Above 5 % a figure is not"
                    " publishable: see why sites could not be seen.",
                ),
                Panel(
                    title="Fit to be published",
                    unit="bool_yes_no",
                    look=Look.NUMBER,
                    width=3,
                    steps=((0, "red"), (1, "green")),
                    link=Link.RUNBOOK,
                    queries={"fit": "min(max by (condition) (audit_publication_condition))"},
                ),
                Panel(
                    title="Alerts firing",
                    unit="short",
                    look=Look.NUMBER,
                    width=3,
                    steps=NONE_IS_GOOD,
                    link=Link.RUNBOOK,
                    queries={"alerts": 'count(ALERTS{alertstate="firing"}) or vector(0)'},
                    about="Each has a heading in the runbook: its meaning, the first three commands, usual causes.",
                ),
                Panel(
                    title="Wrong canary verdicts",
                    unit="short",
                    look=Look.NUMBER,
                    width=3,
                    steps=NONE_IS_GOOD,
                    link=Link.RUNBOOK,
                    queries={"wrong": "max(audit_canary_wrong_verdicts) or vector(0)"},
                ),
            ),
        ),
        Row(
            9,
            (
                Panel(
                    title="Where the audits are",
                    unit="short",
                    look=Look.STACK,
                    width=8,
                    link=Link.GUIDE,
                    queries={"{{standing}}": "max by (standing) (audit_audits)"},
                ),
                Panel(
                    title="Unmeasured, by reason",
                    unit="short",
                    look=Look.BARS,
                    width=8,
                    steps=between(50, 500),
                    link=Link.FAILURES,
                    queries={"{{reason}}": "topk(10, max by (reason) (audit_unmeasured_audits))"},
                ),
                Panel(
                    title="Closed a minute",
                    unit="short",
                    look=Look.STACK,
                    width=8,
                    link=Link.SERVICES,
                    queries={"{{standing}}": "60 * sum by (standing) (rate(audit_closed_total[$__rate_interval]))"},
                ),
            ),
        ),
        Row(
            11,
            (
                Panel(
                    title="Headlines of the study",
                    unit="percentunit",
                    look=Look.TABLE,
                    width=9,
                    steps=((0, "text"),),
                    names=NAMES,
                    link=Link.RESULTS,
                    queries={
                        "now": headlines("audit_national_share_ratio"),
                        "lower": headlines("audit_national_share_bound_ratio", 'bound="lower"'),
                        "upper": headlines("audit_national_share_bound_ratio", 'bound="upper"'),
                        "2018": "max by (headline) (audit_baseline_share_ratio)",
                    },
                    about="Share of the measured authorities in the population that the study of 2018 speaks of, its"
                    " 95 % interval, and what the study published. docs/indicators.md says how far they compare.",
                ),
                Panel(
                    title="Communes with a functional site",
                    unit="percentunit",
                    look=Look.MAP,
                    width=9,
                    high=1,
                    steps=((0, "red"), (0.4, "orange"), (0.6, "yellow"), (0.8, "green")),
                    link=Link.RESULTS,
                    queries={"share": "max by (departement) (audit_departement_share_ratio) >= 0"},
                    about="One circle a département, at its middle; grey or absent: nothing measured there yet."
                    " Those overseas are where they are: move the map, or see the table of the results.",
                ),
                Panel(
                    title="Re-audits that start late",
                    unit="percentunit",
                    width=6,
                    high=1,
                    steps=((0.01, "red"),),
                    link=Link.REAUDIT,
                    queries={
                        "last hour": "audit:request_start:late_ratio1h >= 0 or vector(0)",
                        "last 3 days": "audit:request_start:late_ratio3d >= 0 or vector(0)",
                    },
                    about="Share of the re-audits that started more than 60 s after they were asked for. The objective"
                    " is 99 % within 60 s: one in a hundred may be late.",
                ),
            ),
        ),
    ),
)
