"""The ledger and the verdicts, as the first embedded pipeline made them."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create the four tables."""
    op.create_table(
        "campaign",
        sa.Column("name", sa.String(63), primary_key=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("frame", sa.Text, nullable=False, comment="where the authorities came from, with its date"),
        sa.Column("seed", sa.Integer, nullable=False),
        sa.Column("parameters", sa.Text, nullable=False, comment="JSON of the options the campaign was created with"),
    )
    op.create_table(
        "audit",
        sa.Column("campaign", sa.String(63), sa.ForeignKey("campaign.name"), primary_key=True),
        sa.Column("code", sa.String(9), primary_key=True),
        sa.Column("sequence", sa.Integer, primary_key=True),
        sa.Column("authority", sa.Text, nullable=False, comment="JSON of the authority as the frame knew it"),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("reason", sa.String(32), comment="why unmeasured or excluded"),
        sa.Column("priority", sa.Integer, nullable=False),
        sa.Column("position", sa.Integer, nullable=False, comment="place in the population-stratified random order"),
        sa.Column("host_group", sa.String(255), comment="sites of one group are never fetched at the same time"),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True)),
        sa.Column("released_at", sa.DateTime(timezone=True)),
        sa.Column("moved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True)),
    )
    op.create_index("audit_by_state", "audit", ["campaign", "state", "priority", "position"])
    op.create_table(
        "verdict_set",
        sa.Column("campaign", sa.String(63), primary_key=True),
        sa.Column("code", sa.String(9), primary_key=True),
        sa.Column("sequence", sa.Integer, nullable=False),
        sa.Column("rule_set", sa.String(32), nullable=False),
        sa.Column("captured_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("analyzed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("unmeasured", sa.String(32)),
        sa.Column("manifest_key", sa.Text, nullable=False),
        sa.Column("verdicts_key", sa.Text, nullable=False),
    )
    op.create_table(
        "verdict",
        sa.Column("campaign", sa.String(63), primary_key=True),
        sa.Column("code", sa.String(9), primary_key=True),
        sa.Column("indicator", sa.String(64), primary_key=True),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("value_number", sa.Float),
        sa.Column("value_text", sa.Text),
        sa.Column("confidence", sa.Float, nullable=False),
        sa.Column("reasons", sa.Text, nullable=False, comment="space-separated identifiers"),
        sa.Column("rule", sa.String(80), nullable=False),
        sa.ForeignKeyConstraint(["campaign", "code"], ["verdict_set.campaign", "verdict_set.code"]),
    )
    op.create_index("verdict_by_indicator", "verdict", ["campaign", "indicator", "state"])
