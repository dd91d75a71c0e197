"""Pure rules of the aggregator: scopes, tallies, estimators, statistics, headlines."""
