"""A small country in a database: random verdicts over made-up authorities, the same from the same seed."""

import random
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine, insert

from services.aggregator.adapters.verdict_store import SqlVerdictStore
from services.aggregator.domain.territories import departements
from services.contracts.artefacts import manifest_key
from services.contracts.audits import AuditId, AuditState
from services.contracts.authorities import Authority, Kind, Zone
from services.contracts.reasons import Reason
from services.contracts.verdicts import Denominator, IndicatorSpec, RuleSet, State, Verdict, VerdictSet
from services.runtime.tables import AUDIT, CAMPAIGN

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
CAMPAIGN_NAME = "demo"
RULES = "r1-0badcafe"
_GRADED = (State.YES, State.PARTIAL, State.NO, State.UNDETERMINED)
_BOOL = (State.YES, State.NO, State.UNDETERMINED)
_REGION = {"33": "75", "35": "53", "59": "32", "2A": "94", "974": "04", "75": "11", "69": "84", "13": "93"}
_NATURES = ("CC", "CC", "CC", "CC", "CA", "CA", "CU", "METRO")
_POPULATIONS = (120, 240, 410, 480, 760, 1300, 1850, 2400, 4100, 7600, 15000, 32000, 71000, 250000)
_STATUSES = ("functional", "functional", "functional", "third_party_subdomain", "none_declared", "dns_dead", "parked")


def spec(name: str, label: str, family: int | None, **more: object) -> IndicatorSpec:
    """Return an indicator's description."""
    fields = {"denominator": Denominator.SITE, "version": 1, "states": _GRADED, "source": "définition d'essai", **more}
    return IndicatorSpec.model_validate({"id": name, "label": label, "family": family, **fields})


RULE_SET = RuleSet(
    version=RULES,
    indicators=(
        spec(
            "site_status",
            "Statut du site",
            1,
            denominator=Denominator.ALL,
            states=(State.YES, State.NO),
            values=tuple(dict.fromkeys(_STATUSES)),
            summary="Ce qui se trouve à l'adresse déclarée.",
        ),
        spec(
            "has_functional_site",
            "Dispose d'un site internet fonctionnel",
            1,
            denominator=Denominator.ALL,
            states=_BOOL,
            summary="Un site répond à l'adresse déclarée et c'est bien celui de la collectivité.",
        ),
        spec(
            "mobile_full", "Pleinement accessible sur mobile", 2, summary="Le site s'adapte entièrement au téléphone."
        ),
        spec("mobile_overflow", "Pas de débordement à 360 px", 2, unit="px", summary="La page tient dans l'écran."),
        spec("legal_notice", "Mentions légales", 3, values=("complete", "partial", "absent"), summary="Présentes ?"),
        spec("third_party_subdomain", "Sous-domaine d'un tiers", 3, summary="Oui : une plateforme partagée."),
        spec("hsts", "HSTS", None, states=_BOOL, summary="Le site demande à n'être joint qu'en https."),
    ),
)


