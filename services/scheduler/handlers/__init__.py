"""The scheduler's use cases."""

from services.scheduler.handlers.dispatch import CloseAudit, Dispatcher
from services.scheduler.handlers.repeat import RepeatCampaigns
from services.scheduler.handlers.requests import Accepted, AcceptRequest, Refused

__all__ = ["AcceptRequest", "Accepted", "CloseAudit", "Dispatcher", "Refused", "RepeatCampaigns"]
