"""On a CDN's domain a URL is signed for CloudFront too, as CloudFront would verify it."""

import base64
import re
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import orjson
import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from pytest_django import Settings

from prework import cdn, clock

KEY = "org-1/users/user-1/profile/0190-photo.jpg"
PAIR = rsa.generate_private_key(public_exponent=65537, key_size=2048)
NOON = datetime(2026, 11, 27, 12, 0, tzinfo=UTC)
END = int(datetime(2026, 11, 29, tzinfo=UTC).timestamp())


def pem(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


@pytest.fixture(autouse=True)
def a_cdn(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.CDN_DOMAIN = "images.example.com"
    settings.CDN_KEY_ID = "K2JCJMDEHXQW5F"
    settings.CDN_PRIVATE_KEY = pem(PAIR)
    monkeypatch.setattr(clock, "now", lambda: NOON)


def verify(url: str) -> str:
    """What CloudFront asks the origin for, when the signature is one of the key group's keys."""
    base, _, own = url.partition("&Expires=")
    given = dict(parse_qsl(f"Expires={own}", strict_parsing=True))
    assert list(given) == ["Expires", "Signature", "Key-Pair-Id"]
    assert given["Key-Pair-Id"] == "K2JCJMDEHXQW5F"
    policy = {
        "Statement": [
            {
                "Resource": base,
                "Condition": {"DateLessThan": {"AWS:EpochTime": int(given["Expires"])}},
            }
        ]
    }
    # CloudFront's own alphabet: + is -, = is _, / is ~.
    signature = base64.b64decode(given["Signature"].translate(str.maketrans("-_~", "+=/")))
    PAIR.public_key().verify(signature, orjson.dumps(policy), PKCS1v15(), SHA1())  # noqa: S303
    return base


def test_cloudfront_takes_it_and_so_does_the_origin() -> None:
    url = cdn.image_url(KEY, "v1", width=300, height=300)

    asked = verify(url)

    assert asked.startswith(f"https://images.example.com/cdn/{KEY}?w=300&h=300&fit=crop")
    opened = cdn.open_url(KEY, urlsplit(asked).query)
    assert opened is not None
    assert opened.expires_at.timestamp() == END
    assert f"&Expires={END}&" in url


def test_the_origin_looks_past_what_is_cloudfronts(settings: Settings) -> None:
    """AWS does not say whether CloudFront hands its own parameters on, or which of them."""
    query = urlsplit(cdn.image_url(KEY, "v1", width=300)).query
    own, *theirs = re.split("(?=&Expires|&Signature|&Key-Pair-Id)", query)
    assert len(theirs) == 3
    expires, signature, key_id = theirs
    handed_on = ("".join(theirs), "", expires, signature, key_id, expires + key_id)
    for given in handed_on:
        assert cdn.open_url(KEY, own + given) is not None, given
    settings.CDN_DOMAIN = ""
    assert cdn.open_url(KEY, own) is not None
    assert cdn.open_url(KEY, query) is None


@pytest.mark.parametrize(
    "more",
    ["&x=1", "&w=301", "&Expires=", "&Expires=1&Expires=1", "&Policy=x", "&Expires=1%26w=9"],
)
def test_and_past_nothing_else(more: str) -> None:
    query = urlsplit(cdn.image_url(KEY, "v1", width=300)).query
    own = query.partition("&Expires=")[0]
    assert cdn.open_url(KEY, query + more) is None
    assert cdn.open_url(KEY, more[1:] + "&" + query) is None
    assert cdn.open_url(KEY, own + more) is None
    assert cdn.open_url(KEY, own.replace("&sig=", f"{more}&sig=") + "&Expires=1") is None


def test_cloudfront_takes_no_other_size() -> None:
    url = cdn.image_url(KEY, "v1", width=300, height=300)
    with pytest.raises(InvalidSignature):
        verify(url.replace("w=300", "w=301"))


def test_it_is_the_same_all_day(monkeypatch: pytest.MonkeyPatch) -> None:
    url = cdn.image_url(KEY, "v1")
    monkeypatch.setattr(clock, "now", lambda: NOON.replace(hour=23))
    assert cdn.image_url(KEY, "v1") == url


def test_a_key_may_be_in_a_file_and_have_its_lines_escaped(
    settings: Settings, tmp_path: Path
) -> None:
    expected = cdn.image_url(KEY, "v1")
    file = tmp_path / "cdn.pem"
    file.write_text(pem(PAIR))
    for given in (str(file), pem(PAIR).replace("\n", "\\n")):
        settings.CDN_PRIVATE_KEY = given
        assert cdn.image_url(KEY, "v1") == expected


def test_all_three_settings_are_safe() -> None:
    assert list(cdn.unsafe_settings()) == []


def test_none_of_them_is_safe(settings: Settings) -> None:
    settings.CDN_DOMAIN = settings.CDN_KEY_ID = settings.CDN_PRIVATE_KEY = ""
    assert list(cdn.unsafe_settings()) == []


@pytest.mark.parametrize("missing", ["CDN_DOMAIN", "CDN_KEY_ID", "CDN_PRIVATE_KEY"])
def test_half_of_them_is_refused_by_name(settings: Settings, missing: str) -> None:
    setattr(settings, missing, "")
    assert list(cdn.unsafe_settings()) == [
        f"PREWORK_{missing} not set: a CDN needs PREWORK_CDN_DOMAIN, PREWORK_CDN_KEY_ID, "
        "PREWORK_CDN_PRIVATE_KEY, or none of them."
    ]


@pytest.mark.parametrize(
    "key", ["nonsense", "gone.pem", pem(ec.generate_private_key(ec.SECP256R1()))]
)
def test_a_key_that_is_none_is_refused(settings: Settings, key: str) -> None:
    settings.CDN_PRIVATE_KEY = key
    (refusal,) = cdn.unsafe_settings()
    assert refusal.startswith("PREWORK_CDN_PRIVATE_KEY is not valid: ")
    assert key not in refusal


def test_a_domain_that_is_an_address_is_refused(settings: Settings) -> None:
    settings.CDN_DOMAIN = "https://images.example.com/"
    assert [words[:21] for words in cdn.unsafe_settings()] == ["PREWORK_CDN_DOMAIN is"]
