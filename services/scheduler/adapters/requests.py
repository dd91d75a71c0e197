"""Requests for re-audits in SQL, in one transaction with the audits they ask for."""

from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime
from itertools import count

from sqlalchemy import Connection, and_, insert, select

from services.contracts.audits import ON_DEMAND, AuditId, AuditState
from services.contracts.authorities import Authority
from services.runtime.database import utc
from services.runtime.locks import Lock, hold
from services.runtime.tables import AUDIT, CAMPAIGN, REQUEST, REQUEST_AUDIT, REQUEST_REFUSED
from services.scheduler.adapters.ledger_request import plan_request
from services.scheduler.adapters.request_views import SqlRequestViews
from services.scheduler.domain.campaign_state import CampaignState
from services.scheduler.domain.requests import Refusal, Request, Standing, Target, campaign_for

_FRAME = "authorities asked for on demand"
Entry = Callable[[str], Authority]


class SqlRequests(SqlRequestViews):
    """Keeps the requests, and plans the audits they ask for. Safe for several threads and several processes."""

    def accept(self, request: Request, targets: Sequence[Target], entry: Entry) -> bool:
        """Record a request and plan its audits ahead of their campaigns; False when its id is taken: nothing is done.

        What ``entry`` raises undoes all.
        """

        def plan(connection: Connection) -> list[AuditId]:
            standings = _standings(connection, {target.code for target in targets})
            return [_plan(connection, target.code, standings, entry, request.received_at) for target in targets]

        return self._record(request, [target.text for target in targets], plan)

    def accept_in(self, campaign: str, request: Request, authorities: Sequence[Authority]) -> bool:
        """Record a request and plan an audit of each authority in a campaign that is given; otherwise as ``accept``."""

        def plan(connection: Connection) -> list[AuditId]:
            return [plan_request(connection, campaign, authority, request.received_at) for authority in authorities]

        return self._record(request, [authority.code for authority in authorities], plan)

    def refuse(self, refusal: Refusal) -> None:
        """Record a refused request; the same message under the same id is recorded once."""
        mine = and_(REQUEST_REFUSED.c.id == refusal.id, REQUEST_REFUSED.c.digest == refusal.digest)
        with self._engine.begin() as connection:
            hold(connection, Lock.LEDGER)
            if connection.scalar(select(REQUEST_REFUSED.c.id).where(mine)) is None:
                connection.execute(
                    insert(REQUEST_REFUSED).values(refusal.model_dump() | {"rejection": refusal.rejection.value})
                )

    def in_host_group(self, group: str) -> Sequence[Authority]:
        """Return the authorities of all unclosed campaigns whose declared site is in a host group, each once."""
        query = (
            select(AUDIT.c.code, AUDIT.c.authority)
            .join(CAMPAIGN, CAMPAIGN.c.name == AUDIT.c.campaign)
            .where(AUDIT.c.host_group == group, CAMPAIGN.c.state != CampaignState.CLOSED.value)
            .order_by(CAMPAIGN.c.created_at, AUDIT.c.sequence)
        )
        with self._engine.connect() as connection:
            newest = {row.code: row.authority for row in connection.execute(query)}
        return [Authority.model_validate_json(document) for document in newest.values()]

    def _record(self, request: Request, texts: Sequence[str], plan: Callable[[Connection], Iterable[AuditId]]) -> bool:
        with self._engine.begin() as connection:
            hold(connection, Lock.LEDGER)
            if connection.scalar(select(REQUEST.c.id).where(REQUEST.c.id == request.id)) is not None:
                return False
            rows = [
                {"request": request.id, "position": position, "target": text, **audit.model_dump()}
                for position, (text, audit) in enumerate(zip(texts, plan(connection), strict=True))
            ]
            connection.execute(insert(REQUEST).values(request.model_dump()))
            connection.execute(insert(REQUEST_AUDIT), rows)
        return True


def _standings(connection: Connection, codes: Collection[str]) -> dict[str, list[tuple[Standing, str]]]:
    """Return each authority's latest audit in every campaign that is not closed, with the authority's JSON."""
    query = (
        select(AUDIT, CAMPAIGN.c.created_at)
        .join(CAMPAIGN, CAMPAIGN.c.name == AUDIT.c.campaign)
        .where(AUDIT.c.code.in_(codes), CAMPAIGN.c.state != CampaignState.CLOSED.value)
        .order_by(AUDIT.c.sequence)
    )
    latest = {(row.code, row.campaign): row for row in connection.execute(query)}
    found: dict[str, list[tuple[Standing, str]]] = {}
    for (code, campaign), row in latest.items():
        standing = Standing(
            campaign=campaign, created_at=utc(row.created_at), state=AuditState(row.state), priority=row.priority
        )
        found.setdefault(code, []).append((standing, row.authority))
    return found


def _plan(
    connection: Connection, code: str, standings: dict[str, list[tuple[Standing, str]]], entry: Entry, at: datetime
) -> AuditId:
    known = standings.get(code, [])
    campaign = campaign_for(standing for standing, _ in known)
    if campaign is None:
        return plan_request(connection, _standing_campaign(connection, at), entry(code), at)
    document = next(document for standing, document in known if standing.campaign == campaign)
    return plan_request(connection, campaign, Authority.model_validate_json(document), at)


def _standing_campaign(connection: Connection, at: datetime) -> str:
    """Return the standing campaign of re-audits, made when it is first needed or the last one was closed."""
    for number in count(1):
        name = ON_DEMAND if number == 1 else f"{ON_DEMAND}-{number}"
        state = connection.scalar(select(CAMPAIGN.c.state).where(CAMPAIGN.c.name == name))
        if state is None:
            values = {"name": name, "created_at": at, "frame": _FRAME, "seed": 0, "parameters": "{}"}
            connection.execute(insert(CAMPAIGN).values(values | {"state": CampaignState.RUNNING.value}))
        if state != CampaignState.CLOSED.value:
            return name
    raise AssertionError("the names never end")
