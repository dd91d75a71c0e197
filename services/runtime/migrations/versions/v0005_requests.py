"""Requests for re-audits are kept: what they became, and why one was refused."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Add the requests, the audits they follow, and the refused ones."""
    op.create_table(
        "request",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column(
            "digest",
            sa.String(64),
            nullable=False,
            comment="SHA-256 of its message",
        ),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("requested_by", sa.Text, nullable=False),
    )
    op.create_index("request_received_at", "request", ["received_at"])
    op.create_table(
        "request_audit",
        sa.Column("request", sa.String(64), sa.ForeignKey("request.id"), primary_key=True),
        sa.Column("position", sa.Integer, primary_key=True),
        sa.Column("target", sa.Text, nullable=False, comment="what was asked for: a code or a URL"),
        sa.Column("campaign", sa.String(63), nullable=False),
        sa.Column("code", sa.String(9), nullable=False),
        sa.Column("sequence", sa.Integer, nullable=False),
        sa.ForeignKeyConstraint(["campaign", "code", "sequence"], ["audit.campaign", "audit.code", "audit.sequence"]),
    )
    op.create_table(
        "request_refused",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("digest", sa.String(64), primary_key=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("rejection", sa.String(32), nullable=False),
        sa.Column("detail", sa.Text, nullable=False),
        sa.Column("size", sa.Integer, nullable=False, comment="bytes"),
        sa.Column("excerpt", sa.Text, nullable=False, comment="how it begins, what cannot be printed escaped"),
    )
    op.create_index("request_refused_at", "request_refused", ["received_at"])
