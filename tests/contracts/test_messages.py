"""Messages, identities and keys."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.contracts.artefacts import MediaType, blob_key, manifest_key, reference, verdicts_key
from services.contracts.audits import AuditId, check_campaign_name
from services.contracts.authorities import Authority, Kind
from services.contracts.errors import AuditError, BadInput, UnsupportedSchema
from services.contracts.messages import AuditClosed, FetchSite, Message, Priority, SiteAnalyzed, SiteCaptured
from services.contracts.reasons import Reason
from services.contracts.strata import strata, stratum_of

GOLDEN = Path(__file__).parent / "golden"
AUDIT = AuditId(campaign="2026-11", code="33243")
EXAMPLES: dict[str, Message] = {
    "fetch_site": FetchSite(
        audit=AUDIT,
        authority=Authority(
            code="33243", kind=Kind.COMMUNE, name="Libourne", nature="COM", declared_url="https://www.libourne.fr"
        ),
    ),
    "fetch_site_asked_for": FetchSite(
        audit=AUDIT,
        authority=Authority(code="33243", kind=Kind.COMMUNE, name="Libourne", nature="COM"),
        priority=Priority.ON_DEMAND,
        requests=("gironde-17",),
        asked_at=datetime(2026, 11, 23, 12, 30, tzinfo=UTC),
    ),
    "site_captured": SiteCaptured(audit=AUDIT, manifest_key=manifest_key(AUDIT), bytes_stored=12),
    "site_analyzed": SiteAnalyzed(audit=AUDIT, verdicts_key=verdicts_key(AUDIT, "r1-0a"), rule_set="r1-0a"),
    "audit_closed_of_a_working_site": AuditClosed(audit=AUDIT, rule_set="r1-0a", works=True, address="51.91.236.193"),
    "audit_closed": AuditClosed(audit=AUDIT, unmeasured=Reason.BLOCKED, rule_set="r1-0a"),
}


@pytest.mark.parametrize("name", sorted(EXAMPLES))
def test_a_message_survives_the_journey(name: str) -> None:
    message = EXAMPLES[name]
    assert type(message).from_json(message.to_json()) == message


@pytest.mark.parametrize("name", sorted(EXAMPLES))
def test_golden_messages_of_version_1_decode_for_ever(name: str) -> None:
    text = (GOLDEN / f"{name}.1.json").read_text(encoding="utf-8")
    assert type(EXAMPLES[name]).from_json(text) == EXAMPLES[name]


def test_unknown_fields_are_ignored() -> None:
    text = EXAMPLES["audit_closed"].to_json().replace("{", '{"later": [1, 2], ', 1)
    assert AuditClosed.from_json(text) == EXAMPLES["audit_closed"]


def test_an_unknown_major_version_is_refused() -> None:
    text = EXAMPLES["audit_closed"].to_json().replace('"schema":1', '"schema":2')
    with pytest.raises(UnsupportedSchema, match="schema 2"):
        AuditClosed.from_json(text)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"audit": 3}', "\x00"])
def test_what_is_no_message_is_bad_input(text: str) -> None:
    with pytest.raises(BadInput):
        AuditClosed.from_json(text)


@given(st.integers(min_value=1, max_value=9999), st.from_regex(r"[a-z0-9][a-z0-9-]{0,62}", fullmatch=True))
def test_an_audit_id_reads_back(sequence: int, campaign: str) -> None:
    audit = AuditId(campaign=campaign, code="2A004", sequence=sequence)
    assert AuditId.parse(str(audit)) == audit


@pytest.mark.parametrize("text", ["a/b", "a/b/c", "A b/33243/1", "../33243/1", "a/33243/-1"])
def test_what_is_no_audit_id_is_bad_input(text: str) -> None:
    with pytest.raises(BadInput):
        AuditId.parse(text)


@pytest.mark.parametrize("name", ["", "Novembre", "a/b", "..", "a" * 64])
def test_a_campaign_name_must_fit_in_a_key(name: str) -> None:
    with pytest.raises(BadInput):
        check_campaign_name(name)


@given(st.binary(max_size=200))
def test_equal_bytes_have_equal_keys(data: bytes) -> None:
    assert reference(data, MediaType.HTML) == reference(data, MediaType.HTML)
    assert blob_key(reference(data, MediaType.HTML).sha256, MediaType.HTML).startswith("raw/")


@pytest.mark.parametrize("code", ["1234", "ABCDE", "2C004", "12345678", "33243 "])
def test_a_code_of_the_wrong_shape_is_refused(code: str) -> None:
    with pytest.raises(ValueError, match="INSEE"):
        Authority(code=code, kind=Kind.COMMUNE, name="X", nature="COM")


@pytest.mark.parametrize(
    ("population", "stratum"),
    [(0, "lt500"), (499, "lt500"), (500, "500-1999"), (1999, "500-1999"), (100_000, "ge100000"), (None, None)],
)
def test_a_commune_has_the_stratum_of_its_population(population: int | None, stratum: str | None) -> None:
    found = stratum_of(population)
    assert (found.id if found else None) == stratum


def test_the_strata_leave_no_gap() -> None:
    bounds = [(s.lower, s.upper) for s in strata()]
    assert len(bounds) == 9
    assert [upper for _, upper in bounds[:-1]] == [lower for lower, _ in bounds[1:]]


def test_an_error_without_message_says_what_its_class_says() -> None:
    assert str(AuditError()) == "Something the audit could not do."
