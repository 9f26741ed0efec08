"""One of everything that has an id, in one organisation, made through the public API."""

import hashlib
from dataclasses import dataclass

import httpx

from prework.ids import new_id
from tests.cast import Organization, hire
from tests.notices.browsers import Browser

PHOTO = b"\x89PNG\r\n\x1a\n" + hashlib.sha256(b"photo").digest()


ID_NAMES = (
    "user_id",
    "session_id",
    "team_id",
    "invite_id",
    "assignment_id",
    "entity_id",
    "file_id",
    "key",
    "operation_id",
    "subscription_id",
    "audit_id",
    "organization_id",
    "checklist_id",
    "submission_id",
    "manager_id",
)


@dataclass
class Treasures:
    """The ids, by the name that URLs and bodies have for them."""

    organization_id: str
    user_id: str
    session_id: str
    team_id: str
    invite_id: str
    assignment_id: str
    entity_id: str
    file_id: str
    key: str
    operation_id: str
    subscription_id: str
    audit_id: str

    def ids(self) -> dict[str, str]:
        """Every id, and the other names that the API has for some of them."""
        return {
            **vars(self),
            "entity_type": "checklist",
            "checklist_id": self.entity_id,
            "submission_id": self.entity_id,
            "manager_id": self.user_id,
        }


def bury(org: Organization) -> Treasures:
    """Make a team, an invitation, an assignment, a checklist with an operation, and a photo."""
    api = org.admin.api
    bob = hire(org, "bob", role="member")
    team = api.post("/api/teams", {"name": "Team"}).json()
    email = f"nora-{new_id()}@example.com"
    invite = api.post(f"/api/teams/{team['teamId']}/invites", {"email": email}).json()
    checklist_id = f"checklist-{new_id()[-12:]}"
    content = {"title": "T", "items": {"item-1": {"text": "x", "checked": False}}}
    made = api.post(
        "/api/documents",
        {"entityType": "checklist", "entityId": checklist_id, "content": content},
    )
    assert made.status_code == 201, made.content
    operation_id = f"op-{new_id()[-12:]}"
    operation = {
        "operationId": operation_id,
        "type": "update",
        "path": f"{checklist_id}.items.item-1.checked",
        "newValue": True,
        "baseVersion": 0,
    }
    api.post(f"/api/documents/checklist/{checklist_id}/operations", {"operations": [operation]})
    wanted = {"checklistId": checklist_id, "userId": bob.user_id}
    assigned = api.post("/api/assignments", {"assignments": [wanted]}).json()
    grant = api.post(
        "/api/media/upload-url",
        {
            "fileName": "photo.png",
            "fileType": "image/png",
            "entityType": "checklist",
            "entityId": checklist_id,
        },
    ).json()
    httpx.put(grant["uploadUrl"], content=PHOTO, headers={"Content-Type": "image/png"})
    api.post("/api/media/confirm-upload", {"fileId": grant["fileId"], "key": grant["key"]})
    return Treasures(
        organization_id=org.organization_id,
        user_id=bob.user_id,
        session_id=api.get("/api/auth/sessions").json()["items"][0]["sessionId"],
        team_id=team["teamId"],
        invite_id=invite["inviteId"],
        assignment_id=assigned["items"][0]["assignmentId"],
        entity_id=checklist_id,
        file_id=grant["fileId"],
        key=grant["key"],
        operation_id=operation_id,
        subscription_id=Browser("https://web.push.apple.com/x")
        .subscribe(bob)
        .json()["subscriptionId"],
        audit_id=api.get("/api/audit").json()["items"][0]["auditId"],
    )
