"""The analyzer's use case: a stored capture becomes a stored set of verdicts."""

import hashlib

from pydantic import ValidationError

from services.analyzer.judging import judge
from services.analyzer.loading import load_site
from services.analyzer.metrics import RULE_SET
from services.analyzer.rules import current_rule_set, unmeasured_reason
from services.contracts.artefacts import rule_set_key, verdicts_key
from services.contracts.capture import Manifest
from services.contracts.errors import ArtefactCorrupt
from services.contracts.messages import SiteAnalyzed, SiteCaptured
from services.contracts.verdicts import VerdictSet, release_of
from services.runtime.artefacts import ArtefactStore
from services.runtime.clock import Clock


class AnalyzeSite:
    """Judges one capture under the current rule set.

    Idempotent: when the verdicts of this capture under this rule set are stored, only the answer is given again.
    Raises ArtefactMissing or ArtefactCorrupt when the manifest itself cannot be read.
    """

    def __init__(self, store: ArtefactStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        RULE_SET.set(release_of(current_rule_set().version))

    def __call__(self, message: SiteCaptured) -> SiteAnalyzed:
        """Analyse the capture and return where its verdicts are."""
        rule_set = current_rule_set().version
        key = verdicts_key(message.audit, rule_set)
        if not self._store.exists(key):
            self._publish_rule_set()
            document = self._judge(message, rule_set)
            self._store.put_document(key, document.model_dump_json().encode())
        return SiteAnalyzed(audit=message.audit, verdicts_key=key, rule_set=rule_set)

    def _judge(self, message: SiteCaptured, rule_set: str) -> VerdictSet:
        data = self._store.get_document(message.manifest_key)
        try:
            manifest = Manifest.model_validate_json(data)
        except ValidationError as error:
            raise ArtefactCorrupt(f"{message.manifest_key}: not a manifest: {error.errors()[0]['msg']}") from error
        site = load_site(manifest, self._store, manifest_sha256=hashlib.sha256(data).hexdigest())
        return VerdictSet(
            audit_id=str(message.audit),
            campaign=message.audit.campaign,
            sequence=message.audit.sequence,
            authority=manifest.authority,
            rule_set=rule_set,
            manifest_key=message.manifest_key,
            captured_at=manifest.finished_at,
            analyzed_at=self._clock.now(),
            unmeasured=unmeasured_reason(site),
            address=manifest.address,
            verdicts=judge(site),
        )

    def _publish_rule_set(self) -> None:
        rule_set = current_rule_set()
        key = rule_set_key(rule_set.version)
        if not self._store.exists(key):
            self._store.put_document(key, rule_set.model_dump_json().encode())
