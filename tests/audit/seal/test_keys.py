"""Who signs the seals: a key of the settings, or KMS; and whose seals of before are good."""

import base64
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from django.conf import settings
from django.core.management import CommandError, call_command
from pytest_django import Settings

from audit.engine.keys import BadKey, key_id, read_private_key, read_public_keys, to_pem
from audit.services.keys import signer, trusted_keys, unsafe_settings
from prework import aws
from tests.audit.seal.trail import at, problems, seal, verify, write
from tests.prework.crates import somebody

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
BASE64 = base64.b64encode(bytes(range(32))).decode()
PEM = KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


@pytest.mark.parametrize("text", [BASE64, PEM, f" {BASE64}\n"])
def test_a_key_is_pem_or_base64(text: str, settings: Settings) -> None:
    settings.AUDIT_SIGNING_KEY = text
    assert key_id(signer().public_key) == key_id(KEY.public_key())


OF_ANOTHER_KIND = generate_private_key(SECP256R1()).private_bytes(
    Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
)


@pytest.mark.parametrize(
    "text", ["", "a word", BASE64[:-4], PEM.replace("M", "N"), OF_ANOTHER_KIND.decode(), "BEGIN"]
)
def test_what_is_no_key_is_refused(text: str) -> None:
    with pytest.raises(BadKey):
        read_private_key(text)
    with pytest.raises(BadKey):
        read_public_keys(text)


def test_the_seals_of_a_key_of_before_are_good(settings: Settings, tmp_path: Path) -> None:
    actor = somebody()
    settings.AUDIT_SIGNING_KEY = BASE64
    write(actor, 0)
    seal(actor, at(10))
    settings.AUDIT_SIGNING_KEY = ""
    write(actor, 20)
    assert {kind for kind, _ in problems(actor)} == {"digest_broken"}
    file = tmp_path / "before.pem"
    file.write_text(to_pem(KEY.public_key()) * 2)
    raw = KEY.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    for named in (str(file), base64.b64encode(raw).decode()):
        settings.AUDIT_PUBLIC_KEYS = [named]
        assert problems(actor, until=at(19)) == set()
    assert seal(actor) == 1
    assert (verify(actor).valid, verify(actor).digests_checked) == (True, 2)


@pytest.mark.parametrize("form", ["base64", "pem"])
def test_a_key_that_was_left_signs_nothing_new(
    settings: Settings, tmp_path: Path, form: str
) -> None:
    actor, left = somebody(), f"until {at(10).isoformat()}"
    settings.AUDIT_SIGNING_KEY = BASE64
    write(actor, 0)
    seal(actor, at(10))
    write(actor, 20)
    seal(actor)  # by who has stolen it
    settings.AUDIT_SIGNING_KEY = ""
    raw = base64.b64encode(KEY.public_key().public_bytes_raw()).decode()
    file = tmp_path / "before.pem"
    file.write_text(f"{left}\n{to_pem(KEY.public_key())}")
    settings.AUDIT_PUBLIC_KEYS = [f"{raw} {left}" if form == "base64" else str(file)]
    (said,) = [one for one in verify(actor).problems if "good until" in one.detail]
    assert (said.kind, str(said.digest_id)[-1]) == ("digest_broken", "2")
    write(actor, 40)
    assert seal(actor) == 2  # the first over theirs, by the key that signs now
    assert (verify(actor).unverified, verify(actor).unsealed) == (0, 0)


def test_until_when_a_key_signs_is_a_time() -> None:
    raw = base64.b64encode(KEY.public_key().public_bytes_raw()).decode()
    with pytest.raises(BadKey, match="tomorrow is no time"):
        read_public_keys(f"{raw} until tomorrow")


def test_kms_signs(settings: Settings) -> None:
    made = aws.kms().create_key(KeySpec="ECC_NIST_EDWARDS25519", KeyUsage="SIGN_VERIFY")
    settings.AUDIT_KMS_KEY = made["KeyMetadata"]["KeyId"]
    actor = somebody()
    write(actor, 0)
    assert seal(actor) == 1
    found = verify(actor)
    assert (found.valid, found.digests_checked) == (True, 1)
    signature = signer().sign(b"data")
    verified = aws.kms().verify(
        KeyId=settings.AUDIT_KMS_KEY,
        Message=b"data",
        MessageType="RAW",
        SigningAlgorithm="ED25519_SHA_512",
        Signature=signature,
    )
    assert verified["SignatureValid"]
    settings.AUDIT_KMS_KEY = ""
    assert {kind for kind, _ in problems(actor)} == {"digest_broken"}


def test_a_key_that_kms_does_not_give_is_one_line(settings: Settings) -> None:
    settings.AUDIT_KMS_KEY = "alias/there-is-none"
    for command in ("audit_public_key", "audit_verify"):
        with pytest.raises(CommandError, match="KMS does not give us the key alias/there-is-none"):
            call_command(command)


def test_production_has_no_key_of_its_own(settings: Settings) -> None:
    settings.IS_PRODUCTION = True
    with pytest.raises(BadKey):
        signer()
    with pytest.raises(BadKey):
        trusted_keys()
    settings.AUDIT_PUBLIC_KEYS = [base64.b64encode(KEY.public_key().public_bytes_raw()).decode()]
    assert list(trusted_keys()) == [key_id(KEY.public_key())]
    (said,) = unsafe_settings()
    assert said.startswith("PREWORK_AUDIT_SIGNING_KEY")


def test_public_keys_that_are_none_are_named(settings: Settings) -> None:
    settings.AUDIT_SIGNING_KEY = BASE64
    assert list(unsafe_settings()) == []
    for wrong in ("nowhere.pem", "no key"):
        settings.AUDIT_PUBLIC_KEYS = [wrong]
        (said,) = unsafe_settings()
        assert said.startswith("PREWORK_AUDIT_PUBLIC_KEYS")


def test_the_archive_is_locked() -> None:
    locked = aws.s3().get_object_lock_configuration(Bucket=settings.AUDIT_BUCKET)
    rule = locked["ObjectLockConfiguration"]["Rule"]["DefaultRetention"]
    assert rule == {"Mode": settings.AUDIT_LOCK_MODE, "Days": settings.AUDIT_RETENTION_DAYS}
    versioned = aws.s3().get_bucket_versioning(Bucket=settings.AUDIT_BUCKET)
    assert versioned["Status"] == "Enabled"
