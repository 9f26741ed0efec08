"""A signed URL is for one PUT of one object as announced, and for nothing else."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import botocore.auth
import pytest
from django.conf import settings

from prework import aws, clock
from tests.cast import Organization, Person
from tests.media.hostile.clients import of_other, send
from tests.media.hostile.engines import Engine
from tests.media.hostile.world import nothing_comes_of_it
from tests.media.uploads import PNG, asked, confirm, sha256, uploaded
from tests.matching import problem

OTHER = PNG + b"!"


@pytest.fixture
def announced(alice: Person) -> dict[str, Any]:
    """An upload whose size and checksum are in its signature."""
    return asked(alice, fileSize=len(PNG), checksumSha256=sha256(PNG))


@pytest.fixture
def unannounced(alice: Person) -> dict[str, Any]:
    """An upload of whatever size."""
    return asked(alice)


X = [
    "x-amz-meta-owner",
    "x-amz-acl",
    "x-amz-tagging",
    "x-amz-storage-class",
    "x-amz-website-redirect-location",
    "x-amz-copy-source",
]
