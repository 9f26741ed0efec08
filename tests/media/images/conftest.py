"""What the tests of images share."""

import pytest
from pytest_django import Settings


@pytest.fixture
def any_record(settings: Settings) -> None:
    """A file may be put where no service would: see `pictures.placed`."""
    settings.UNAUDITED = [*settings.UNAUDITED, "media.models.Media"]
