"""A campaign can be paused. Those that exist are running."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add the state."""
    op.add_column("campaign", sa.Column("state", sa.String(16), nullable=False, server_default="running"))
