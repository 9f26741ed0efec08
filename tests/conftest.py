"""Embedded AWS for every worker, and the cast: whom the tests are about.

alice is an admin and owns what she makes, max manages, bob is a member, carol only looks, and
mallory is the admin of another organisation. Every test gets organisations of its own, and so do
the platform's staff: `support`, `operator`, `superuser`.
"""

import os
from collections.abc import Iterator

import pytest
from django.conf import settings
from django.core.management import call_command

from prework.localaws import LocalAws
from prework.tenancy import StaffActor
from tests import watch
from tests.calls import StoreCalls, watching
from tests.cast import Api, Organization, Person, found_organization, hire, staff_person
from tests.figures import Figures

ENGINE = LocalAws(memory=True)


def pytest_configure(config: pytest.Config) -> None:
    """Start embedded AWS before anything makes a client; not in the xdist controller."""
    is_controller = getattr(config.option, "dist", "no") != "no" and not hasattr(
        config, "workerinput"
    )
    if is_controller:
        return
    ENGINE.start()
    config.add_cleanup(ENGINE.stop)
    os.environ["AWS_ACCESS_KEY_ID"] = ENGINE.access_key
    os.environ["AWS_SECRET_ACCESS_KEY"] = ENGINE.secret_key
    settings.AWS_ENDPOINT_URL = ENGINE.endpoint_url
    settings.PASSWORD_HASHERS = ["tests.hashers.QuickArgon2"]
    settings.METRICS_SINK = ["memory"]
    settings.CHANGE_FOLLOWERS = [*settings.CHANGE_FOLLOWERS, "tests.watch.check_event"]
    call_command("aws_bootstrap", verbosity=0)
    watch.start()


@pytest.fixture(autouse=True)
def nothing_forbidden() -> Iterator[None]:
    """Fail a test in which something happened that never may: see `tests/watch.py`."""
    yield
    seen, watch.violations[:] = watch.violations[:], []
    assert seen == []


@pytest.fixture(scope="session")
def engine() -> LocalAws:
    """The embedded AWS that this worker's tests run on."""
    return ENGINE


@pytest.fixture
def org() -> Organization:
    return found_organization("Acme")


@pytest.fixture
def other_org() -> Organization:
    return found_organization("Rival")


@pytest.fixture
def alice(org: Organization) -> Person:
    return org.admin


@pytest.fixture
def max_(org: Organization) -> Person:
    return hire(org, "max", role="manager")


@pytest.fixture
def bob(org: Organization) -> Person:
    return hire(org, "bob", role="member")


@pytest.fixture
def carol(org: Organization) -> Person:
    return hire(org, "carol", role="viewer")


@pytest.fixture
def mallory(other_org: Organization) -> Person:
    return other_org.admin


@pytest.fixture
def support() -> StaffActor:
    """Of the platform's staff, who may look."""
    return staff_person("support")


@pytest.fixture
def operator() -> StaffActor:
    """Of the platform's staff, who may look and act."""
    return staff_person("operator")


@pytest.fixture
def superuser() -> StaffActor:
    """Of the platform's staff, who may make others staff, too."""
    return staff_person("superuser")


@pytest.fixture
def anonymous() -> Api:
    return Api()


@pytest.fixture
def figures() -> Figures:
    """What is measured from now on."""
    return Figures()


@pytest.fixture
def store_calls() -> Iterator[StoreCalls]:
    """Count DynamoDB and S3 calls: `with store_calls() as calls: …; calls.dynamodb == [...]`."""
    with watching() as calls:
        yield calls
