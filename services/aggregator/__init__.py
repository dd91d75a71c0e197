"""Keeps the verdicts, derives the statistics, publishes the study and the open data."""
