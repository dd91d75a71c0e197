"""Measures visits: how they end, what they cost, and how long each of their stages takes."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from services.contracts.capture import Manifest, SiteCost
from services.fetcher.domain.silence import silence
from services.fetcher.metrics import (
    SITE_BYTES,
    SITE_FAILURES,
    SITE_REQUESTS,
    SITE_SECONDS,
    SITES,
    STAGE_SECONDS,
    SiteOutcome,
    Stage,
)
from services.runtime.tracing import span


class VisitMeasures:
    """The measures of one visit, counted when it ends. Not for several threads."""

    def __init__(self) -> None:
        self._started = time.monotonic()
        self._stages: dict[Stage, float] = {}

    @contextmanager
    def stage(self, stage: Stage) -> Iterator[None]:
        """Time and trace a stage, or one more part of it."""
        started = time.monotonic()
        try:
            with span(stage):
                yield
        finally:
            self._stages[stage] = self._stages.get(stage, 0.0) + time.monotonic() - started

    def cost(self, before: SiteCost, after: SiteCost) -> None:
        """Count what the visit cost beyond what an interrupted one before it had."""
        SITE_REQUESTS.add(after.requests - before.requests)
        SITE_BYTES.add(after.bytes_received - before.bytes_received)

    def ended(self, manifest: Manifest) -> None:
        """Count a visit that ended with a capture. An authority without a site to visit is no visit."""
        if manifest.failure is None and not manifest.visits:
            return
        kind = silence(manifest)
        if kind is not None:
            SITE_FAILURES.add(kind=kind)
        self._count(SiteOutcome.CAPTURED if manifest.failure is None else SiteOutcome.SILENT)

    def failed(self) -> None:
        """Count a visit that ended without a capture."""
        self._count(SiteOutcome.FAILED)

    def _count(self, outcome: SiteOutcome) -> None:
        SITES.add(outcome=outcome)
        SITE_SECONDS.observe(time.monotonic() - self._started, outcome=outcome)
        for stage, seconds in self._stages.items():
            STAGE_SECONDS.observe(seconds, stage=stage)
