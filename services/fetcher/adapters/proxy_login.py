"""Watches a page's documents: logs its context in to the egress proxy, and asks for documents afresh.

Playwright's own proxy credentials intercept every request and disable the cache, which costs a site
five times the requests. Chromium remembers a proxy login per context, so it is enough to answer the
challenge of the documents, and to let every other request pass untouched.
"""

import asyncio

from playwright.async_api import CDPSession
from playwright.async_api import Error as PlaywrightError


async def watch_documents(cdp: CDPSession, *, username: str | None, password: str | None, afresh: bool) -> None:
    """Answer the proxy's challenges on this page from now on, when there is a login.

    With ``afresh`` documents are asked for without regard to the cache: another device filled it, and a
    site may answer a phone with another page without saying so.
    """
    if username is None and not afresh:
        return
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
        answer: dict[str, object] = {"requestId": event["requestId"]}
        request = event["request"]
        if afresh and isinstance(request, dict):
            sent = {str(name): str(value) for name, value in request["headers"].items()}
            headers = sent | {"Cache-Control": "no-cache"}
            answer["headers"] = [{"name": name, "value": value} for name, value in headers.items()]
        start("Fetch.continueRequest", answer)

    def on_challenge(event: dict[str, object]) -> None:
        challenge = event["authChallenge"]
        from_proxy = isinstance(challenge, dict) and challenge.get("source") == "Proxy"
        # A site that asks for a password is shown its own 401 page.
        answer = {"response": "ProvideCredentials", "username": username or "", "password": password or ""}
        response = answer if from_proxy and username is not None else {"response": "CancelAuth"}
        start("Fetch.continueWithAuth", {"requestId": event["requestId"], "authChallengeResponse": response})

    cdp.on("Fetch.requestPaused", on_paused)
    cdp.on("Fetch.authRequired", on_challenge)
    await cdp.send(
        "Fetch.enable",
        {"handleAuthRequests": True, "patterns": [{"urlPattern": "*", "resourceType": "Document"}]},
    )
