"""Signed URLs of images, as the origin `/cdn/` renders them and a CDN before it keeps them.

    https://…/cdn/<key>?w=300&h=300&fit=crop&format=webp&v=<version>&e=<expiry>&sig=<signature>

The signature is over the key and the whole query, as it is written: nothing can be changed, added,
repeated or put in another order, so that nobody makes the origin render what the API handed out
no URL for. The expiry is the end of the next UTC day, and nothing in a URL is random: all day long
it is the same one, and a CDN has it. On a CDN's domain it is signed for CloudFront, too, whose
parameters the origin looks past: AWS does not say which of them it hands on.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from urllib.parse import parse_qsl, quote, urlencode

from botocore.signers import CloudFrontSigner
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from django.conf import settings
from django.utils.crypto import constant_time_compare, salted_hmac

from prework import clock

PREFIX = "/cdn/"
FITS = ("crop", "contain")
FORMATS = ("webp", "avif", "jpeg", "png")
MAX_SIDE = 4096
MAX_QUALITY = 100
MAX_URL = 4096
SALT = "prework.cdn"
DOMAIN = re.compile(r"[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")
OF_CLOUDFRONT = re.compile(  # what it is signed with for CloudFront, behind our own signature
    r"(?<=&sig=[0-9a-f]{64})"
    r"(&Expires=[0-9]+)?(&Signature=[A-Za-z0-9~_-]+)?(&Key-Pair-Id=[A-Za-z0-9]+)?\Z"
)


@dataclass(frozen=True, kw_only=True)
class Opened:
    """What a signed URL asks for."""

    key: str
    version_id: str
    width: int | None
    height: int | None
    fit: str
    format: str
    quality: int | None
    expires_at: datetime


class BadKey(ValueError):
    """A text that is no private key of RSA, the one kind that we sign with for CloudFront."""


def image_url(
    key: str,
    version_id: str,
    *,
    width: int | None = None,
    height: int | None = None,
    fit: str = "crop",
    format: str = "webp",
    quality: int | None = None,
) -> str:
    """The URL of a version of an image, at most so large and in this format; good until
    `expires_at()`, and the same all day.

    Raises `ValueError` for what no image has.
    """
    _check(width, height, fit, format, quality)
    expires = expires_at()
    asked = {"w": width, "h": height, "fit": fit, "format": format, "q": quality}
    bound = {**asked, "v": version_id, "e": clock.to_epoch(expires)}
    query = urlencode({name: value for name, value in bound.items() if value is not None})
    signature = _signature(key, query, settings.SECRET_KEY)
    url = f"{origin()}{PREFIX}{quote(key)}?{query}&sig={signature}"
    if not settings.CDN_DOMAIN:
        return url
    return _signed_for_cloudfront(url, expires, settings.CDN_KEY_ID, settings.CDN_PRIVATE_KEY)


def open_url(key: str, query: str) -> Opened | None:
    """What the URL of this key with this query asks for; `None` if we have not signed it so, or
    its time is over.
    """
    if len(query) > MAX_URL or not query.isascii():
        return None
    own = OF_CLOUDFRONT.sub("", query) if settings.CDN_DOMAIN else query
    asked, _, signature = own.rpartition("&sig=")
    if not _is_ours(key, asked, signature):
        return None
    given = dict(parse_qsl(asked, keep_blank_values=True))
    expires = datetime.fromtimestamp(int(given["e"]), UTC)
    if clock.now() >= expires:
        return None
    return Opened(
        key=key,
        version_id=given["v"],
        width=_number(given.get("w")),
        height=_number(given.get("h")),
        fit=given["fit"],
        format=given["format"],
        quality=_number(given.get("q")),
        expires_at=expires,
    )


def expires_at() -> datetime:
    """Until when a URL is good that is made now: the end of the next UTC day."""
    midnight = clock.now().replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight + timedelta(days=2)


def origin() -> str:
    """Where images come from, as a page's Content-Security-Policy names it, too."""
    domain = settings.CDN_DOMAIN
    return f"https://{domain}" if domain else settings.PUBLIC_URL.rstrip("/")


def unsafe_settings() -> Iterator[str]:
    """What production must not start with: a `SAFETY_CHECKS` entry."""
    named = {
        "PREWORK_CDN_DOMAIN": settings.CDN_DOMAIN,
        "PREWORK_CDN_KEY_ID": settings.CDN_KEY_ID,
        "PREWORK_CDN_PRIVATE_KEY": settings.CDN_PRIVATE_KEY,
    }
    missing = [name for name, value in named.items() if not value]
    if missing and len(missing) < len(named):
        yield f"{' and '.join(missing)} not set: a CDN needs {', '.join(named)}, or none of them."
    if settings.CDN_DOMAIN and not DOMAIN.fullmatch(settings.CDN_DOMAIN):
        yield "PREWORK_CDN_DOMAIN is no domain: give images.example.com, without https://."
    if settings.CDN_PRIVATE_KEY:
        try:
            _private_key(settings.CDN_PRIVATE_KEY)
        except BadKey as error:
            yield f"PREWORK_CDN_PRIVATE_KEY is not valid: {error}"


def _check(
    width: int | None, height: int | None, fit: str, format: str, quality: int | None
) -> None:
    sides = [side for side in (width, height) if side is not None]
    is_known = fit in FITS and format in FORMATS
    is_within = quality is None or 1 <= quality <= MAX_QUALITY
    if not is_known or not is_within or not all(1 <= side <= MAX_SIDE for side in sides):
        raise ValueError("There is no such image.")


def _is_ours(key: str, asked: str, signature: str) -> bool:
    """Whether one of our keys has signed this; every one of them is tried, in constant time."""
    secrets = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    same = [constant_time_compare(_signature(key, asked, one), signature) for one in secrets]
    return any(same)


def _signature(key: str, query: str, secret: str) -> str:
    text = f"{quote(key, errors='replace')}?{query}".encode("utf-8", "replace")
    return salted_hmac(SALT, text, secret=secret, algorithm="sha256").hexdigest()


def _number(text: str | None) -> int | None:
    return None if text is None else int(text)


@lru_cache(maxsize=4096)  # a list of files has a hundred of them, and RSA takes its time
def _signed_for_cloudfront(url: str, expires: datetime, key_id: str, private_key: str) -> str:
    """The URL with CloudFront's canned policy; in development, without a key, as it is.

    https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-creating-signed-url-canned-policy.html
    """
    if not (key_id and private_key):
        return url
    key = _private_key(private_key)

    def sign(message: bytes) -> bytes:
        return key.sign(message, PKCS1v15(), SHA1())  # noqa: S303  CloudFront's unless one says

    return CloudFrontSigner(key_id, sign).generate_presigned_url(url, date_less_than=expires)


@lru_cache(maxsize=4)
def _private_key(text: str) -> RSAPrivateKey:
    """The key in a PEM text, or in the file that is named. Raises `BadKey`."""
    try:
        pem = Path(text).read_bytes() if text.endswith(".pem") else text.encode()
        key = load_pem_private_key(pem.replace(b"\\n", b"\n"), password=None)
    except (OSError, ValueError, TypeError):
        raise BadKey("It is no private key: PEM, or the name of a .pem file.") from None
    if not isinstance(key, RSAPrivateKey):
        raise BadKey("It is a private key, but none of RSA.")
    return key
