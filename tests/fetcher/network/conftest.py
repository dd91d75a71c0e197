"""Real servers on loopback: name servers that lie, web servers that misbehave, and an own certificate authority."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import AuthorityInformationAccessOID, NameOID

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
Answer = str | tuple[str, ...]
"""A response code, "SILENCE", or the records' texts (``()`` for an existing name without such a record)."""


class DnsStub(asyncio.DatagramProtocol):
    """Answers from a zone ``{(name, type): answers}``; answers are given in turn, the last one for ever.

    A record is its data, or its type, a space (a tab, where the data has spaces) and its data.
    """

    def __init__(self, zone: dict[tuple[str, str], Sequence[Answer]]) -> None:
        self.zone = {key: list(answers) for key, answers in zone.items()}
        self.questions: list[tuple[str, str]] = []
        self.server = ""

    def connection_made(self, transport: asyncio.DatagramTransport) -> None:
        self._transport = transport
        host, port = transport.get_extra_info("sockname")
        self.server = f"{host}:{port}"

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        query = dns.message.from_wire(data)
        question = query.question[0]
        key = (question.name.to_text().rstrip(".").lower(), dns.rdatatype.to_text(question.rdtype))
        self.questions.append(key)
        answer = self._answer(key)
        if answer == "SILENCE":
            return
        response = dns.message.make_response(query)
        response.flags |= dns.flags.RA
        if isinstance(answer, str):
            response.set_rcode(dns.rcode.from_text(answer))
            answer = self._answer((key[0], "CNAME")) if (key[0], "CNAME") in self.zone else ()
        name = question.name.to_text()
        for text in answer:
            kind, _, value = text.partition("\t") if "\t" in text else text.rpartition(" ")
            kind = kind or key[1]
            response.answer.append(dns.rrset.from_text(name, 60, "IN", kind, value))
            name = value if kind == "CNAME" else name
        self._transport.sendto(response.to_wire(), addr)

    def _answer(self, key: tuple[str, str]) -> Answer:
        answers = self.zone.get(key)
        if answers is None:
            known = any(name == key[0] for name, _ in self.zone)
            return () if known else "NXDOMAIN"
        return answers.pop(0) if len(answers) > 1 else answers[0]


StartDns = Callable[[dict[tuple[str, str], Sequence[Answer]]], Awaitable[DnsStub]]


@pytest.fixture
async def start_dns() -> AsyncIterator[StartDns]:
    started: list[asyncio.DatagramTransport] = []

    async def start(zone: dict[tuple[str, str], Sequence[Answer]]) -> DnsStub:
        transport, stub = await asyncio.get_running_loop().create_datagram_endpoint(
            lambda: DnsStub(zone), local_addr=("127.0.0.1", 0)
        )
        started.append(transport)
        return stub

    yield start
    for transport in started:
        transport.close()


@dataclass
class Served:
    """A running raw server: its port, and the request heads it has read."""

    port: int = 0
    requests: list[bytes] = field(default_factory=list)
    connections: int = 0


Serve = Callable[..., Awaitable[Served]]


@pytest.fixture
async def serve() -> AsyncIterator[Serve]:
    """Start servers that answer every connection with raw bytes, or leave it to a handler once the head is read."""
    async with AsyncExitStack() as stack:

        async def start(reply: bytes | Handler, context: ssl.SSLContext | None = None) -> Served:
            served = Served()

            async def on_connection(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
                served.connections += 1
                try:
                    if callable(reply):
                        await reply(reader, writer)
                    else:
                        served.requests.append(await reader.readuntil(b"\r\n\r\n"))
                        writer.write(reply)
                        await writer.drain()
                except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
                    return
                finally:
                    writer.close()

            server = await asyncio.start_server(on_connection, "127.0.0.1", 0, ssl=context)
            stack.callback(server.close)
            served.port = server.sockets[0].getsockname()[1]
            return served

        yield start


@dataclass(frozen=True)
class Signed:
    """A certificate and its key; ``chain`` are the certificates a server should send with it."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(Encoding.PEM)

    @property
    def der(self) -> bytes:
        return self.certificate.public_bytes(Encoding.DER)


NOW = datetime.now(UTC).replace(microsecond=0)  # noqa: TID251 (certificates are judged by the machine's clock)


class Authority:
    """A certificate authority of our own: a root, and an intermediate below it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._count = 0
        self.root = sign("Racine de test", ca=True)
        self.intermediate = sign("Autorité intermédiaire", by=self.root, ca=True)
        self.root_file = folder / "root.pem"
        self.root_file.write_bytes(self.root.pem)

    def context(self, signed: Signed, *chain: Signed) -> ssl.SSLContext:
        """Return a server's context that shows a certificate, with the chain given and nothing else."""
        self._count += 1
        path = self._folder / f"{self._count}.pem"
        key = signed.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        path.write_bytes(key + signed.pem + b"".join(one.pem for one in chain))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(path)
        return context


def sign(
    name: str,
    *hosts: str,
    by: Signed | None = None,
    ca: bool = False,
    days: tuple[int, int] = (-10, 10),
    issuer_url: str | None = None,
) -> Signed:
    """Return a new certificate, self-signed without an issuer."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    signer = by.key if by else key
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(by.certificate.subject if by else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW + timedelta(days=days[0]))
        .not_valid_after(NOW + timedelta(days=days[1]))
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False)
    )
    if hosts:
        names = [x509.IPAddress(ip_address(h)) if h[0].isdigit() else x509.DNSName(h) for h in hosts]
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    if issuer_url:
        place = x509.AccessDescription(
            AuthorityInformationAccessOID.CA_ISSUERS, x509.UniformResourceIdentifier(issuer_url)
        )
        builder = builder.add_extension(x509.AuthorityInformationAccess([place]), critical=False)
    return Signed(builder.sign(signer, SHA256()), key)


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="session")
def make_certificate() -> Callable[..., Signed]:
    return sign


@pytest.fixture
def unused_port() -> Iterator[int]:
    """A port of loopback on which nothing listens: bound, never listening."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield held.getsockname()[1]
