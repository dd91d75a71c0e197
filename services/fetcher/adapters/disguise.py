"""Makes a page's screen, touch and user agent those of a device, and its visitor one who was never there.

Set through the DevTools protocol on the page rather than on its context, so that two devices can share
one context and its HTTP cache.
"""

from playwright.async_api import CDPSession

from services.fetcher.adapters.browser_flags import Device, browser_user_agent


async def pose_as(cdp: CDPSession, device: Device, browser_version: str, contact_url: str) -> None:
    """Give a page the device's screen, touch and user agent, frames included. Call before it goes anywhere."""
    await show_on(cdp, device, height=device.height, scale=device.scale)
    if device.mobile:
        await cdp.send("Emulation.setTouchEmulationEnabled", {"enabled": True, "maxTouchPoints": 1})
    platform = "Android" if device.mobile else "Linux"
    await cdp.send(
        "Emulation.setUserAgentOverride",
        {
            "userAgent": browser_user_agent(device, browser_version, contact_url),
            "acceptLanguage": "fr-FR",
            "platform": "Linux armv81" if device.mobile else "Linux x86_64",
            "userAgentMetadata": {
                "platform": platform,
                "platformVersion": "10" if device.mobile else "",
                "architecture": "",
                "model": "K" if device.mobile else "",
                "mobile": device.mobile,
            },
        },
    )


async def show_on(cdp: CDPSession, device: Device, *, height: int, scale: float) -> None:
    """Give a page the device's screen with another height or pixel density."""
    turned = {"angle": 0, "type": "portraitPrimary" if device.mobile else "landscapePrimary"}
    screen = {"screenWidth": device.width, "screenHeight": device.height, "screenOrientation": turned}
    size = {"width": device.width, "height": height, "deviceScaleFactor": scale, "mobile": device.mobile}
    await cdp.send("Emulation.setDeviceMetricsOverride", screen | size)


async def forget_everything(cdp: CDPSession) -> None:
    """Remove what every origin stored in the page's context, save the HTTP cache; cookies are the caller's."""
    await cdp.send("Storage.clearDataForOrigin", {"origin": "*", "storageTypes": "all"})
