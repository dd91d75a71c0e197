"""The outside things of the aggregator: one file each."""
