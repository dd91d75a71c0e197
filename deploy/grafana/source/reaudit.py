"""The dashboard of one request for a re-audit, from its message to its verdicts and log lines."""

from deploy.grafana.source.panels import Board, Link, Look, Panel, Row, Variable, between

_REQUEST = "${request:sqlstring}"
_ITS_AUDITS = (
    "FROM request_audit JOIN audit ON audit.campaign = request_audit.campaign AND audit.code = request_audit.code"
    " AND audit.sequence = request_audit.sequence"
)

REAUDIT = Board(
    uid="audit-reaudit",
    title="One re-audit",
    question="What became of one request for a re-audit, from its message to its verdicts and its log lines?",
    variables=(
        Variable(name="request", label="Request", about="The id of the request, as its publisher gave it.", text=""),
        Variable(
            name="logs", label="Logs", about="Address of the log search; the id is put at its end.", text="/explore?q="
        ),
    ),
    rows=(
        Row(
            5,
            (
                Panel(
                    title="The request",
                    unit="short",
                    look=Look.TABLE,
                    width=14,
                    steps=((0, "text"),),
                    sql=True,
                    link=Link.GUIDE,
                    queries={
                        "request": "SELECT id, received_at, reason, requested_by FROM request"
                        f" WHERE id = {_REQUEST}"
                        " UNION ALL SELECT id, received_at, 'refused: ' || rejection || ': ' || detail, ''"
                        f" FROM request_refused WHERE id = {_REQUEST}"
                    },
                    about="As it came in, or why it was refused. Nothing here: the scheduler has not seen it; see the"
                    " queue audit.requests on the broker's dashboard. `commune-audit request show ID` says the same.",
                ),
                Panel(
                    title="Its log lines",
                    unit="short",
                    look=Look.TABLE,
                    width=10,
                    steps=((0, "text"),),
                    sql=True,
                    link=Link.GUIDE,
                    queries={"logs": f"SELECT ${{logs:sqlstring}} || {_REQUEST} AS address, {_REQUEST} AS search_for"},
                    about="Every line that a service writes while it works on the request's audits holds the id: open"
                    " the address, or search for the id in the logs of the four services.",
                ),
            ),
        ),
        Row(
            8,
            (
                Panel(
                    title="Its audits",
                    unit="short",
                    look=Look.TABLE,
                    width=24,
                    steps=((0, "text"),),
                    sql=True,
                    link=Link.OVERVIEW,
                    queries={
                        "audits": "SELECT request_audit.target, audit.campaign, audit.code, audit.sequence,"
                        " audit.state, audit.reason, audit.attempts, request.received_at, audit.released_at,"
                        f" audit.moved_at, audit.closed_at {_ITS_AUDITS}"
                        " JOIN request ON request.id = request_audit.request"
                        f" WHERE request_audit.request = {_REQUEST} ORDER BY request_audit.position LIMIT 200"
                    },
                    about="One line an authority asked for, with the audit that answers it: planned, released (in"
                    " hand), then measured, unmeasured with a reason, or excluded.",
                ),
            ),
        ),
        Row(
            11,
            (
                Panel(
                    title="Its verdicts",
                    unit="short",
                    look=Look.TABLE,
                    width=14,
                    steps=((0, "text"),),
                    sql=True,
                    link=Link.RESULTS,
                    queries={
                        "verdicts": "SELECT verdict.code, verdict.indicator, verdict.state, verdict.value_number,"
                        " verdict.value_text, verdict.confidence, verdict.reasons, verdict_set.sequence,"
                        f" verdict_set.captured_at {_ITS_AUDITS} JOIN verdict_set ON verdict_set.campaign ="
                        " audit.campaign AND verdict_set.code = audit.code AND verdict_set.sequence >= audit.sequence"
                        " JOIN verdict ON verdict.campaign = verdict_set.campaign AND verdict.code = verdict_set.code"
                        f" WHERE request_audit.request = {_REQUEST}"
                        " ORDER BY request_audit.position, verdict.indicator LIMIT 500"
                    },
                    about="The verdicts of the audit, or of a later one that took its place."
                    " `commune-audit show CODE` gives each one's evidence.",
                ),
                Panel(
                    title="How soon re-audits start",
                    unit="s",
                    width=10,
                    steps=between(30, 60),
                    link=Link.RUNBOOK,
                    queries={
                        "half": "histogram_quantile(0.5, sum by (le)"
                        " (rate(audit_request_start_seconds_bucket[$__rate_interval])))",
                        "99 %": "histogram_quantile(0.99, sum by (le)"
                        " (rate(audit_request_start_seconds_bucket[$__rate_interval])))",
                    },
                ),
            ),
        ),
    ),
)
