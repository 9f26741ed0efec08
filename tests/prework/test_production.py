"""Production refuses to start unsafe, and names everything at once."""

import base64
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
SAFE = {
    "PREWORK_ENV": "production",
    "PREWORK_AWS": "aws",
    "DJANGO_SECRET_KEY": "k" * 50,
    "PREWORK_ALLOWED_HOSTS": "prework.example",
    "PREWORK_ALLOWED_ORIGINS": "https://prework.example",
    "PREWORK_AUDIT_SIGNING_KEY": base64.b64encode(bytes(range(32))).decode(),
}


def start(environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Load the application as a server would."""
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("PREWORK_", "DJANGO_"))}
    return subprocess.run(
        [sys.executable, "-c", "import prework.asgi"],
        cwd=ROOT,
        env={**clean, **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_safe_settings_start() -> None:
    assert start(SAFE).returncode == 0


def test_every_unsafe_setting_is_named_at_once() -> None:
    unsafe = start(
        {
            "PREWORK_ENV": "production",
            "PREWORK_AWS": "embedded",
            "DJANGO_DEBUG": "true",
            "PREWORK_ALLOWED_ORIGINS": "*",
            "EMAIL_BACKEND": "django.core.mail.backends.console.EmailBackend",
        }
    )
    assert unsafe.returncode != 0
    last_line = unsafe.stderr.strip().splitlines()[-1]
    for setting in (
        "PREWORK_AWS",
        "DJANGO_DEBUG",
        "DJANGO_SECRET_KEY",
        "PREWORK_ALLOWED_HOSTS",
        "PREWORK_ALLOWED_ORIGINS",
        "EMAIL_BACKEND",
        "PREWORK_AUDIT_SIGNING_KEY",
    ):
        assert setting in last_line


def test_a_key_that_is_none_is_named() -> None:
    unsafe = start({**SAFE, "PREWORK_AUDIT_SIGNING_KEY": "a word"})
    assert unsafe.returncode != 0
    assert "PREWORK_AUDIT_SIGNING_KEY" in unsafe.stderr.strip().splitlines()[-1]


def test_kms_stands_for_a_key() -> None:
    kept_by_kms = {"PREWORK_AUDIT_SIGNING_KEY": "", "PREWORK_AUDIT_KMS_KEY": "alias/audit"}
    assert start({**SAFE, **kept_by_kms}).returncode == 0


def test_an_environment_that_is_neither_does_not_start() -> None:
    mistyped = start({**SAFE, "PREWORK_ENV": "prod"})
    assert mistyped.returncode != 0
    assert "PREWORK_ENV" in mistyped.stderr
