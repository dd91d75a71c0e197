"""The ledger in SQL: each method that moves audits is one transaction."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    Connection,
    Row,
    and_,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError

from services.contracts.audits import CANARY, AuditId, AuditState
from services.contracts.authorities import Authority
from services.contracts.errors import BadInput
from services.contracts.messages import Priority
from services.contracts.reasons import Reason
from services.runtime.locks import Lock, hold
from services.runtime.tables import AUDIT, CAMPAIGN
from services.scheduler.adapters.confirmations import plan_confirmation
from services.scheduler.adapters.host_addresses import learn_address
from services.scheduler.adapters.host_rules import groups_at_rest, opted_out_hosts
from services.scheduler.adapters.ledger_release import given_back, one_per_group, release_statement, waiting_audits
from services.scheduler.adapters.ledger_repetitions import SqlRepetitions, insert_campaign
from services.scheduler.adapters.ledger_request import OPEN, asked_for, plan_request
from services.scheduler.adapters.ledger_rows import is_audit
from services.scheduler.domain.campaign import Campaign, PlannedAudit
from services.scheduler.domain.campaign_state import CampaignState, Order, after
from services.scheduler.domain.confirmation import End
from services.scheduler.domain.host_rules import is_opted_out

_SCAN = 500
"""Waiting rows looked at beyond the room, because several may belong to one host group."""
_BATCH = 500


class SqlLedger(SqlRepetitions):
    """The ledger on a database. Safe for several threads and several processes.

    What moves many audits at once holds the ledger's lock: two schedulers take turns. Closing an audit does not,
    unless another may have to be planned.
    """

    def create(self, campaign: Campaign, audits: Sequence[PlannedAudit]) -> None:
        """Record a campaign and its audits. Raises BadInput when the name is taken."""
        with self._engine.begin() as connection:
            if connection.scalar(select(CAMPAIGN.c.name).where(CAMPAIGN.c.name == campaign.name)):
                raise BadInput(f"campaign {campaign.name!r} exists already: choose another name")
            try:
                insert_campaign(connection, campaign, audits)
            except IntegrityError:
                raise BadInput(f"campaign {campaign.name!r} was just created: choose another name") from None

    def order(self, name: str, order: Order, at: datetime) -> CampaignState:
        """Carry out an operator's order and return the campaign's new state. Raises BadInput.

        Closing also closes the audits that still wait; those in hand finish. The campaign of the canaries cannot be
        closed: nothing opens a campaign again.
        """
        if name == CANARY and order is Order.CLOSE:
            raise BadInput(f"{name}: is not closed, for it could never be opened again; stop `commune-audit canary`")
        with self._engine.begin() as connection:
            hold(connection, Lock.LEDGER)
            found = connection.scalar(select(CAMPAIGN.c.state).where(CAMPAIGN.c.name == name))
            if found is None:
                raise BadInput(f"{name}: no such campaign; `commune-audit campaign list` shows them")
            state = after(CampaignState(found), order)
            connection.execute(update(CAMPAIGN).where(CAMPAIGN.c.name == name).values(state=state.value))
            if state is CampaignState.CLOSED:
                connection.execute(
                    update(AUDIT)
                    .where(AUDIT.c.campaign == name, AUDIT.c.state == AuditState.PLANNED.value)
                    .values(
                        state=AuditState.UNMEASURED.value,
                        reason=Reason.CAMPAIGN_CLOSED.value,
                        closed_at=at,
                        moved_at=at,
                    )
                )
        return state

    def release(
        self,
        campaign: str,
        room: int,
        at: datetime,
        *,
        least_priority: Priority = Priority.CAMPAIGN,
        rested_since: datetime | None = None,
    ) -> list[PlannedAudit]:
        """Mark at most ``room`` audits as released and return them, on-demand work first.

        Audits of a host whose owner opted out are closed instead.
        """
        if room <= 0:
            return []
        with self._engine.begin() as connection:
            hold(connection, Lock.LEDGER)
            query = waiting_audits(campaign, at).where(AUDIT.c.priority >= int(least_priority))
            waiting = connection.execute(query.limit(_SCAN + room)).all()
            resting = groups_at_rest(connection, rested_since) if rested_since else ()
            chosen = one_per_group(waiting, room, resting)
            released: list[Row[Any]] = []
            for start in range(0, len(chosen), _BATCH):
                released += connection.execute(release_statement(campaign, chosen[start : start + _BATCH], at))
            planned = [asked_for(connection, row) for row in released]
            planned = _without_opted_out(connection, planned, at)
        planned.sort(key=lambda audit: (-audit.priority, audit.position))
        return planned

    def close(
        self,
        audit: AuditId,
        unmeasured: Reason | None,
        at: datetime,
        *,
        works: bool | None = None,
        address: str | None = None,
        confirm_after: Sequence[timedelta] = (),
    ) -> bool:
        """Close an audit; False when it was closed already.

        Learns the address of its site. Where a site that worked fails now, plans the next try ``confirm_after``
        its first failure.
        """
        end = End(unmeasured=unmeasured, works=works, address=address)
        state = AuditState.UNMEASURED if unmeasured else AuditState.MEASURED
        with self._engine.begin() as connection:
            if confirm_after and not works:
                hold(connection, Lock.LEDGER)
            row = connection.execute(
                update(AUDIT)
                .where(is_audit(audit), AUDIT.c.state.in_(OPEN))
                .values(state=state.value, reason=_value(unmeasured), works=works, closed_at=at, moved_at=at)
                .returning(AUDIT)
            ).one_or_none()
            if row is None:
                return False
            authority = Authority.model_validate_json(row.authority)
            learn_address(connection, row, authority.declared_url, address)
            plan_confirmation(connection, row, authority, end, confirm_after, at)
        return True

    def rejudge(self, audit: AuditId, unmeasured: Reason | None, at: datetime, *, works: bool | None = None) -> None:
        """Correct the end of a closed audit whose capture was judged again under other rules."""
        state = AuditState.UNMEASURED if unmeasured else AuditState.MEASURED
        closed = (AuditState.MEASURED.value, AuditState.UNMEASURED.value)
        with self._engine.begin() as connection:
            connection.execute(
                update(AUDIT)
                .where(is_audit(audit), AUDIT.c.state.in_(closed))
                .values(state=state.value, reason=_value(unmeasured), works=works, moved_at=at)
            )

    def unrelease(self, audits: Sequence[AuditId], at: datetime) -> None:
        """Take back the release of audits that could not be published; it does not count as an attempt."""
        with self._engine.begin() as connection:
            hold(connection, Lock.LEDGER)
            for audit in audits:
                connection.execute(
                    update(AUDIT)
                    .where(is_audit(audit), AUDIT.c.state == AuditState.RELEASED.value)
                    .values(given_back(at))
                )

    def give_back(self, campaign: str, at: datetime) -> int:
        """Return every released audit to the queue: their messages are gone."""
        with self._engine.begin() as connection:
            hold(connection, Lock.LEDGER)
            return connection.execute(
                update(AUDIT)
                .where(AUDIT.c.campaign == campaign, AUDIT.c.state == AuditState.RELEASED.value)
                .values(given_back(at))
            ).rowcount

    def reconcile(
        self,
        campaign: str,
        *,
        stale_before: datetime,
        max_releases: int,
        at: datetime,
        confirm_after: Sequence[timedelta] = (),
    ) -> tuple[int, int]:
        """Release again what has not moved; close as stuck what never will, and plan what must follow that."""
        stale = and_(
            AUDIT.c.campaign == campaign,
            AUDIT.c.state == AuditState.RELEASED.value,
            AUDIT.c.moved_at < stale_before,
        )
        with self._engine.begin() as connection:
            hold(connection, Lock.LEDGER)
            given_up = and_(stale, AUDIT.c.attempts >= max_releases)
            last_tries = select(AUDIT).where(given_up, AUDIT.c.confirmation.is_not(None)).with_for_update()
            confirming = connection.execute(last_tries).all()
            stuck = connection.execute(
                update(AUDIT)
                .where(given_up)
                .values(state=AuditState.UNMEASURED.value, reason=Reason.STUCK.value, closed_at=at, moved_at=at)
            ).rowcount
            for row in confirming:
                authority = Authority.model_validate_json(row.authority)
                plan_confirmation(connection, row, authority, End(unmeasured=Reason.STUCK), confirm_after, at)
            again = connection.execute(
                update(AUDIT).where(stale).values(state=AuditState.PLANNED.value, released_at=None, moved_at=at)
            ).rowcount
        return again, stuck

    def request(self, campaign: str, authorities: Sequence[Authority], at: datetime) -> list[AuditId]:
        """Plan a new audit of each authority, ahead of the campaign; an open audit is moved ahead instead."""
        with self._engine.begin() as connection:
            hold(connection, Lock.LEDGER)
            return [plan_request(connection, campaign, authority, at) for authority in authorities]


def _without_opted_out(connection: Connection, released: Sequence[PlannedAudit], at: datetime) -> list[PlannedAudit]:
    hosts = opted_out_hosts(connection)
    wanted = []
    for row in released:
        if hosts and is_opted_out(row.authority.declared_url, hosts):
            ended = {"state": AuditState.UNMEASURED.value, "reason": Reason.OPTED_OUT.value}
            connection.execute(update(AUDIT).where(is_audit(row.audit)).values(closed_at=at, moved_at=at, **ended))
        else:
            wanted.append(row)
    return wanted


def _value(reason: Reason | None) -> str | None:
    return reason.value if reason else None
