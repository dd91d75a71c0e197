"""The served country over real sockets: HTTP, HTTPS and DNS on loopback."""

import asyncio
import json
import socket
import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import aiohttp.abc
import dns.asyncquery
import dns.message
import dns.rcode
import pytest

from services.simulator.country import Country, SyntheticSite, assemble, draw_features
from services.simulator.export import write_connection, write_targets, write_truth
from services.simulator.server import ServedCountry, serve
from tests.simulator.conftest import commune

SITES: dict[str, dict[str, str]] = {
    "sound": {"template": "wordpress", "hsts": "long", "not_found": "hard", "sitemap_xml": "yes", "robots": "open"},
    "both": {"https": "both", "not_found": "soft"},
    "http_only": {"https": "http_only"},
    "downgraded": {"https": "downgraded"},
    "expired": {"certificate": "expired"},
    "wrong_host": {"certificate": "wrong_host"},
    "self_signed": {"certificate": "self_signed"},
    "moved": {"moved": "yes"},
    "twin": {"template": "table", "mobile_content": "separate", "https": "both"},
    "no_alias": {"alias": "absent"},
    "same_alias": {"alias": "same"},
    "mixed": {"mixed_content": "yes"},
    "endless": {"pace": "endless"},
    "slow": {"pace": "slow"},
    "platform": {"status": "third_party_subdomain"},
    "dead": {"status": "dns_dead"},
    "refused": {"status": "unreachable", "variant": "refused"},
    "tarpit": {"status": "unreachable", "variant": "tarpit"},
    "sedo": {"status": "parked", "variant": "sedo_ns"},
    "cname": {"status": "parked", "variant": "cname"},
    "challenge": {"status": "blocked", "variant": "challenge"},
    "robots": {"status": "blocked", "variant": "robots"},
    "e404": {"status": "http_error", "variant": "404"},
    "e500": {"status": "http_error", "variant": "500"},
    "redirect": {"status": "wrong_entity", "variant": "redirect"},
    "casino": {"status": "hijacked"},
    "construction": {"status": "under_construction", "variant": "construction"},
    "login": {"status": "login_only"},
    "empty": {"status": "empty"},
    "social": {"status": "social_only"},
    "nginx": {"status": "default_hosting", "variant": "nginx"},
}
PHONE = "Mozilla/5.0 (Linux; Android 14) Chrome/130.0 Mobile Safari/537.36"


def build() -> tuple[Country, dict[str, SyntheticSite]]:
    people = {name: commune(index) for index, name in enumerate(SITES)}
    country = assemble(
        [(a, draw_features(a, 7, {"status": "functional", **SITES[name]})) for name, a in people.items()], 7
    )
    return country, {name: country.sites[a.code] for name, a in people.items()}


class Loopback(aiohttp.abc.AbstractResolver):
    """Leads every host where the country's rules say."""

    def __init__(self, served: ServedCountry) -> None:
        self._rules = [rule.split("=") for rule in served.resolve_rules]

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[aiohttp.abc.ResolveResult]:
        del port, family
        target = next(target for name, target in self._rules if name in ("*", host))
        address, number = target.split(":")
        return [
            aiohttp.abc.ResolveResult(
                hostname=host, host=address, port=int(number), family=socket.AF_INET, proto=0, flags=0
            )
        ]

    async def close(self) -> None:
        """Nothing to close."""


class Client:
    def __init__(self, served: ServedCountry, sites: dict[str, SyntheticSite]) -> None:
        self.served, self.sites = served, sites
        trust = ssl.create_default_context(cadata=served.ca_pem.decode())
        connector = aiohttp.TCPConnector(resolver=Loopback(served), ssl=trust)
        timeout = aiohttp.ClientTimeout(total=3)
        self.session = aiohttp.ClientSession(connector=connector, timeout=timeout, raise_for_status=False)

    def url(self, name: str, path: str = "/", scheme: str = "https") -> str:
        address = self.sites[name].address
        assert address
        return f"{scheme}://{address.host}{address.base}{path}"

    async def get(self, url: str, **headers: str) -> tuple[int, str, dict[str, str]]:
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        async with self.session.get(url, allow_redirects=False, headers=given) as answer:
            return answer.status, (await answer.read()).decode("utf-8", "replace"), dict(answer.headers)


@pytest.fixture
async def client() -> AsyncIterator[Client]:
    country, sites = build()
    async with serve(country) as served:
        client = Client(served, sites)
        try:
            yield client
        finally:
            await client.session.close()


async def test_a_sound_site_redirects_to_https_and_answers_there(client: Client) -> None:
    status, _, headers = await client.get(client.url("sound", scheme="http"))
    assert (status, headers["Location"]) == (301, client.url("sound"))
    status, body, headers = await client.get(client.url("sound"))
    assert status == 200
    assert "Mairie" in body
    assert headers["Strict-Transport-Security"].startswith("max-age=63072000")
    status, _, headers = await client.get(client.url("sound").replace("//www.", "//"))
    assert (status, headers["Location"]) == (301, client.url("sound"))


