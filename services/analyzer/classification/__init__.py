"""What stands at the declared address of an authority, shared by the indicators of family 1. Pure."""

from services.analyzer.classification.decide import classify
from services.analyzer.classification.model import Classification, SiteStatus

__all__ = ["Classification", "SiteStatus", "classify"]
