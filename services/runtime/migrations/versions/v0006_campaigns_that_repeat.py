"""Campaigns have a priority and can be repeated; failures are confirmed; sites of one address go one at a time."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

_IN_FLIGHT = sa.text("state = 'released'")


def upgrade() -> None:
    """Add the columns, and what the verdicts already tell of the sites that work."""
    campaign: tuple[sa.Column[Any], ...] = (
        sa.Column("priority", sa.Integer, nullable=False, server_default="0", comment="the highest is released first"),
        sa.Column("page_plan", sa.String(32), comment="version of the page plan when the campaign was planned"),
        sa.Column("rule_set", sa.String(32), comment="version of the rule set when the campaign was planned"),
        sa.Column("cron", sa.String(100), comment="when the campaign is planned again, in French time; null: never"),
        sa.Column("repeat_at", sa.DateTime(timezone=True), comment="the next such time"),
    )
    audit: tuple[sa.Column[Any], ...] = (
        sa.Column("works", sa.Boolean, comment="whether the site works; null when that is not known"),
        sa.Column(
            "confirmation", sa.Integer, comment="which further try after a working site failed, from 1; null: none"
        ),
        sa.Column("address_group", sa.String(45), comment="as host_group, learned: the address of the site's server"),
    )
    for table, columns in (("campaign", campaign), ("audit", audit)):
        for column in columns:
            op.add_column(table, column)
    op.create_index(
        "audit_address_in_flight",
        "audit",
        ["address_group"],
        unique=True,
        postgresql_where=_IN_FLIGHT,
        sqlite_where=_IN_FLIGHT,
    )
    op.create_table(
        "host_address",
        sa.Column("host", sa.String(255), primary_key=True, comment="host of a declared URL"),
        sa.Column(
            "address", sa.String(45), nullable=False, comment="public address that its site was last served from"
        ),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.execute(
        "UPDATE audit SET works = (SELECT CASE WHEN verdict.state = 'no' THEN FALSE ELSE TRUE END FROM verdict"
        " JOIN verdict_set ON verdict_set.campaign = verdict.campaign AND verdict_set.code = verdict.code"
        " WHERE verdict.campaign = audit.campaign AND verdict.code = audit.code"
        " AND verdict_set.sequence = audit.sequence AND verdict.indicator = 'has_functional_site'"
        " AND verdict.state IN ('yes', 'partial', 'no')) WHERE state = 'measured'"
    )
