"""The fetcher's use case: one FetchSite command, one capture in the artefact store."""

from services.fetcher.handlers.admission import AdmittedHandler
from services.fetcher.handlers.fetch_site import FetchSiteHandler

__all__ = ["AdmittedHandler", "FetchSiteHandler"]
