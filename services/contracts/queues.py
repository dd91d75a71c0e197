"""Queue and actor names: the only place where a routing string is written."""

from typing import Final

FETCH: Final = "audit.fetch.v1"
ANALYZE: Final = "audit.analyze.v1"
AGGREGATE: Final = "audit.aggregate.v1"
LEDGER: Final = "audit.ledger.v1"

FETCH_SITE: Final = "fetch_site"
ANALYZE_SITE: Final = "analyze_site"
RECORD_VERDICTS: Final = "record_verdicts"
CLOSE_AUDIT: Final = "close_audit"
