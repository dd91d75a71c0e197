"""The dashboard of the figures: by stratum, against 2018, and whether they can be believed."""

from deploy.grafana.source.panels import Board, Link, Look, Panel, Row, Variable, between
from deploy.grafana.source.study import NAMES, headlines

_CHOSEN = 'headline=~"$headline"'
_LOWER, _UPPER = 'bound="lower"', 'bound="upper"'
_BOUND = "audit_national_share_bound_ratio"
_STRATA = 'scope=~"stratum:.+|epci:.+"'
_SHADES = ((0.0, "red"), (0.4, "orange"), (0.6, "yellow"), (0.8, "green"))

RESULTS = Board(
    uid="audit-results",
    title="Results",
    question="How is France doing, by stratum and against 2018, and can the figures be believed?",
    variables=(Variable(name="headline", label="Headline", about="", values_of="audit_baseline_share_ratio"),),
    hours=24 * 30,
    rows=(
        Row(
            8,
            (
                Panel(
                    title="Share by stratum",
                    unit="percentunit",
                    look=Look.BARS,
                    width=8,
                    high=1,
                    steps=_SHADES,
                    link=Link.OVERVIEW,
                    queries={
                        "{{headline}} {{scope}}": "max by (headline, scope)"
                        f" (audit_national_share_ratio{{{_CHOSEN},{_STRATA}}}) >= 0"
                    },
                ),
                Panel(
                    title="The country, against 2018",
                    unit="percentunit",
                    width=8,
                    high=1,
                    link=Link.OVERVIEW,
                    queries={
                        "{{headline}} now": f"({headlines('audit_national_share_ratio', _CHOSEN)}) >= 0",
                        "{{headline}} lower": f"({headlines(_BOUND, _CHOSEN, _LOWER)}) >= 0",
                        "{{headline}} upper": f"({headlines(_BOUND, _CHOSEN, _UPPER)}) >= 0",
                        "{{headline}} 2018": f"max by (headline) (audit_baseline_share_ratio{{{_CHOSEN}}})",
                    },
                    about="Share of the measured authorities with its 95 % interval, and what the study of 2018"
                    " published, in the same population. A jump without a new rule set: look at the undetermined share"
                    " before believing it.",
                ),
                Panel(
                    title="Undetermined by stratum",
                    unit="percentunit",
                    look=Look.BARS,
                    width=8,
                    high=1,
                    steps=between(0.03, 0.05),
                    link=Link.RUNBOOK,
                    queries={
                        "{{headline}} {{scope}}": "max by (headline, scope)"
                        f" (audit_national_undetermined_ratio{{{_CHOSEN},{_STRATA}}}) >= 0"
                    },
                ),
            ),
        ),
        Row(
            8,
            (
                Panel(
                    title="Figures",
                    unit="percentunit",
                    look=Look.TABLE,
                    width=10,
                    steps=((0, "text"),),
                    names=NAMES,
                    link=Link.METRICS,
                    queries={
                        "share": f"max by (headline, scope) (audit_national_share_ratio{{{_CHOSEN}}}) >= 0",
                        "lower": "max by (headline, scope)"
                        f" (audit_national_share_bound_ratio{{{_CHOSEN},{_LOWER}}}) >= 0",
                        "upper": "max by (headline, scope)"
                        f" (audit_national_share_bound_ratio{{{_CHOSEN},{_UPPER}}}) >= 0",
                    },
                    about="The share of each headline in each scope that has measured authorities, with the ends of"
                    " its 95 % interval.",
                ),
                Panel(
                    title="Measured",
                    unit="short",
                    look=Look.BARS,
                    width=6,
                    link=Link.OVERVIEW,
                    queries={
                        "{{headline}} {{scope}}": "max by (headline, scope)"
                        f" (audit_national_measured_authorities{{{_CHOSEN},{_STRATA}}}) > 0"
                    },
                ),
                Panel(
                    title="Undetermined verdicts, last day",
                    unit="percentunit",
                    look=Look.BARS,
                    width=8,
                    high=1,
                    steps=between(0.05, 0.2),
                    link=Link.RUNBOOK,
                    queries={
                        "{{indicator}}": "topk(12, sum by (indicator)"
                        ' (increase(audit_verdicts_total{state="undetermined"}[1d]))'
                        " / sum by (indicator) (increase(audit_verdicts_total[1d])))"
                    },
                    about="Share of the verdicts of an indicator that are undetermined. Doubled against a week ago:"
                    " VerdictShift fires; a rule broke, or a common site builder changed.",
                ),
            ),
        ),
        Row(
            8,
            (
                Panel(
                    title="Départements",
                    unit="percentunit",
                    look=Look.TABLE,
                    width=6,
                    high=1,
                    steps=_SHADES,
                    link=Link.OVERVIEW,
                    queries={"functional site": "max by (departement) (audit_departement_share_ratio) >= 0"},
                ),
                Panel(
                    title="Measured by campaign",
                    unit="short",
                    look=Look.TABLE,
                    width=10,
                    steps=((0, "text"),),
                    sql=True,
                    link=Link.GUIDE,
                    queries={
                        "campaigns": "SELECT verdict_set.campaign, verdict_set.rule_set,"
                        " count(*) AS authorities, count(*) FILTER (WHERE unmeasured IS NULL) AS measured,"
                        " min(captured_at) AS first_seen, max(captured_at) AS last_seen"
                        " FROM verdict_set JOIN campaign ON campaign.name = verdict_set.campaign"
                        " GROUP BY verdict_set.campaign, verdict_set.rule_set, campaign.created_at"
                        " ORDER BY campaign.created_at DESC, verdict_set.rule_set LIMIT 20"
                    },
                    about="The campaigns in the database, with the rule sets their verdicts were given under. Two rule"
                    " sets in one campaign: analyze the older captures again before publishing.",
                ),
                Panel(
                    title="Age of the figures",
                    unit="s",
                    look=Look.NUMBER,
                    width=4,
                    steps=between(1800, 3600),
                    link=Link.RUNBOOK,
                    queries={"age": "time() - max(audit_statistics_timestamp_seconds > 0)"},
                    about="Time since the national figures were known to be those of the database. An hour fires"
                    " StatisticsStale.",
                ),
                Panel(
                    title="Rule set in use",
                    unit="short",
                    look=Look.NUMBER,
                    width=4,
                    link=Link.METRICS,
                    queries={"{{instance}}": "max by (instance) (audit_rule_set_release)"},
                ),
            ),
        ),
    ),
)
