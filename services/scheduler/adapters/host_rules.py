"""The rules about hosts in SQL."""

from datetime import datetime

from sqlalchemy import ColumnElement, Connection, Delete, Engine, delete, exists, func, insert, select

from services.contracts.errors import BadInput
from services.runtime.database import utc
from services.runtime.locks import Lock, hold
from services.runtime.tables import AUDIT, HOST_RULE
from services.scheduler.domain.host_rules import MAX_RULES, HostRule, RuleKind


class SqlHostRules:
    """Keeps the opt-outs and the stopped host groups. What is added holds for the next release."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def add(self, rule: HostRule) -> None:
        """Record a rule, or give it a new reason. Raises BadInput when there are too many of its kind."""
        with self._engine.begin() as connection:
            hold(connection, Lock.LEDGER)
            connection.execute(_that(rule.kind, rule.host))
            count = select(func.count()).select_from(HOST_RULE).where(HOST_RULE.c.kind == rule.kind.value)
            if (connection.scalar(count) or 0) >= MAX_RULES:
                raise BadInput(f"{MAX_RULES} hosts are {rule.kind.value} already: remove one first")
            connection.execute(insert(HOST_RULE).values(rule.model_dump() | {"kind": rule.kind.value}))

    def remove(self, kind: RuleKind, host: str) -> bool:
        """Forget a rule; False when there was none."""
        with self._engine.begin() as connection:
            return connection.execute(_that(kind, host)).rowcount == 1

    def rules(self, kind: RuleKind) -> tuple[HostRule, ...]:
        """Return the rules of a kind, by host."""
        query = select(HOST_RULE).where(HOST_RULE.c.kind == kind.value).order_by(HOST_RULE.c.host)
        with self._engine.connect() as connection:
            rows = connection.execute(query).all()
        return tuple(
            HostRule(kind=RuleKind(row.kind), host=row.host, reason=row.reason, added_at=utc(row.added_at))
            for row in rows
        )

    def opted_out(self) -> tuple[str, ...]:
        """Return the hosts that must not be visited."""
        with self._engine.connect() as connection:
            return opted_out_hosts(connection)


def opted_out_hosts(connection: Connection) -> tuple[str, ...]:
    """Return the opted-out hosts, within a transaction."""
    query = select(HOST_RULE.c.host).where(HOST_RULE.c.kind == RuleKind.OPTED_OUT.value)
    return tuple(connection.scalars(query.order_by(HOST_RULE.c.host)))


def group_is_stopped() -> ColumnElement[bool]:
    """Return the condition that an operator holds an audit's host group, or its address, back."""
    groups = (AUDIT.c.host_group, AUDIT.c.address_group)
    return exists().where(HOST_RULE.c.kind == RuleKind.STOPPED.value, HOST_RULE.c.host.in_(groups))


def groups_at_rest(connection: Connection, closed_after: datetime) -> set[str]:
    """Return the host groups and addresses whose last audit ended after a moment."""
    query = select(AUDIT.c.host_group, AUDIT.c.address_group).where(AUDIT.c.closed_at > closed_after)
    return {group for row in connection.execute(query) for group in row if group is not None}


def _that(kind: RuleKind, host: str) -> Delete:
    return delete(HOST_RULE).where(HOST_RULE.c.kind == kind.value, HOST_RULE.c.host == host)
