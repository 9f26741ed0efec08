"""Staff who only look: no upload is begun, confirmed or removed by them."""

from typing import Any

import pytest

from media import services
from prework.errors import PermissionDenied
from prework.tenancy import StaffActor
from tests.accounts.bodies import written
from tests.calls import StoreCalls
from tests.cast import Person

START: dict[str, Any] = {"file_name": "a.png", "file_type": "image/png", "entity_type": "user"}


@pytest.mark.parametrize("deed", ["start", "confirm", "delete"])
def test_it_is_refused_before_anything_is_written(
    alice: Person, support: StaffActor, deed: str, store_calls: StoreCalls
) -> None:
    body = {
        "fileName": "a.png",
        "fileType": "image/png",
        "entityType": "user",
        "entityId": alice.user_id,
    }
    begun = alice.api.post("/api/media/upload-url", body).json()
    actor = support.in_organization(alice.organization_id)
    deeds: dict[str, Any] = {
        "start": lambda: services.start_upload(actor=actor, entity_id=alice.user_id, **START),
        "confirm": lambda: services.confirm_upload(
            actor=actor, file_id=begun["fileId"], key=begun["key"]
        ),
        "delete": lambda: services.delete_media(actor=actor, file_id=begun["fileId"]),
    }
    store_calls.clear()
    with pytest.raises(PermissionDenied):
        deeds[deed]()
    assert (written(store_calls), store_calls.s3) == ([], [])
