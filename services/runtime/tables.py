"""The tables of the one database. The scheduler writes the ledger, the aggregator the verdicts."""

from sqlalchemy import (
    Boolean,
    Column,
    DateTime,
    Float,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    desc,
    text,
)

METADATA = MetaData()

_WAITING = text("state = 'planned'")
_IN_FLIGHT = text("state = 'released'")
_OPEN = text("state IN ('planned', 'released')")

CAMPAIGN = Table(
    "campaign",
    METADATA,
    Column("name", String(63), primary_key=True),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("frame", Text, nullable=False, comment="where the authorities came from, with its date"),
    Column("seed", Integer, nullable=False),
    Column("parameters", Text, nullable=False, comment="JSON of the options the campaign was created with"),
    Column("state", String(16), nullable=False, server_default="running"),
    Column("priority", Integer, nullable=False, server_default="0", comment="the highest is released first"),
    Column("page_plan", String(32), comment="version of the page plan when the campaign was planned"),
    Column("rule_set", String(32), comment="version of the rule set when the campaign was planned"),
    Column("cron", String(100), comment="when the campaign is planned again, in French time; null: never"),
    Column("repeat_at", DateTime(timezone=True), comment="the next such time"),
)

AUDIT = Table(
    "audit",
    METADATA,
    Column("campaign", String(63), primary_key=True),
    Column("code", String(9), primary_key=True),
    Column("sequence", Integer, primary_key=True),
    Column("authority", Text, nullable=False, comment="JSON of the authority as the frame knew it"),
    Column("state", String(16), nullable=False),
    Column("reason", String(32), comment="why unmeasured or excluded"),
    Column("priority", Integer, nullable=False, default=0),
    Column("position", Integer, nullable=False, comment="place in the population-stratified random order"),
    Column("host_group", String(255), comment="sites of one group are never fetched at the same time"),
    Column("attempts", Integer, nullable=False, default=0),
    Column("due_at", DateTime(timezone=True)),
    Column("released_at", DateTime(timezone=True)),
    Column("moved_at", DateTime(timezone=True), nullable=False),
    Column("closed_at", DateTime(timezone=True)),
    Column("works", Boolean, comment="whether the site works; null when that is not known"),
    Column("confirmation", Integer, comment="which further try after a working site failed, from 1; null: none"),
    Column("address_group", String(45), comment="as host_group, learned: the address of the site's server"),
    ForeignKeyConstraint(["campaign"], ["campaign.name"]),
    Index("audit_by_state", "campaign", "state", "priority", "position"),
    Index(
        "audit_waiting",
        "campaign",
        desc("priority"),
        "position",
        postgresql_where=_WAITING,
        sqlite_where=_WAITING,
    ),
    # What the ledger promises, and what no race between schedulers may break.
    Index("audit_in_flight", "host_group", unique=True, postgresql_where=_IN_FLIGHT, sqlite_where=_IN_FLIGHT),
    Index(
        "audit_address_in_flight",
        "address_group",
        unique=True,
        postgresql_where=_IN_FLIGHT,
        sqlite_where=_IN_FLIGHT,
    ),
    Index("audit_open", "campaign", "code", unique=True, postgresql_where=_OPEN, sqlite_where=_OPEN),
    Index("audit_closed_at", "closed_at"),
)

HOST_RULE = Table(
    "host_rule",
    METADATA,
    Column("kind", String(16), primary_key=True),
    Column("host", String(255), primary_key=True),
    Column("reason", Text, nullable=False),
    Column("added_at", DateTime(timezone=True), nullable=False),
)

HOST_ADDRESS = Table(
    "host_address",
    METADATA,
    Column("host", String(255), primary_key=True, comment="host of a declared URL"),
    Column("address", String(45), nullable=False, comment="public address that its site was last served from"),
    Column("seen_at", DateTime(timezone=True), nullable=False),
)

REQUEST = Table(
    "request",
    METADATA,
    Column("id", String(64), primary_key=True),
    Column("digest", String(64), nullable=False, comment="SHA-256 of its message"),
    Column("received_at", DateTime(timezone=True), nullable=False),
    Column("reason", Text, nullable=False),
    Column("requested_by", Text, nullable=False),
    Index("request_received_at", "received_at"),
)

REQUEST_AUDIT = Table(
    "request_audit",
    METADATA,
    Column("request", String(64), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("target", Text, nullable=False, comment="what was asked for: a code or a URL"),
    Column("campaign", String(63), nullable=False),
    Column("code", String(9), nullable=False),
    Column("sequence", Integer, nullable=False),
    ForeignKeyConstraint(["request"], ["request.id"]),
    ForeignKeyConstraint(["campaign", "code", "sequence"], ["audit.campaign", "audit.code", "audit.sequence"]),
    Index("request_audit_audit", "campaign", "code", "sequence"),
)

# Apart from the requests: a refused one does not use up its id.
REQUEST_REFUSED = Table(
    "request_refused",
    METADATA,
    Column("id", String(64), primary_key=True),
    Column("digest", String(64), primary_key=True),
    Column("received_at", DateTime(timezone=True), nullable=False),
    Column("rejection", String(32), nullable=False),
    Column("detail", Text, nullable=False),
    Column("size", Integer, nullable=False, comment="bytes"),
    Column("excerpt", Text, nullable=False, comment="how it begins, what cannot be printed escaped"),
    Index("request_refused_at", "received_at"),
)

VERDICT_SET = Table(
    "verdict_set",
    METADATA,
    Column("campaign", String(63), primary_key=True),
    Column("code", String(9), primary_key=True),
    Column("sequence", Integer, nullable=False),
    Column("rule_set", String(32), nullable=False),
    Column("captured_at", DateTime(timezone=True), nullable=False),
    Column("analyzed_at", DateTime(timezone=True), nullable=False),
    Column("unmeasured", String(32)),
    Column("manifest_key", Text, nullable=False),
    Column("verdicts_key", Text, nullable=False),
)

VERDICT = Table(
    "verdict",
    METADATA,
    Column("campaign", String(63), primary_key=True),
    Column("code", String(9), primary_key=True),
    Column("indicator", String(64), primary_key=True),
    Column("state", String(16), nullable=False),
    Column("value_number", Float),
    Column("value_text", Text),
    Column("confidence", Float, nullable=False),
    Column("reasons", Text, nullable=False, comment="space-separated identifiers"),
    Column("rule", String(80), nullable=False),
    ForeignKeyConstraint(["campaign", "code"], ["verdict_set.campaign", "verdict_set.code"]),
    Index("verdict_by_indicator", "campaign", "indicator", "state"),
)
