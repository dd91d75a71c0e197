"""How Chromium is asked to behave: flags, devices and user agents.

Each flag here either changed a measurement or closes a way out of the egress proxy.
"""

from dataclasses import dataclass

from services import __version__
from services.contracts.capture import Viewport

PLAYWRIGHT_DISABLED_FEATURES = (
    "AvoidUnnecessaryBeforeUnloadCheckSync",
    "DestroyProfileOnBrowserClose",
    "HttpsUpgrades",
    "HttpsFirstBalancedModeAutoEnable",
    "LensOverlay",
    "MediaRouter",
    "PaintHolding",
    "ThirdPartyStoragePartitioning",
    "AvoidCorsURLLoaderRestartOnRedirect",
    "TcpPortRandomizationWin",
    "OptimizationHints",
    "NetworkTimeServiceQuerying",
    "AimEnabled",
    "PreconnectToSearch",
)
"""What Playwright itself disables: the last ``--disable-features`` wins, so ours repeats its list."""

OMNIBOX_POPUPS = ("WebUIOmniboxPopup", "WebUIOmniboxAimPopup", "WebUIOmniboxFullPopup")
"""Full Chromium opens two hidden renderers per context for these; a third of a render's CPU."""

VENDOR_FEATURES = ("AutofillServerCommunication",)
"""What asks the vendor's servers about the forms of a page."""

_NOWHERE = "http://127.0.0.1:9/"
"""Port 9 is one that Chromium refuses to connect to (WHATWG Fetch standard, « bad port »)."""

FLAGS = (
    "--disable-features=" + ",".join(PLAYWRIGHT_DISABLED_FEATURES + OMNIBOX_POPUPS + VENDOR_FEATURES),
    # A page that eats memory crashes its renderer at 0.5 GB instead of the machine at 4 GB.
    "--js-flags=--max-old-space-size=384",
    # Everything goes through the egress proxy: no UDP, no background traffic of the browser's own.
    "--disable-quic",
    "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--disable-background-networking",
    "--disable-component-update",
    # Full Chromium asks for these two all the same.
    f"--gaia-url={_NOWHERE}",
    f"--component-updater=url-source={_NOWHERE}",
    "--disable-domain-reliability",
    "--disable-sync",
    "--no-first-run",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """The screen a site is shown on, in CSS pixels; ``full_scale`` is that of a picture of a whole page."""

    width: int
    height: int
    mobile: bool
    scale: float
    full_scale: float
    platform: str


DEVICES = {
    Viewport.DESKTOP: Device(
        width=1366, height=768, mobile=False, scale=1, full_scale=0.5, platform="X11; Linux x86_64"
    ),
    Viewport.MOBILE: Device(width=360, height=800, mobile=True, scale=3, full_scale=1, platform="Linux; Android 10; K"),
}


def product(contact_url: str) -> str:
    """Return the part of every user agent that says who we are and where to complain."""
    short = ".".join(__version__.split(".")[:2])
    return f"CommuneAudit/{short} (+{contact_url})"


def plain_user_agent(contact_url: str) -> str:
    """Return the user agent of requests made without a browser."""
    return f"Mozilla/5.0 (compatible) {product(contact_url)}"


def browser_user_agent(device: Device, browser_version: str, contact_url: str) -> str:
    """Return a device's user agent: Chrome's own reduced form with our name after it.

    Only the major version is told, as Chrome does since version 110.
    """
    major = browser_version.split(".", 1)[0]
    mobile = " Mobile" if device.mobile else ""
    return (
        f"Mozilla/5.0 ({device.platform}) AppleWebKit/537.36 (KHTML, like Gecko) "
        f"Chrome/{major}.0.0.0{mobile} Safari/537.36 {product(contact_url)}"
    )
