"""The database itself refuses two sites of one host group out together, and two open audits of one authority.

Also the order of release, kept ready.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_WAITING = sa.text("state = 'planned'")
_IN_FLIGHT = sa.text("state = 'released'")
_OPEN = sa.text("state IN ('planned', 'released')")


def upgrade() -> None:
    """Give back what breaks the rules, then enforce them."""
    op.execute(
        "UPDATE audit SET state = 'planned', released_at = NULL WHERE state = 'released' AND EXISTS ("
        "SELECT 1 FROM audit AS other WHERE other.state = 'released' AND other.host_group = audit.host_group"
        " AND (other.campaign, other.code, other.sequence) < (audit.campaign, audit.code, audit.sequence))"
    )
    op.create_index(
        "audit_waiting",
        "audit",
        ["campaign", sa.text("priority DESC"), "position"],
        postgresql_where=_WAITING,
        sqlite_where=_WAITING,
    )
    op.create_index(
        "audit_in_flight", "audit", ["host_group"], unique=True, postgresql_where=_IN_FLIGHT, sqlite_where=_IN_FLIGHT
    )
    op.create_index(
        "audit_open", "audit", ["campaign", "code"], unique=True, postgresql_where=_OPEN, sqlite_where=_OPEN
    )
