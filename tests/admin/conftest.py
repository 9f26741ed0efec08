"""Staff of each role. They belong to an organisation of their own."""

import pytest

from tests.admin.things import checklist, invitation, team
from tests.admin.visitors import Visitor, appoint, visitor
from tests.cast import Organization, Person, found_organization, hire

__all__ = ["checklist", "invitation", "team"]


@pytest.fixture
def platform() -> Organization:
    return found_organization("Platform")


@pytest.fixture
def operator_person(platform: Organization) -> Person:
    return appoint(hire(platform, "olga", role="member"), "operator")


@pytest.fixture
def operator(operator_person: Person) -> Visitor:
    return visitor(operator_person)


@pytest.fixture
def support(platform: Organization) -> Visitor:
    return visitor(appoint(hire(platform, "sven", role="member"), "support"))


@pytest.fixture
def superuser(platform: Organization) -> Visitor:
    return visitor(appoint(hire(platform, "susi", role="member"), "superuser"))