def authorities(count: int, seed: int = 1) -> list[Authority]:
    """Return communes and one EPCI for every ten of them."""
    draw = random.Random(seed)
    result = []
    for n in range(count):
        departement = draw.choice(tuple(_REGION))
        result.append(
            Authority(
                code=f"97{n:03}" if departement == "974" else f"{departement}{n:03}",
                kind=Kind.COMMUNE,
                name=f"Ville-{n} {departements()[departement]}",
                nature="COM",
                population=draw.choice(_POPULATIONS) + draw.randrange(80) if draw.random() > 0.01 else None,
                departement=departement,
                region=_REGION[departement],
                zone=Zone.DROM if departement == "974" else Zone.METRO,
                declared_url=f"http://ville-{n}.example",
            )
        )
    result += [
        Authority(
            code=f"2{n:08}",
            kind=Kind.EPCI,
            name=f"Communauté n° {n}",
            nature=draw.choice(_NATURES),
            population=draw.randrange(5_000, 400_000),
            departement="33",
            region="75",
        )
        for n in range(count // 10)
    ]
    return result


def verdict(indicator: str, state: State, value: float | str | None = None, reason: str | None = None) -> Verdict:
    """Return a verdict without evidence."""
    return Verdict(
        indicator=indicator,
        state=state,
        value=value,
        confidence=0.0 if state is State.UNDETERMINED else 0.95,
        reasons=(reason,) if reason else (),
        rule=f"{indicator}@1",
    )


def verdict_set(
    authority: Authority, verdicts: Iterable[Verdict], *, unmeasured: Reason | None = None, **more: object
) -> VerdictSet:
    """Return a verdict set of the campaign."""
    sequence = int(str(more.pop("sequence", 1)))
    audit = AuditId(campaign=CAMPAIGN_NAME, code=authority.code, sequence=sequence)
    fields: dict[str, object] = {
        "audit_id": str(audit),
        "campaign": CAMPAIGN_NAME,
        "sequence": sequence,
        "authority": authority,
        "rule_set": RULES,
        "manifest_key": manifest_key(audit),
        "captured_at": NOON,
        "analyzed_at": NOON + timedelta(hours=1),
        "unmeasured": unmeasured,
        "verdicts": tuple(verdicts),
        **more,
    }
    return VerdictSet.model_validate(fields)


def random_verdicts(authority: Authority, draw: random.Random) -> tuple[Reason | None, list[Verdict]]:
    """Return plausible verdicts of one authority; larger ones do better."""
    if draw.random() < 0.05:
        reason = draw.choice((Reason.BLOCKED, Reason.ROBOTS, Reason.TIMEOUT))
        return reason, [verdict(s.id, State.UNDETERMINED, None, reason.value) for s in RULE_SET.indicators]
    size = min(1.0, (authority.population or 300) / 6000)
    has_site = draw.random() < 0.5 + 0.48 * size
    status = draw.choice(_STATUSES[:4] if has_site else _STATUSES[4:])
    existence = State.YES if has_site else State.NO
    found = [verdict("site_status", existence, status), verdict("has_functional_site", existence)]
    names = ("mobile_full", "mobile_overflow", "legal_notice", "third_party_subdomain", "hsts")
    found += [_site_verdict(n, draw, size) if has_site else verdict(n, State.NOT_APPLICABLE) for n in names]
    return None, found


def _site_verdict(name: str, draw: random.Random, size: float) -> Verdict:
    if draw.random() < 0.06:
        return verdict(name, State.UNDETERMINED, None, Reason.PLAN_INCOMPLETE.value)
    weights = (0.4 + 0.4 * size, 0.0 if name == "hsts" else 0.2, 0.4 - 0.3 * size)
    state = draw.choices((State.YES, State.PARTIAL, State.NO), weights)[0]
    value: float | str | None = None
    if name == "mobile_overflow":
        value = {State.YES: 0.0, State.PARTIAL: 12.0}.get(state, float(draw.randrange(20, 620)))
    elif name == "legal_notice":
        value = {State.YES: "complete", State.PARTIAL: "partial"}.get(state, "absent")
    elif name == "third_party_subdomain":
        value = f"plateforme-{draw.randrange(20)}.example"
    return verdict(name, state, value)


def plan_campaign(
    engine: Engine, planned: Sequence[tuple[Authority, AuditState, Reason | None]], *, sequence: int = 1
) -> None:
    """Write ledger rows as the scheduler would."""
    with engine.begin() as connection:
        if sequence == 1:
            connection.execute(
                insert(CAMPAIGN).values(
                    name=CAMPAIGN_NAME, created_at=NOON, frame="cadre d'essai, 2026-01-01", seed=1, parameters="{}"
                )
            )
        for position, (authority, state, reason) in enumerate(planned):
            connection.execute(
                insert(AUDIT).values(
                    campaign=CAMPAIGN_NAME,
                    code=authority.code,
                    sequence=sequence,
                    authority=authority.model_dump_json(exclude_defaults=True),
                    state=state.value,
                    reason=reason.value if reason else None,
                    position=position,
                    moved_at=NOON,
                    closed_at=NOON if state.closed else None,
                )
            )


def fill(engine: Engine, count: int, seed: int = 1) -> dict[str, VerdictSet]:
    """Write a whole campaign: measured, unmeasured, stuck, excluded and in flight. Returns what was recorded."""
    draw = random.Random(seed)
    store, recorded = SqlVerdictStore(engine), {}
    planned: list[tuple[Authority, AuditState, Reason | None]] = []
    for authority in authorities(count, seed):
        fate = draw.random()
        if fate < 0.01:
            planned.append((authority, AuditState.UNMEASURED, Reason.STUCK))
        elif fate < 0.02:
            planned.append((authority, AuditState.RELEASED, None))
        else:
            reason, verdicts = random_verdicts(authority, draw)
            planned.append((authority, AuditState.UNMEASURED if reason else AuditState.MEASURED, reason))
            recorded[authority.code] = verdict_set(authority, verdicts, unmeasured=reason)
    overseas = Authority(code="98735", kind=Kind.COMMUNE, name="Papeete", nature="COM", zone=Zone.COM, population=26000)
    planned.append((overseas, AuditState.EXCLUDED, Reason.OUTSIDE_STUDY))
    plan_campaign(engine, planned)
    for document in recorded.values():
        store.record(document)
    return recorded
