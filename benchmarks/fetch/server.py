"""Serves the sites from a process of its own, whose time is not counted."""

import asyncio
import base64
import gzip
import hashlib
import json
import multiprocessing
import ssl
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives import serialization

from benchmarks.fetch.sites import SITES, WARM_UP, Resource, build_web
from services.simulator.certificates import CertificateAuthority
from services.simulator.features import CertificateKind

_HTTPS_HOSTS = {site.host for site in (*SITES, WARM_UP) if site.https}
_YEAR = 31_536_000


@dataclass(frozen=True, slots=True)
class Served:
    """Where the sites are: ports on 127.0.0.1, their certificates' authority, and the hash of their key."""

    http_port: int
    https_port: int
    key_hash: str
    authority_pem: Path

    @property
    def resolve(self) -> tuple[str, ...]:
        return f"*:80=127.0.0.1:{self.http_port}", f"*:443=127.0.0.1:{self.https_port}"

    @property
    def flags(self) -> tuple[str, ...]:
        """What every arm's browser is told: real certificates are trusted, and only then are answers cached."""
        return (f"--ignore-certificate-errors-spki-list={self.key_hash}",)

    @property
    def mapping(self) -> str:
        """What a browser without our proxy is told instead of DNS."""
        return f"--host-resolver-rules=MAP *:80 127.0.0.1:{self.http_port},MAP *:443 127.0.0.1:{self.https_port}"


@contextmanager
def serving(latency: tuple[float, float] = (0, 0)) -> Iterator[Served]:
    """Serve until exit, each document and each asset after its latency in seconds."""
    ours, theirs = multiprocessing.get_context("spawn").Pipe()
    with tempfile.TemporaryDirectory() as folder:
        process = multiprocessing.get_context("spawn").Process(target=_run, args=(theirs, folder, latency), daemon=True)
        process.start()
        http_port, https_port, key_hash = json.loads(ours.recv())
        try:
            yield Served(http_port, https_port, key_hash, Path(folder) / "authority.pem")
        finally:
            process.terminate()
            process.join()


def _run(parent: Connection, folder: str, latency: tuple[float, float]) -> None:
    asyncio.run(_serve(parent, Path(folder), latency))


async def _serve(parent: Connection, folder: Path, latency: tuple[float, float]) -> None:
    hosts = build_web()
    packed = {host: {path: _pack(resource) for path, resource in paths.items()} for host, paths in hosts.items()}

    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        host = request.host.partition(":")[0]
        if host in _HTTPS_HOSTS and not request.secure:
            return web.Response(status=301, headers={"Location": f"https://{host}{request.path_qs}"})
        if f"www.{host}" in packed:
            return web.Response(status=301, headers={"Location": f"{request.scheme}://www.{host}{request.path_qs}"})
        if request.path == "/robots.txt":
            return web.Response(text="User-agent: *\nDisallow: /admin/\n")
        found = packed.get(host, {}).get(request.path)
        await asyncio.sleep(latency[0] if found is None or not found[2] else latency[1])
        if found is None:
            return web.Response(status=200 if request.path == "/etat" else 404, text="rien")
        body, headers, _ = found
        return web.Response(body=body, headers=headers)

    authority = CertificateAuthority()
    (folder / "authority.pem").write_bytes(authority.pem)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate = folder / "server.pem"
    names = [*hosts, *(host.removeprefix("www.") for host in hosts if host.startswith("www."))]
    pem = authority.issue(names, CertificateKind.VALID)
    certificate.write_bytes(pem)
    context.load_cert_chain(certificate)
    runner = web.ServerRunner(web.Server(answer))
    await runner.setup()
    for tls in (None, context):
        await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls).start()
    key = x509.load_pem_x509_certificate(pem).public_key()
    info = key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    key_hash = base64.b64encode(hashlib.sha256(info).digest()).decode()
    parent.send(json.dumps([*(address[1] for address in runner.addresses), key_hash]))
    await asyncio.Event().wait()


def _pack(resource: Resource) -> tuple[bytes, dict[str, str], bool]:
    headers = {"Content-Type": resource.media_type}
    headers["Cache-Control"] = f"max-age={_YEAR}" if resource.cacheable else "no-cache"
    if resource.media_type.startswith(("text/", "application/")):
        return gzip.compress(resource.body, 6), headers | {"Content-Encoding": "gzip"}, resource.cacheable
    return resource.body, headers, resource.cacheable
