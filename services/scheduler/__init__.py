"""The scheduler. Emits FetchSite, consumes AuditClosed, owns the frame and the ledger."""
