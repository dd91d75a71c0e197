"""The fetcher's use case: one FetchSite command, one capture in the artefact store."""

from services.fetcher.handlers.fetch_site import FetchSiteHandler

__all__ = ["FetchSiteHandler"]
