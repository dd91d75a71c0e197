"""Which requests an audit answers is looked up at each release on demand."""

from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Find the requests of an audit without reading all requests."""
    op.create_index("request_audit_audit", "request_audit", ["campaign", "code", "sequence"])
