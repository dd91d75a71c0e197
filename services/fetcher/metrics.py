"""What a fetcher measures: sites and their stages, pages, politeness, egress, its browser."""

from enum import StrEnum
from typing import Final

from services.contracts.failures import FailureKind
from services.fetcher.domain.browser_wear import Start
from services.runtime.message_metrics import Result
from services.runtime.metrics import MetricTable


class Stage(StrEnum):
    """The parts of a visit, as they are timed and traced."""

    PROBE = "probe"
    RENDER = "render"
    PAGES = "pages"
    STORE = "store"


class Mode(StrEnum):
    """How a page was read."""

    HTTP = "http"
    MOBILE = "mobile"
    DESKTOP = "desktop"


class SiteOutcome(StrEnum):
    """How a visit ended. ``silent``: nothing that could be read answered, for a reason the capture keeps."""

    CAPTURED = "captured"
    SILENT = "silent"
    FAILED = "failed"


class Refusal(StrEnum):
    """Why the egress opened no connection."""

    ADDRESS = "address"
    SCHEME = "scheme"
    PORT = "port"
    OPTED_OUT = "opted_out"
    LIMIT = "limit"


class Pause(StrEnum):
    """Why the fetcher waited before a request."""

    INTERVAL = "interval"
    CRAWL_DELAY = "crawl_delay"
    BACK_OFF = "back_off"


FETCHER: Final = MetricTable("Fetcher")

SITES = FETCHER.counter(
    "audit_sites_total",
    "Visits of sites that ended, by how.",
    action="Many silent at once: suspect our own network, see audit_site_failures_total.",
    outcome=SiteOutcome,
)
SITE_SECONDS = FETCHER.histogram(
    "audit_site_duration_seconds",
    "Time that a whole visit took, politeness included.",
    action="Slower: see the stages and audit_politeness_wait_seconds_total.",
    unit="seconds",
    buckets=(1, 2, 5, 10, 20, 30, 45, 60, 90, 120, 180, 240, 300),
    outcome=SiteOutcome,
)
STAGE_SECONDS = FETCHER.histogram(
    "audit_site_stage_seconds",
    "Time that each stage of a visit took; what was seen is stored (store) within the others.",
    action="Names the stage that slows visits down.",
    unit="seconds",
    buckets=(0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 40, 80, 160),
    stage=Stage,
)
SITE_FAILURES = FETCHER.counter(
    "audit_site_failures_total",
    "Home pages that could not be read, by kind of failure.",
    action="docs/failures.md says what each kind means and how it is treated.",
    kind=FailureKind,
)
PAGES = FETCHER.counter(
    "audit_pages_total",
    "Pages asked for, by how and whether they could be read.",
    action="Failures of mobile and desktop pages with none of http pages: see the browser.",
    mode=Mode,
    result=Result,
)
SITE_REQUESTS = FETCHER.counter(
    "audit_site_requests_total",
    "Requests that sites had to answer, those of pages included.",
    action="Compare a site: `commune-audit show` has each one's.",
)
SITE_BYTES = FETCHER.counter(
    "audit_site_bytes_total",
    "Bytes received from sites, off the wire.",
    action="The bandwidth of a campaign.",
    unit="bytes",
)
WAITED = FETCHER.counter(
    "audit_politeness_wait_seconds_total",
    "Time waited before requests, out of politeness.",
    action="back_off rising: hosts are suffering or refuse us; see audit_host_group_audits.",
    unit="seconds",
    why=Pause,
)
ADMISSION_WAIT = FETCHER.histogram(
    "audit_admission_wait_seconds",
    "Time that a visit waited for the machine to have room.",
    action="Seconds and more: AUDIT_WORKER_THREADS is above what this machine carries.",
    unit="seconds",
    buckets=(0.01, 0.1, 0.5, 1, 2, 5, 10, 20, 40, 80),
)
VISITS = FETCHER.gauge(
    "audit_visits_in_progress",
    "Visits that passed the admission and have not ended.",
    action="Under audit_worker_slots with a queue that grows: the machine is under pressure.",
)
EGRESS_REFUSALS = FETCHER.counter(
    "audit_egress_refusals_total",
    "Connections that the egress refused to open, by reason.",
    action="address rising: pages probe private networks through us; nothing was sent. Find the site in the log.",
    reason=Refusal,
)
EGRESS_OPEN = FETCHER.gauge(
    "audit_egress_connections",
    "Connections through the egress proxy that are open now.",
    action="Growing without end: a leak.",
)
BROWSER_STARTS = FETCHER.counter(
    "audit_browser_starts_total",
    "Browsers started, by why.",
    action="died above three an hour: a page kills it, or memory is short.",
    why=Start,
)
PAGE_CRASHES = FETCHER.counter(
    "audit_browser_page_crashes_total",
    "Pages whose renderer died or was ended for its memory.",
    action="A few are the pages' own; many mean that AUDIT_BROWSER_PAGE_MEMORY or the machine is too small.",
)
BROWSER_MEMORY = FETCHER.gauge(
    "audit_browser_memory_bytes",
    "Memory of the browser's processes together, shared pages counted once.",
    action="Above AUDIT_BROWSER_RECYCLE_MEGABYTES for long: a visit does not end.",
    unit="bytes",
)
BROWSER_PROCESSES = FETCHER.gauge(
    "audit_browser_processes",
    "Processes of the browsers of this fetcher.",
    action="Growing without end: orphans.",
)
BROWSER_AGE = FETCHER.gauge(
    "audit_browser_started_timestamp_seconds",
    "When the browser in use was started; 0 when none is.",
    action="Older than AUDIT_BROWSER_RECYCLE_SECONDS by the length of a visit: recycling does not work.",
    unit="timestamp_seconds",
)
START_DELAY = FETCHER.histogram(
    "audit_request_start_seconds",
    "Time from a request for a re-audit to the first start of its visit: the objective is 99 % within 60 s.",
    action="Late: see audit_outbox_audits, then the slots of the fetchers, then the host groups.",
    unit="seconds",
    buckets=(1, 2, 5, 10, 20, 30, 60, 120, 300, 900, 3600),
)
