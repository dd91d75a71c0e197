"""The fetcher at the broker."""

import pytest
import structlog
from dramatiq import Worker

from services.contracts import queues
from services.contracts.errors import BrowserUnavailable
from services.contracts.messages import FetchSite, SiteCaptured
from services.fetcher.actors import declare_actors
from services.runtime import broker as kit
from services.runtime.broker import BrokerPublisher, open_embedded_broker
from tests.fetcher.handler.fakes import AT, command


def test_only_the_first_start_of_a_re_audit_tells_when_it_was_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kit, "MIN_BACKOFF_MS", 10)
    broker = open_embedded_broker((queues.FETCH, queues.ANALYZE))
    publisher, seen = BrokerPublisher(broker), list[FetchSite]()

    async def fetch(message: FetchSite) -> SiteCaptured:
        seen.append(message)
        if len(seen) == 1:
            raise BrowserUnavailable
        return SiteCaptured(audit=message.audit, manifest_key="k")

    declare_actors(broker, fetch, publisher)
    publisher.publish(queues.FETCH, queues.FETCH_SITE, command(None).model_copy(update={"asked_at": AT}))
    worker = Worker(broker, queues={queues.FETCH}, worker_timeout=50)
    with structlog.testing.capture_logs():
        worker.start()
        broker.join(queues.FETCH)
        worker.stop()
    broker.close()
    assert [message.asked_at for message in seen] == [AT, None]
