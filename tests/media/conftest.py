"""What the tests of files share: a team, a store that is down, a look into the bucket."""

from collections.abc import Callable, Iterator

import pytest
from django.conf import settings as django_settings
from pytest_django import Settings

from media.services import scanning
from prework import aws
from prework.bootstrap import create_bucket
from prework.localaws import LocalAws
from prework.threads import Hands
from tests.cast import Person, found_organization
from tests.clamd import HAS_CLAMD, Clamd
from tests.media import parts
from tests.seaweed import SeaweedFs, s3_at

HANDS = scanning.HANDS  # whatever a test puts in their place


@pytest.fixture(scope="session")
def seaweed(engine: LocalAws) -> Iterator[SeaweedFs]:
    """Another S3, with our bucket: started when the first test of this worker asks for it."""
    with SeaweedFs(engine.access_key, engine.secret_key) as started:
        with s3_at(started.endpoint_url):
            create_bucket()
        yield started


@pytest.fixture(scope="session")
def nora() -> Person:
    """Somebody who is only ever refused: one for all tests, since nothing may be kept of it."""
    return found_organization("Refused").admin


@pytest.fixture(scope="session")
def wendy() -> Person:
    """Somebody who uploads whatever there is, in an organisation where nobody counts."""
    return found_organization("Uploads").admin


@pytest.fixture
def team(alice: Person, bob: Person) -> str:
    """A team of alice's that bob is a member of."""
    made = alice.api.post("/api/teams", {"name": "Crew"})
    assert made.status_code == 201, made.content
    team_id = str(made.json()["teamId"])
    added = alice.api.post(f"/api/teams/{team_id}/members", {"userId": bob.user_id})
    assert added.status_code == 201, added.content
    return team_id


@pytest.fixture
def private_team(alice: Person, bob: Person) -> str:
    """A team that only its members may see: alice and bob."""
    made = alice.api.post(
        "/api/teams", {"name": "Quiet crew", "settings": {"visibility": "private"}}
    )
    assert made.status_code == 201, made.content
    team_id = str(made.json()["teamId"])
    added = alice.api.post(f"/api/teams/{team_id}/members", {"userId": bob.user_id})
    assert added.status_code == 201, added.content
    return team_id


@pytest.fixture
def versions() -> Callable[[str], list[str]]:
    """The versions that S3 keeps of a key, delete markers too."""

    def look(key: str) -> list[str]:
        answer = aws.s3().list_object_versions(Bucket=django_settings.MEDIA_BUCKET, Prefix=key)
        kept = [*answer.get("Versions", []), *answer.get("DeleteMarkers", [])]
        return [entry["VersionId"] for entry in kept]

    return look


@pytest.fixture(scope="session")
def clamd_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clamd]:
    """A clamd, for all tests that want one; whoever kills it starts it again."""
    if not HAS_CLAMD:
        pytest.skip("needs clamd")
    clamd = Clamd(tmp_path_factory.mktemp("clamd")).start()
    yield clamd
    clamd.kill()


@pytest.fixture
def clamd(clamd_process: Clamd, settings: Settings) -> Iterator[Clamd]:
    """The scanner that uploads have to pass."""
    settings.SCANNER, settings.CLAMD_URL = "clamd", clamd_process.url
    yield clamd_process
    HANDS.waiting.join()
    if clamd_process.process is not None and clamd_process.process.poll() is not None:
        clamd_process.start()


@pytest.fixture
def by_job_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is scanned beside a request: as if its process had died right after it."""
    monkeypatch.setattr(scanning, "HANDS", Hands("nobody", count=0, most_waiting=1000))


@pytest.fixture(autouse=True)
def no_large_objects() -> Iterator[None]:
    """What came in parts goes with the test."""
    yield
    parts.clear()