async def test_files_around_the_pages_are_served(client: Client) -> None:
    for path, kind in (
        ("/robots.txt", "text/plain"),
        ("/sitemap.xml", "application/xml"),
        ("/assets/theme.css", "text/css"),
        ("/assets/photo-2-large.jpg", "image/jpeg"),
        ("/documents/reglement-plu.pdf", "application/pdf"),
    ):
        status, _, headers = await client.get(client.url("sound", path))
        assert status == 200
        assert headers["Content-Type"].startswith(kind)
    assert "max-age" in (await client.get(client.url("sound", "/assets/site.js")))[2]["Cache-Control"]


async def test_unknown_pages_are_404_or_say_sorry_with_200(client: Client) -> None:
    assert (await client.get(client.url("sound", "/x1")))[0] == 404
    status, body, _ = await client.get(client.url("both", "/x1"))
    assert status == 200
    assert "introuvable" in body


async def test_pages_are_compressed_for_those_who_ask(client: Client) -> None:
    assert (await client.get(client.url("sound"), Accept_Encoding="gzip"))[2]["Content-Encoding"] == "gzip"
    assert "Content-Encoding" not in (await client.get(client.url("sound"), Accept_Encoding="identity"))[2]


async def test_head_has_the_length_and_no_body_and_the_connection_lives_on(client: Client) -> None:
    for _ in range(3):
        async with client.session.head(client.url("sound")) as answer:
            assert answer.status == 200
            assert int(answer.headers["Content-Length"]) > 500
            assert await answer.read() == b""
        assert (await client.get(client.url("sound")))[0] == 200


async def test_a_downgraded_site_sends_https_visitors_to_http(client: Client) -> None:
    status, _, headers = await client.get(client.url("downgraded"))
    assert (status, headers["Location"]) == (302, client.url("downgraded", scheme="http"))
    assert (await client.get(client.url("downgraded", scheme="http")))[0] == 200


async def test_a_site_without_https_refuses_the_handshake(client: Client) -> None:
    assert (await client.get(client.url("http_only", scheme="http")))[0] == 200
    with pytest.raises(aiohttp.ClientConnectorError):
        await client.get(client.url("http_only"))


@pytest.mark.parametrize(
    ("name", "message"),
    [("expired", "expired"), ("wrong_host", "mismatch"), ("self_signed", "self-signed|self signed")],
)
async def test_bad_certificates_are_bad_in_their_own_way(client: Client, name: str, message: str) -> None:
    with pytest.raises(aiohttp.ClientConnectorCertificateError, match=message):
        await client.get(client.url(name))
    async with client.session.get(client.url(name), ssl=False) as answer:
        assert answer.status == 200


async def test_a_site_that_moved_leads_to_its_new_domain(client: Client) -> None:
    old = client.sites["moved"].old_host
    status, _, headers = await client.get(f"https://{old}/contact")
    assert (status, headers["Location"]) == (301, client.url("moved", "/contact"))


async def test_telephones_are_sent_to_the_twin_and_only_they(client: Client) -> None:
    assert (await client.get(client.url("twin")))[0] == 200
    status, _, headers = await client.get(client.url("twin"), User_Agent=PHONE)
    assert (status, headers["Location"]) == (302, f"https://{client.sites['twin'].mobile_host}/")
    status, body, _ = await client.get(headers["Location"], User_Agent=PHONE)
    assert status == 200
    assert "version mobile" in body
    _, _, headers = await client.get(client.url("twin", "/contact.html"), User_Agent=PHONE)
    assert headers["Location"] == f"https://{client.sites['twin'].mobile_host}/contact.html"
    assert (await client.get(headers["Location"]))[0] == 200
    assert (await client.get(f"https://{client.sites['twin'].mobile_host}/x1"))[0] == 404


async def test_mixed_content_names_sub_resources_in_clear(client: Client) -> None:
    _, body, _ = await client.get(client.url("mixed"))
    assert 'src="http://' in body


async def test_the_name_without_www_may_answer_by_itself(client: Client) -> None:
    assert (await client.get(client.url("same_alias").replace("//www.", "//")))[0] == 200


UNHAPPY = [
    ("sedo", 200, "à vendre"),
    ("challenge", 403, "Just a moment"),
    ("e404", 404, "Not Found"),
    ("e500", 500, "Internal Server Error"),
    ("casino", 200, "casinos"),
    ("construction", 200, "en cours de construction"),
    ("login", 200, "password"),
    ("empty", 200, "page"),
    ("social", 200, "publications"),
    ("nginx", 200, "Welcome to nginx"),
    ("redirect", 301, ""),
]


