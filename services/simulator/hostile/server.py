"""Serves the corpus on loopback: raw HTTP over TCP and TLS, so that it can be as wrong as real servers are."""

import asyncio
import contextlib
import ssl
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field

from services.simulator.dns_server import serve_dns
from services.simulator.hostile.asking import Ask, Out, Tally
from services.simulator.hostile.cases import SUFFIX, Case, load_cases
from services.simulator.hostile.certificates import HostileTls
from services.simulator.hostile.handlers import HANDLERS
from services.simulator.hostile.targets import load_targets
from services.simulator.hostile.town import home_page, not_found, other_page
from services.simulator.hostile.zone import NOWHERE, HostileZone
from services.simulator.listening import ADDRESS, accepting, listen

_HEAD_SECONDS = 60.0
_MAX_HEAD = 200_000
_EXTRA = "/x/"
"""Paths below this one are the answers of a handler, for the pages that load an attack rather than are one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServedCorpus:
    """How to reach the corpus. ``tallies`` grow by case name while it is served."""

    port: int
    dns_port: int
    ca_pem: bytes
    resolve_rules: tuple[str, ...]
    tallies: dict[str, Tally] = field(default_factory=dict)


@contextlib.asynccontextmanager
async def serve_corpus(*, port: int = 0, public: str | None = None) -> AsyncIterator[ServedCorpus]:
    """Serve every case until the block ends. Raises OSError when the port is taken.

    ``public`` is an address of this machine that looks public: names that rebind have it at first, and a calm
    server answers there on the port of those names. Without it they start at an address that is never routed.
    """
    tallies: dict[str, Tally] = defaultdict(Tally)
    async with contextlib.AsyncExitStack() as stack:
        tls = stack.enter_context(contextlib.closing(HostileTls(load_cases())))
        corpus = _Corpus(tallies, tls.files)
        at = await _open(stack, corpus, tls.entry, port)
        special = {host: await _open(stack, corpus, context, 0) for host, context in tls.special.items()}
        if public is not None:
            await _open(stack, corpus, tls.entry, load_targets().rebinding.port, public)
        dns = await stack.enter_async_context(serve_dns(HostileZone(public or NOWHERE)))
        rules = [f"{host}:443={ADDRESS}:{where}" for host, where in special.items()]
        yield ServedCorpus(
            port=at,
            dns_port=dns,
            ca_pem=tls.ca_pem,
            resolve_rules=(*rules, f"{SUFFIX}={ADDRESS}:{at}", f"*.{SUFFIX}={ADDRESS}:{at}"),
            tallies=tallies,
        )
        corpus.stop()


async def _open(
    stack: contextlib.AsyncExitStack, corpus: "_Corpus", tls: ssl.SSLContext, port: int, address: str = ADDRESS
) -> int:
    listener = stack.enter_context(contextlib.closing(listen(port, address)))
    await stack.enter_async_context(accepting(listener, corpus.protocol, tls))
    return int(listener.getsockname()[1])


class _Corpus:
    """Answers connections, each by the case whose host it names."""

    def __init__(self, tallies: dict[str, Tally], certificates: Mapping[str, bytes]) -> None:
        self._cases = {host: case for case in load_cases() for host in case.hosts}
        self._tallies = tallies
        self._certificates = certificates
        self._conversations: set[asyncio.Task[None]] = set()

    def protocol(self) -> asyncio.Protocol:
        reader = asyncio.StreamReader(limit=_MAX_HEAD)
        return asyncio.StreamReaderProtocol(reader, self._begin)

    def stop(self) -> None:
        for task in self._conversations:
            task.cancel()

    def _begin(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.ensure_future(self._converse(reader, writer))
        self._conversations.add(task)
        task.add_done_callback(self._conversations.discard)

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(_HEAD_SECONDS):
                head = await reader.readuntil(b"\r\n\r\n")
            await self._answer(head.decode("latin-1"), writer)
            writer.close()
            await writer.wait_closed()
        except (OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            # The client had enough, which is its right, or is not one of ours.
            return
        finally:
            writer.transport.abort()

    async def _answer(self, head: str, writer: asyncio.StreamWriter) -> None:
        start, *lines = head.rstrip("\r\n").split("\r\n")
        path = [*start.split(" "), "/", "/"][1]
        headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        host = headers.get("host", "").partition(":")[0].rstrip(".").lower()
        scheme = "https" if writer.get_extra_info("ssl_object") else "http"
        case = self._cases.get(host)
        if case is None:
            await Out(writer).page(not_found(path), status=200 if _rebinding(host) else 404)
            return
        out = Out(writer, self._tallies[case.name])
        out.tally.requests += 1
        if path in self._certificates:
            await out.page(self._certificates[path], headers=("Content-Type: application/pkix-cert",))
            return
        await _serve(Ask(case=case, scheme=scheme, host=host, path=path, headers=headers), out)


async def _serve(ask: Ask, out: Out) -> None:
    """Answer by the case's handler where its attack is, else as the town does."""
    path = ask.path.split("?", 1)[0]
    if path.startswith(_EXTRA):
        handler = HANDLERS.get(path.removeprefix(_EXTRA).partition("/")[0])
        if handler is not None:
            await handler.answer(ask, out)
            return
    own = HANDLERS.get(ask.case.handler)
    if own is not None and (path == "/" or path in own.paths):
        await own.answer(ask, out)
    elif path == "/":
        await _home(ask.case, out)
    elif (page := other_page(path)) is not None:
        await out.page(page)
    else:
        await out.page(not_found(path), status=404)


async def _home(case: Case, out: Out) -> None:
    await out.page(home_page(case.page or case.name), status=case.status, headers=case.headers)


def _rebinding(host: str) -> bool:
    return host.endswith(f".{load_targets().rebinding.suffix}")
