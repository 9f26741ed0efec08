"""services.record_view and record_export: what staff look at, and take away."""

from dataclasses import replace

import pytest

from audit import services
from audit.queries import Filters, list_entries
from prework.errors import PermissionDenied
from prework.tenancy import PLATFORM, StaffActor
from tests.accounts.bodies import STAFF, written
from tests.calls import StoreCalls
from tests.cast import Person


def test_the_organisation_sees_who_has_looked_at_what(
    alice: Person, bob: Person, support: StaffActor
) -> None:
    services.record_view(
        staff=support,
        organization_id=alice.organization_id,
        entity_type="user",
        entity_id=bob.user_id,
        reason="a question on the phone",
    )
    (entry,) = alice.trail(action="STAFF_VIEWED")
    assert (entry["entityType"], entry["entityId"]) == ("user", bob.user_id)
    assert (entry["userId"], entry["actorKind"]) == (support.user_id, "staff")
    assert (entry["sessionId"], entry["reason"]) == (support.session_id, "a question on the phone")


def test_it_is_one_write_and_nobody_is_told(
    alice: Person, support: StaffActor, store_calls: StoreCalls
) -> None:
    store_calls.clear()
    services.record_view(
        staff=support,
        organization_id=alice.organization_id,
        entity_type="organization",
        entity_id=alice.organization_id,
    )
    assert store_calls.dynamodb == ["TransactWriteItems"]
    assert "#EVENT#" not in str(store_calls.requests)


def test_an_export_says_in_which_form(alice: Person, support: StaffActor) -> None:
    services.record_export(
        staff=support,
        organization_id=alice.organization_id,
        entity_type="audit",
        entity_id=alice.organization_id,
        export_format="csv",
    )
    (entry,) = alice.trail(action="STAFF_EXPORTED")
    assert (entry["entityType"], entry["newValues"]) == ("audit", {"format": "csv"})


def test_what_is_of_all_organisations_is_the_platforms(support: StaffActor) -> None:
    services.record_view(
        staff=support, organization_id=PLATFORM, entity_type="staff", entity_id=support.session_id
    )
    filters = Filters(entity_type="staff", entity_id=support.session_id)
    (entry,) = list_entries(STAFF, filters=filters, limit=5, start=None).items
    assert entry.action == "STAFF_VIEWED"


def test_who_may_not_look_leaves_no_entry(
    alice: Person, support: StaffActor, store_calls: StoreCalls
) -> None:
    waiting = replace(support, needs_second_factor=True)
    what = {
        "organization_id": alice.organization_id,
        "entity_type": "user",
        "entity_id": alice.user_id,
    }
    store_calls.clear()
    with pytest.raises(PermissionDenied):
        services.record_view(staff=waiting, **what)
    with pytest.raises(PermissionDenied):
        services.record_export(staff=waiting, export_format="csv", **what)
    assert written(store_calls) == []
