"""Hosts can be opted out or stopped, and a host group rests between two audits."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Add the rules, and the index that finds what was closed a moment ago."""
    op.create_table(
        "host_rule",
        sa.Column("kind", sa.String(16), primary_key=True),
        sa.Column("host", sa.String(255), primary_key=True),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("audit_closed_at", "audit", ["closed_at"])
