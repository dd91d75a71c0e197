"""Sites that send their visitors round and round, or inside."""

import re

from services.simulator.hostile.asking import Ask, Out
from services.simulator.hostile.registry import handles
from services.simulator.hostile.town import read_page

_INSIDE = {
    "private": "http://10.0.0.1/",
    "metadata": "http://169.254.169.254/latest/meta-data/",
    "loopback": "http://127.0.0.1:5432/",
    "name": "http://private.forbidden.example/",
    "decimal": "http://2130706433/",
    "octal": "http://0177.0.0.1/",
    "mapped": "http://[::ffff:169.254.169.254]/",
    "nat64": "http://[64:ff9b::a9fe:a9fe]/",
    "file": "file:///etc/passwd",
    "data": "data:text/html,<h1>Mairie</h1>",
    "ftp": "ftp://127.0.0.1/",
    "javascript": "javascript:alert(1)",
    "port": "http://127.0.0.1:6379/",
    "mail_port": "http://mail.forbidden.example:25/",
    "userinfo": "http://mairie:secret@{host}/x/calm",
    "long": "http://{host}/" + "a" * 65_000,
    "control": "http://{host}/\x00\x01",
    "malformed": "http://[::1/",
}


@handles("redirect-inside")
async def redirect_inside(ask: Ask, out: Out) -> None:
    """Redirect to what the last part of the path names, else to what the case is named for."""
    kind = ask.path.split("?", 1)[0].rpartition("/")[2] or ask.case.name.removeprefix("redirect-to-")
    await out.redirect(_INSIDE[kind.replace("-", "_")].replace("{host}", ask.host))


@handles("redirect-mentions", "/mentions-legales")
async def redirect_mentions(ask: Ask, out: Out) -> None:
    """Be calm at the home page, and redirect the legal notice to the metadata service."""
    if ask.path == "/":
        await out.page(read_page("town"))
    else:
        await out.redirect(_INSIDE["metadata"])


@handles("redirect-growing")
async def redirect_growing(ask: Ask, out: Out) -> None:
    """Redirect to an address that nobody has seen yet, for ever."""
    await out.redirect(f"/x/redirect-growing/{_number(ask.path) + 1}")


@handles("redirect-circle")
async def redirect_circle(ask: Ask, out: Out) -> None:
    """Redirect between two addresses."""
    await out.redirect("/" if ask.path.startswith("/x/") else "/x/redirect-circle")


@handles("redirect-meta")
async def redirect_meta(ask: Ask, out: Out) -> None:
    """Leave at once for a page that leaves at once, by a meta refresh."""
    there = f"/x/redirect-meta/{_number(ask.path) + 1}"
    await out.page(f'<!doctype html><meta http-equiv="refresh" content="0;url={there}"><title>Saint-Exemple</title>')


@handles("redirect-script")
async def redirect_script(ask: Ask, out: Out) -> None:
    """Leave at once for a page that leaves at once, by a script."""
    there = f"/x/redirect-script/{_number(ask.path) + 1}"
    await out.page(f"<!doctype html><title>Saint-Exemple</title><script>location.href='{there}'</script>")


@handles("hsts-loop")
async def hsts_loop(ask: Ask, out: Out) -> None:
    """Demand HTTPS for ever, and send back to HTTP."""
    if ask.scheme == "https":
        await out.redirect(f"http://{ask.host}/", 301, "Strict-Transport-Security: max-age=63072000; includeSubDomains")
    else:
        await out.redirect(f"https://{ask.host}/", 301)


@handles("calm")
async def calm(_: Ask, out: Out) -> None:
    """Show the town's page."""
    await out.page(read_page("town"))


def _number(path: str) -> int:
    match = re.search(r"(\d{1,9})$", path)
    return int(match[1]) if match else 0
