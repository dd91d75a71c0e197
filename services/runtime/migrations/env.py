"""Run by Alembic around each use of the versions, on the connection and in the transaction of ``schema.py``."""

import logging

from alembic import context

from services.runtime.tables import METADATA

# What was migrated is said by the caller; Alembic's running commentary would be in every log.
logging.getLogger("alembic").setLevel(logging.WARNING)

context.configure(connection=context.config.attributes["connection"], target_metadata=METADATA)
with context.begin_transaction():
    context.run_migrations()
