"""Images, style sheets, scripts and documents of realistic weight, made once and shared by all sites. Deterministic."""

import io
import random
import zlib
from functools import cache
from importlib.resources import files

from PIL import Image

PHOTOS = 6
_SIZES = {"large": (1200, 420), "small": (480, 300), "thumb": (240, 160)}
_FILLER_RULES = {"theme.css": 260, "mobile.css": 20}
_FILLER_FUNCTIONS = {"site.js": 150, "app.js": 150}


@cache
def photo(number: int, size: str) -> bytes:
    """Return one of the photographs as JPEG: a landscape of hills with grain, 10 to 100 kB by its size."""
    width, height = _SIZES[size]
    source = random.Random(number)
    small = Image.new("RGB", (6, 4))
    for y in range(4):
        for x in range(6):
            sky = y < 2
            base = (150, 190, 225) if sky else (90, 140, 70)
            small.putpixel((x, y), tuple(max(0, min(255, value + source.randint(-45, 45))) for value in base))
    picture = small.resize((width, height), Image.Resampling.BICUBIC)
    grain = Image.frombytes("L", (width // 2, height // 2), source.randbytes((width // 2) * (height // 2)))
    grain = grain.resize((width, height), Image.Resampling.BILINEAR).convert("RGB")
    out = io.BytesIO()
    Image.blend(picture, grain, 0.12).save(out, "JPEG", quality=72)
    return out.getvalue()


@cache
def logo() -> bytes:
    """Return a coat of arms as PNG, a few kB."""
    source = random.Random("blason")
    image = Image.new("RGB", (96, 112), (30, 70, 140))
    for _ in range(900):
        image.putpixel((source.randrange(96), source.randrange(112)), (220, 190, 60))
    image.paste((200, 40, 50), (0, 56, 48, 112))
    out = io.BytesIO()
    image.save(out, "PNG", optimize=True)
    return out.getvalue()


@cache
def text_asset(name: str) -> bytes:
    """Return a style sheet or script of the ``static`` folder, with the bulk that real ones carry.

    Raises FileNotFoundError for a name that is not there.
    """
    text = files(__package__).joinpath("static", name).read_text(encoding="utf-8")
    rules = "".join(
        f".u-{n:x}-{n * 7 % 61}{{margin:{n % 9}px {n % 7}px;color:#{n * 7919 % 0xFFFFFF:06x};opacity:.{n % 9 + 1}}}\n"
        for n in range(_FILLER_RULES.get(name, 0))
    )
    functions = "".join(
        f"function util{n:x}(a,b){{var r=[];for(var i=0;i<{n % 13 + 2};i++){{r.push((a*{n}+b*i)%{n + 3})}}return r}}\n"
        for n in range(_FILLER_FUNCTIONS.get(name, 0))
    )
    return (text + rules + functions).encode()


@cache
def static_names() -> frozenset[str]:
    """Return the names of the style sheets and scripts."""
    return frozenset(entry.name for entry in files(__package__).joinpath("static").iterdir() if "." in entry.name)


@cache
def document(title: str) -> bytes:
    """Return a one-page PDF with a title and incompressible bulk, about 20 kB."""
    bulk = random.Random(title).randbytes(20_000)
    text = f"BT /F1 18 Tf 60 760 Td ({_pdf_text(title)}) Tj ET".encode("latin-1", "replace")
    objects = (
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(text), text),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>",
        b"<</Length %d/Filter/FlateDecode>>stream\n%s\nendstream" % (len(zlib.compress(bulk)), zlib.compress(bulk)),
    )
    out, offsets = bytearray(b"%PDF-1.4\n"), []
    for number, body in enumerate(objects, 1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    out += b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start)
    return bytes(out)


def _pdf_text(text: str) -> str:
    return text.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)").replace("’", "'")
