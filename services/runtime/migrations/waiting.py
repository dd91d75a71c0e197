"""The database as a server to wait for: it must answer, with the schema of this release."""

from sqlalchemy import Engine, select

from services.runtime.message_metrics import ServerName
from services.runtime.migrations.schema import check_schema
from services.runtime.servers import Server


def database_server(engine: Engine) -> Server:
    """Return the database as a server to wait for.

    One that is away is waited for; one with another schema raises BadInput, because only an operator can change
    that. Once it was found right only its answer is asked for.
    """

    def ping() -> None:
        with engine.connect() as connection:
            connection.execute(select(1))

    return Server(ServerName.DATABASE, lambda: check_schema(engine), ping)
