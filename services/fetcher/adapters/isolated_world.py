"""Asks a page questions from a JavaScript world of our own.

Pages redefine built-ins (old Prototype breaks JSON, bot traps watch ``outerHTML``): in an isolated
world they cannot touch ours, nor see that we looked.
"""

import asyncio

from playwright.async_api import CDPSession
from playwright.async_api import Error as PlaywrightError

_NAME = "commune-audit"
_TRIES = 3
_PAUSE = 0.3


class PageUnreadable(Exception):
    """The page did not answer, or kept navigating away while it was asked."""


class IsolatedWorld:
    """Evaluates expressions in the main frame of one page, each within a limit."""

    def __init__(self, cdp: CDPSession) -> None:
        self._cdp = cdp
        self._scripts_stopped = False
        self._hushed = False

    async def evaluate(self, expression: str, *, seconds: float) -> object:
        """Return the JSON value of an expression. Raises PageUnreadable.

        A page whose script never yields has its scripts stopped, and is asked once more.
        """
        for attempt in range(_TRIES):
            try:
                async with asyncio.timeout(seconds):
                    return await self._ask(expression, seconds)
            except TimeoutError:
                if self._scripts_stopped:
                    break
                await self.stop_scripts()
            except PlaywrightError as error:
                # "Cannot find context", "Inspected target navigated": the document is being replaced.
                if attempt == _TRIES - 1:
                    raise PageUnreadable(error.message[:200]) from error
                await asyncio.sleep(_PAUSE)
        raise PageUnreadable(f"no answer within {seconds:g} s")

    async def run(self, expression: str, *, seconds: float) -> object:
        """Return the JSON value of the promise that an expression gives, asked once. Raises PageUnreadable."""
        try:
            async with asyncio.timeout(seconds):
                return await self._ask(expression, seconds, promise=True)
        except TimeoutError as error:
            await self.stop_scripts()
            raise PageUnreadable(f"no answer within {seconds:g} s") from error
        except PlaywrightError as error:
            raise PageUnreadable(error.message[:200]) from error

    async def stop_scripts(self) -> None:
        """End the running script and let no other start, until the next call of allow_scripts."""
        self._scripts_stopped = True
        await self._quietly("Emulation.setScriptExecutionDisabled", {"value": True})
        await self._quietly("Runtime.terminateExecution", {})

    async def hush(self) -> None:
        """Let no script of the page start while it is looked at, until the next call of allow_scripts.

        Sliders and pollers of a page that nobody reads any more cost a tenth of a processor; ours still run.
        """
        self._hushed = True
        await self._quietly("Emulation.setScriptExecutionDisabled", {"value": True})

    async def allow_scripts(self) -> None:
        """Let scripts run again."""
        if self._scripts_stopped or self._hushed:
            self._scripts_stopped = self._hushed = False
            await self._quietly("Emulation.setScriptExecutionDisabled", {"value": False})

    async def stop_loading(self) -> None:
        """End a document that never ends, so that what has come of it can be read."""
        await self._quietly("Page.stopLoading", {})

    async def _ask(self, expression: str, seconds: float, *, promise: bool = False) -> object:
        tree = await self._cdp.send("Page.getFrameTree")
        world = await self._cdp.send(
            "Page.createIsolatedWorld", {"frameId": tree["frameTree"]["frame"]["id"], "worldName": _NAME}
        )
        answer = await self._cdp.send(
            "Runtime.evaluate",
            {
                "expression": expression,
                "contextId": world["executionContextId"],
                "returnByValue": True,
                "awaitPromise": promise,
                "timeout": seconds * 1000,
            },
        )
        if "exceptionDetails" in answer:
            raise PageUnreadable(str(answer["exceptionDetails"].get("exception", {}).get("description", ""))[:200])
        value: object = answer["result"].get("value")
        return value

    async def _quietly(self, method: str, parameters: dict[str, bool]) -> None:
        try:
            async with asyncio.timeout(2):
                await self._cdp.send(method, parameters)
        except (TimeoutError, PlaywrightError):
            # A renderer too stuck even for this is ended with its context.
            return
