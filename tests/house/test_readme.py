"""The README names every setting that there is, and every file that it names is there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
SOURCE = (ROOT / "prework/settings.py").read_text()
SETTINGS = sorted(set(re.findall(r"PREWORK_[A-Z0-9_]+", SOURCE)))


@pytest.mark.parametrize("name", SETTINGS)
def test_a_setting_is_explained(name: str) -> None:
    assert f"`{name}`" in README


@pytest.mark.parametrize("path", re.findall(r"`([a-z]+/[\w/]*(?:\.py)?)`", README))
def test_a_place_that_it_names_is_there(path: str) -> None:
    assert (ROOT / path).exists()
