"""The rules that judged a campaign, as the analyzers stored them."""

from collections.abc import Mapping

from pydantic import ValidationError

from services.aggregator.domain.outcomes import Outcome
from services.contracts.artefacts import rule_set_key
from services.contracts.errors import ArtefactCorrupt
from services.contracts.verdicts import RuleSet, release_of
from services.runtime.artefacts import ArtefactStore

_NO_RULES = RuleSet(version="r0-none", indicators=())


def stored_rules(store: ArtefactStore, results: Mapping[str, Outcome]) -> RuleSet:
    """Return the newest rule set that judged an outcome. Raises ArtefactMissing, ArtefactCorrupt."""
    versions = {outcome.verdict_set.rule_set for outcome in results.values() if outcome.verdict_set}
    if not versions:
        return _NO_RULES
    key = rule_set_key(max(versions, key=lambda version: (release_of(version), version)))
    try:
        return RuleSet.model_validate_json(store.get_document(key))
    except ValidationError as error:
        raise ArtefactCorrupt(f"{key}: not a rule set: {error.errors()[0]['msg']}") from error
