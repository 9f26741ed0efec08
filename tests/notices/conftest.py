"""A push service that this server trusts, and time that passes at a word."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import LazySettings

from tests.accounts.conftest import wait
from tests.notices.browsers import PushService, serving, write_certificate

__all__ = ["wait"]


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_certificate(tmp_path_factory.mktemp("push") / "push.pem")


@pytest.fixture
def service(
    certificate: Path, settings: LazySettings, monkeypatch: pytest.MonkeyPatch
) -> Iterator[PushService]:
    """A push service of browsers, by HTTPS as any."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
    with serving(certificate) as found:
        settings.PUSH_HOSTS = [found.host]
        yield found