@pytest.mark.parametrize(("name", "status", "text"), UNHAPPY)
async def test_the_unhappy_web_answers_in_its_way(client: Client, name: str, status: int, text: str) -> None:
    found, body, headers = await client.get(client.url(name, scheme="http"))
    assert found == status
    assert text in body
    assert name != "challenge" or headers["cf-mitigated"] == "challenge"


async def test_robots_txt_can_forbid_everything(client: Client) -> None:
    assert (await client.get(client.url("robots", "/robots.txt")))[1] == "User-agent: *\nDisallow: /\n"


async def test_refused_is_refused_by_the_system(client: Client) -> None:
    with pytest.raises(aiohttp.ClientConnectorError) as raised:
        await client.get(client.url("refused", scheme="http"))
    assert isinstance(raised.value.os_error, ConnectionRefusedError)


@pytest.mark.parametrize(("name", "scheme"), [("slow", "https"), ("tarpit", "http")])
async def test_some_servers_outlast_any_patience(client: Client, name: str, scheme: str) -> None:
    with pytest.raises(asyncio.TimeoutError):
        async with client.session.get(client.url(name, scheme=scheme), timeout=aiohttp.ClientTimeout(total=0.4)):
            pass


async def test_an_endless_page_has_its_content_first_and_never_ends(client: Client) -> None:
    async with client.session.get(client.url("endless")) as answer:
        begun = await answer.content.readexactly(100_000)
    assert b"Bienvenue" in begun
    assert b"</html>" not in begun


async def test_a_host_nobody_owns_is_not_found_and_trackers_answer(client: Client) -> None:
    assert (await client.get("http://www.inconnu.example/"))[0] == 404
    assert (await client.get("https://www.googletagmanager.com/gtag/js?id=1"))[0] == 200


async def ask(client: Client, name: str, kind: str, *, tcp: bool = False) -> dns.message.Message:
    query = dns.message.make_query(name, kind)
    send = dns.asyncquery.tcp if tcp else dns.asyncquery.udp
    return await send(query, client.served.address, port=client.served.dns_port, timeout=3)


@pytest.mark.parametrize("tcp", [False, True])
async def test_names_of_sites_have_addresses_and_dead_ones_do_not_exist(client: Client, tcp: bool) -> None:
    host = client.sites["sound"].hosts[0]
    found = await ask(client, host, "A", tcp=tcp)
    assert found.answer[0][0].to_text().startswith("192.0.2.")
    assert (await ask(client, host.upper(), "A", tcp=tcp)).rcode() == dns.rcode.NOERROR
    assert not (await ask(client, host, "AAAA", tcp=tcp)).answer
    for name in (*client.sites["dead"].hosts, "www.inconnu.example", f"autre.{host}"):
        assert (await ask(client, name, "A", tcp=tcp)).rcode() == dns.rcode.NXDOMAIN


async def test_parked_names_have_the_name_servers_or_the_alias_of_the_parking(client: Client) -> None:
    apex = client.sites["sedo"].hosts[0].removeprefix("www.")
    assert "sedoparking.com" in (await ask(client, apex, "NS")).answer[0].to_text()
    answer = (await ask(client, client.sites["cname"].hosts[0], "A")).answer
    assert [rrset.rdtype for rrset in answer] == [dns.rdatatype.CNAME, dns.rdatatype.A]


async def test_a_name_without_its_apex_has_a_zone_but_no_address(client: Client) -> None:
    apex = client.sites["no_alias"].hosts[0].removeprefix("www.")
    found = await ask(client, apex, "A")
    assert found.rcode() == dns.rcode.NOERROR
    assert not found.answer
    assert (await ask(client, apex, "NS")).answer


async def test_noise_does_not_disturb_the_servers(client: Client) -> None:
    for noise in (b"\x16\x03", b"GET", b"\x00" * 30, b"\xff" * 9):
        reader, writer = await asyncio.open_connection(client.served.address, client.served.port)
        writer.write(noise)
        writer.write_eof()
        await reader.read()
        writer.close()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagram:
            datagram.sendto(noise, (client.served.address, client.served.dns_port))
    assert (await client.get(client.url("sound")))[0] == 200
    assert (await ask(client, client.sites["sound"].hosts[0], "A")).answer


async def test_the_files_of_a_country_describe_it(client: Client, tmp_path: Path) -> None:
    country, _ = build()
    write_targets(country, tmp_path / "targets.csv")
    write_truth(country, tmp_path / "truth.json")
    write_connection(client.served, tmp_path / "connection.json")
    truth = json.loads((tmp_path / "truth.json").read_text(encoding="utf-8"))
    assert set(truth) == set(country.sites)
    assert all(set(site) == {"hidden", "verdicts", "features"} for site in truth.values())
    connection = json.loads((tmp_path / "connection.json").read_text(encoding="utf-8"))
    assert connection["resolve"][-1] == f"*=127.0.0.1:{connection['port']}"
    assert len((tmp_path / "targets.csv").read_text(encoding="utf-8").splitlines()) == len(country.sites) + 1
