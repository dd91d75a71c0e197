"""The addresses that sites were served from, in SQL."""

from datetime import datetime

from sqlalchemy import Connection, Row, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite

from services.contracts.audits import AuditState
from services.runtime.tables import AUDIT, CAMPAIGN, HOST_ADDRESS
from services.scheduler.domain.campaign_state import CampaignState
from services.scheduler.domain.host_groups import ADDRESS_KEPT, address_group, declared_host


def known_addresses(connection: Connection, at: datetime) -> dict[str, str]:
    """Return the address of each host whose site was seen within ADDRESS_KEPT."""
    query = select(HOST_ADDRESS.c.host, HOST_ADDRESS.c.address).where(HOST_ADDRESS.c.seen_at > at - ADDRESS_KEPT)
    return {row.host: row.address for row in connection.execute(query)}


def known_address(connection: Connection, declared_url: str | None, at: datetime) -> str | None:
    """Return the address of one site, None when it was not seen within ADDRESS_KEPT."""
    query = select(HOST_ADDRESS.c.address).where(
        HOST_ADDRESS.c.host == declared_host(declared_url), HOST_ADDRESS.c.seen_at > at - ADDRESS_KEPT
    )
    return connection.scalar(query)


def forget_addresses(connection: Connection, at: datetime) -> None:
    """Delete what was learned too long ago."""
    connection.execute(delete(HOST_ADDRESS).where(HOST_ADDRESS.c.seen_at <= at - ADDRESS_KEPT))


def learn_address(connection: Connection, audit: Row[object], declared_url: str | None, address: str | None) -> None:
    """Keep the address that an audit's site was served from, for the plans to come and for what waits already.

    Only public addresses are kept. ``audit`` is a row of the ledger that was just closed.
    """
    group, host = address_group(address), declared_host(declared_url)
    if group is None or host is None:
        return
    before = connection.scalar(select(HOST_ADDRESS.c.address).where(HOST_ADDRESS.c.host == host))
    values = {"host": host, "address": group, "seen_at": audit.closed_at}
    insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    connection.execute(
        insert(HOST_ADDRESS).values(values).on_conflict_do_update(index_elements=[HOST_ADDRESS.c.host], set_=values)
    )
    if before != group:
        unfinished = select(CAMPAIGN.c.name).where(CAMPAIGN.c.state != CampaignState.CLOSED.value)
        connection.execute(
            update(AUDIT)
            .where(
                AUDIT.c.campaign.in_(unfinished),
                AUDIT.c.code == audit.code,
                AUDIT.c.host_group == audit.host_group,
                AUDIT.c.state == AuditState.PLANNED.value,
            )
            .values(address_group=group)
        )
