"""Logs a browser context in to the egress proxy without switching its HTTP cache off.

Playwright's own proxy credentials intercept every request and disable the cache, which costs a site
five times the requests. Chromium remembers a proxy login per context, so it is enough to answer the
challenge of the documents, and to let every other request pass untouched.
"""

import asyncio

from playwright.async_api import CDPSession
from playwright.async_api import Error as PlaywrightError


async def answer_proxy(cdp: CDPSession, username: str, password: str) -> None:
    """Answer the proxy's authentication challenges on this page from now on."""
    pending: set[asyncio.Task[object]] = set()

    async def send(method: str, parameters: dict[str, object]) -> None:
        try:
            await cdp.send(method, parameters)
        except PlaywrightError:
            # The request or the page is already gone.
            return

    def start(method: str, parameters: dict[str, object]) -> None:
        task = asyncio.ensure_future(send(method, parameters))
        pending.add(task)
        task.add_done_callback(pending.discard)

    def on_paused(event: dict[str, object]) -> None:
        start("Fetch.continueRequest", {"requestId": event["requestId"]})

    def on_challenge(event: dict[str, object]) -> None:
        challenge = event["authChallenge"]
        from_proxy = isinstance(challenge, dict) and challenge.get("source") == "Proxy"
        # A site that asks for a password is shown its own 401 page.
        answer = {"response": "ProvideCredentials", "username": username, "password": password}
        response = answer if from_proxy else {"response": "CancelAuth"}
        start("Fetch.continueWithAuth", {"requestId": event["requestId"], "authChallengeResponse": response})

    cdp.on("Fetch.requestPaused", on_paused)
    cdp.on("Fetch.authRequired", on_challenge)
    await cdp.send(
        "Fetch.enable",
        {"handleAuthRequests": True, "patterns": [{"urlPattern": "*", "resourceType": "Document"}]},
    )
