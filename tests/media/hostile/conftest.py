"""Every test in this folder runs twice: on embedded AWS, which has signatures enforced, and on
SeaweedFS, which is another opinion of what S3 is."""

from collections.abc import Iterator

import pytest

from tests.media.hostile.engines import Engine
from tests.seaweed import s3_at


@pytest.fixture(autouse=True, params=list(Engine))
def s3(request: pytest.FixtureRequest) -> Iterator[Engine]:
    """The engine that the bytes go to; records are embedded AWS's all the same."""
    if request.param is Engine.SEAWEEDFS:
        with s3_at(request.getfixturevalue("seaweed").endpoint_url):
            yield request.param
    else:
        yield request.param
