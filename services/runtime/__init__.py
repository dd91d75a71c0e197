"""The kit every process starts from: settings, broker, artefact store, database, logs, clock."""
