"""The scripts, styles and fonts that real town sites load, from npm at benchmark time: none is ours to ship."""

import subprocess

from platformdirs import user_cache_path

PACKAGES = (
    "jquery@3.7.1",
    "slick-carousel@1.8.1",
    "bootstrap@5.3.3",
    "swiper@11.1.0",
    "leaflet@1.9.4",
    "@fortawesome/fontawesome-free@6.5.2",
    "@fontsource/roboto@5.0.13",
)
FILES = {
    "jquery.js": "jquery/dist/jquery.min.js",
    "slick.js": "slick-carousel/slick/slick.min.js",
    "slick.css": "slick-carousel/slick/slick.css",
    "bootstrap.js": "bootstrap/dist/js/bootstrap.bundle.min.js",
    "bootstrap.css": "bootstrap/dist/css/bootstrap.min.css",
    "swiper.js": "swiper/swiper-bundle.min.js",
    "swiper.css": "swiper/swiper-bundle.min.css",
    "leaflet.js": "leaflet/dist/leaflet.js",
    "leaflet.css": "leaflet/dist/leaflet.css",
    "fontawesome.css": "@fortawesome/fontawesome-free/css/all.min.css",
    "fa-solid.woff2": "@fortawesome/fontawesome-free/webfonts/fa-solid-900.woff2",
    "roboto-400.woff2": "@fontsource/roboto/files/roboto-latin-400-normal.woff2",
    "roboto-700.woff2": "@fontsource/roboto/files/roboto-latin-700-normal.woff2",
}


def load_libraries() -> dict[str, bytes]:
    """Return the files by the name the sites give them; npm is asked the first time only."""
    folder = user_cache_path("commune-audit") / "benchmark-libraries"
    modules = folder / "node_modules"
    if not all((modules / path).is_file() for path in FILES.values()):
        folder.mkdir(parents=True, exist_ok=True)
        command = ["npm", "install", "--ignore-scripts", "--no-audit", "--no-fund", "--prefix", str(folder), *PACKAGES]
        subprocess.run(command, check=True, capture_output=True)  # noqa: S603
    return {name: (modules / path).read_bytes() for name, path in FILES.items()}
