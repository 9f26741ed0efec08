"""The guide's five flows, played against a running prework over HTTP, S3 and WebSocket.

    make run          in one terminal
    make tour         in another

Prints each step, and ends with status 1 at the first thing that is not as the guide has it.
"""

import asyncio
import hashlib
import json
import os
import struct
import sys
import uuid
from typing import Any
from zlib import compress, crc32

import httpx
import websockets

BASE = os.environ.get("PREWORK_URL", f"http://127.0.0.1:{os.environ.get('PREWORK_PORT', '8000')}")
PASSWORD = os.environ.get("PREWORK_DEMO_PASSWORD", "prework-demo-2026")
CHECKLIST, ITEM = "checklist-123", "item-456"
VIDEO_BYTES = 100_000_000  # from here on a file goes up in parts


def photo() -> bytes:
    """A picture of 64 by 48 pixels that nobody has seen before, as a PNG."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", crc32(kind + data))

    width, height = 64, 48
    rows = b"".join(b"\0" + os.urandom(3 * width) for _ in range(height))
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = (chunk(b"IHDR", header), chunk(b"IDAT", compress(rows)), chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


PHOTO = photo()
VIDEO = b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom"  # how one begins


def step(words: str) -> None:
    print(f"  ✓ {words}", flush=True)


def expect(is_so: bool, words: str, seen: Any) -> None:
    if not is_so:
        raise SystemExit(f"  ✗ {words}\n    seen: {seen!r}")
    step(words)


def sign_in(who: str) -> httpx.Client:
    """A client that is signed in as one of the demo people."""
    client = httpx.Client(base_url=BASE, timeout=30)
    answer = client.post(
        "/api/auth/login", json={"email": f"{who}@demo.prework.test", "password": PASSWORD}
    )
    body = answer.json()
    is_in = answer.status_code == 200 and body.get("success") is True
    expect(is_in, f"{who} signs in", body)
    client.headers["Authorization"] = f"Bearer {body['token']}"
    return client


def create_team(manager: httpx.Client) -> dict[str, Any]:
    """Flow 2: the team of the guide."""
    me = manager.get("/api/auth/me").json()
    answer = manager.post(
        "/api/teams",
        json={
            "name": "Quality Assurance Team",
            "description": "QA processes and inspections",
            "organizationId": me["organizationId"],
            "managerId": me["userId"],
            "settings": {
                "visibility": "organization",
                "allowMemberInvites": True,
                "requireApprovalForJoin": False,
                "defaultPermissions": ["checklist.assign_team"],
            },
        },
    )
    team: dict[str, Any] = answer.json()
    is_made = answer.status_code == 201 and team["memberCount"] == 1
    expect(
        is_made and team["myRole"] == "team_lead", "the team is made, its manager leads it", team
    )
    activity = manager.get(f"/api/teams/{team['teamId']}/activity").json()
    kinds = [event["eventType"] for event in activity["items"]]
    expect(kinds == ["team.created"], "the team's activity shows it", activity)
    return team


def join_team(member: httpx.Client, team_id: str) -> None:
    """Flow 2, from the other side: somebody joins, and is counted."""
    joined = member.post(f"/api/teams/{team_id}/join")
    expect(joined.json() == {"status": "joined"}, "a member joins it", joined.text)
    team = member.get(f"/api/teams/{team_id}").json()
    expect((team["memberCount"], team["myRole"]) == (2, "member"), "and is counted", team)


def assign_work(manager: httpx.Client, team: dict[str, Any]) -> None:
    """The guide's many assignments at once; here they are all there, or none."""
    wanted = {"checklistId": CHECKLIST, "teamId": team["teamId"], "priority": "high"}
    key = {"Idempotency-Key": f"tour-{uuid.uuid4()}"}
    body = {"assignments": [{**wanted, "dueDate": "2099-12-24T17:00"}] * 120}
    made = manager.post("/api/assignments", json=body, headers=key)
    is_made = made.status_code == 201 and made.json()["created"] == len(body["assignments"])
    expect(is_made, "120 assignments are made at once", made.text[:300])
    again = manager.post("/api/assignments", json=body, headers=key)
    expect(again.content == made.content, "once, although asked for twice", again.text[:300])
    counts = manager.get(f"/api/teams/{team['teamId']}/assignments/summary").json()
    expect(counts["assigned"] == counts["total"] == 120, "the team's counts say so", counts)


def upload_file(manager: httpx.Client) -> str:
    """Flow 3: a photo for a submission, straight to S3 with only its Content-Type."""
    submission_id = f"submission-{uuid.uuid4().hex[:12]}"
    made = manager.post(
        "/api/documents",
        json={
            "entityType": "submission",
            "entityId": submission_id,
            "content": {"title": "Bay 4"},
        },
    )
    expect(made.status_code == 201, f"{submission_id} is opened", made.text)
    asked = manager.post(
        "/api/media/upload-url",
        json={
            "fileName": "inspection-photo.png",
            "fileType": "image/png",
            "submissionId": submission_id,
            "entityType": "submission",
        },
    )
    grant = asked.json()
    expect(
        asked.status_code == 200 and grant["expiresIn"] == 3600, "an upload URL is given", grant
    )
    put = httpx.put(grant["uploadUrl"], content=PHOTO, headers={"Content-Type": "image/png"})
    expect(put.status_code == 200, "the bytes go to S3 with only a Content-Type", put.text)
    confirmed = manager.post(
        "/api/media/confirm-upload", json={"fileId": grant["fileId"], "key": grant["key"]}
    )
    media = confirmed.json()
    is_complete = confirmed.status_code == 200 and media["uploadStatus"] == "completed"
    expect(is_complete and media["fileSize"] == len(PHOTO), "the upload is confirmed", media)
    served = httpx.get(media["downloadUrl"])
    is_same = hashlib.sha256(served.content).digest() == hashlib.sha256(PHOTO).digest()
    expect(is_same, "what is downloaded is what was uploaded", served.status_code)
    picture = httpx.get(media["thumbnailUrl"])
    is_picture = picture.status_code == 200 and picture.headers["Content-Type"] == "image/webp"
    expect(is_picture, "its thumbnail is a WebP that a CDN may keep", picture.text[:200])
    upload_in_parts(manager, submission_id)
    return str(grant["fileId"])


def upload_in_parts(manager: httpx.Client, submission_id: str) -> None:
    """Flow 3 for what is large: parts straight to S3, and S3 puts them together."""
    about = {"fileName": "walk-round.mp4", "fileType": "video/mp4", "fileSize": VIDEO_BYTES}
    about |= {"entityType": "submission", "entityId": submission_id}
    begun = manager.post("/api/media/multipart", json=about).json()
    parts, count, size = [], begun["partCount"], begun["partSize"]
    path = f"/api/media/multipart/{begun['fileId']}"
    numbers = list(range(1, count + 1))
    signed = manager.post(f"{path}/parts", json={"partNumbers": numbers}).json()["parts"]
    for part in signed:
        length = min(size, VIDEO_BYTES - size * (part["partNumber"] - 1))
        start = VIDEO if part["partNumber"] == 1 else b""
        put = httpx.put(part["url"], content=start.ljust(length, b"\0"), timeout=60)
        parts.append({"partNumber": part["partNumber"], "etag": put.headers["ETag"]})
    done = manager.post(f"{path}/complete", json={"parts": parts})
    is_whole = done.status_code == 200 and done.json()["fileSize"] == VIDEO_BYTES
    expect(is_whole, f"{VIDEO_BYTES} bytes go up in {count} parts and are one file", done.text)
    gone = manager.delete(f"/api/media/{begun['fileId']}")
    expect(gone.status_code == 204, "and go again, with their room in the quota", gone.text)


def token_of(client: httpx.Client) -> str:
    return client.headers["Authorization"].removeprefix("Bearer ")


async def frames_until(socket: Any, event_type: str) -> dict[str, Any]:
    """The next event of this type; a frame is one event or a list of them."""
    while True:
        frame = json.loads(await asyncio.wait_for(socket.recv(), 10))
        for event in frame if isinstance(frame, list) else [frame]:
            if event["eventType"] == event_type:
                found: dict[str, Any] = event
                return found


async def work_together(manager: httpx.Client, member: httpx.Client) -> None:
    """Flow 4: two people on `checklist-123`; one checks `item-456`, the other sees it."""
    url = f"{BASE.replace('http', 'ws', 1)}/ws/collab/checklist/{CHECKLIST}"
    ticket = member.post("/api/auth/ws-ticket").json()["ticket"]
    signed_in = {"Authorization": f"Bearer {token_of(manager)}"}
    with_ticket, browser = f"{url}?ticket={ticket}", websockets.Origin(BASE)
    async with websockets.connect(url, additional_headers=signed_in) as first:
        await frames_until(first, "session.welcome")
        async with websockets.connect(with_ticket, origin=browser) as second:
            operation, version, since = await check_item(first, second, member)
    find_in_document(manager, operation, version, since=since)


async def check_item(
    first: Any, second: Any, member: httpx.Client
) -> tuple[dict[str, Any], int, int]:
    """The second checks the item, and the first sees it; the operation and its versions."""
    welcome = await frames_until(second, "session.welcome")
    expect(ITEM in welcome["content"]["items"], "both join, and have the content", welcome)
    arrived = await frames_until(first, "team.member.joined")
    is_mika = arrived["data"]["userName"] == "Mika Member"
    expect(is_mika, "the first is told who joined", arrived)
    operation = toggle(welcome)
    await second.send(json.dumps({"action": "apply", "operation": operation}))
    ack = await frames_until(second, "operation.ack")
    is_ours = ack["operationId"] == operation["operationId"]
    expect(is_ours, "the operation is acknowledged", ack)
    kind = "checked" if operation["newValue"] else "unchecked"
    told = await frames_until(first, f"checklist.item.{kind}")
    me = member.get("/api/auth/me").json()["userId"]
    data = {"itemId": ITEM, "checked": operation["newValue"], "updatedBy": me}
    expect(told["data"] == data, f"the other receives checklist.item.{kind}", told)
    expect(told["version"] == ack["version"], "both name the same version", (told, ack))
    return operation, ack["version"], welcome["version"]


def toggle(welcome: dict[str, Any]) -> dict[str, Any]:
    """The operation that checks the item, or on a second tour unchecks it."""
    was = welcome["content"]["items"][ITEM]["checked"]
    return {
        "operationId": f"op-{uuid.uuid4().hex}",
        "type": "update",
        "path": f"{CHECKLIST}.items.{ITEM}.checked",
        "oldValue": was,
        "newValue": not was,
        "baseVersion": welcome["version"],
    }


def find_in_document(
    client: httpx.Client, operation: dict[str, Any], version: int, *, since: int
) -> None:
    """The operation, the version and the document agree."""
    path = f"/api/documents/checklist/{CHECKLIST}"
    document = client.get(path).json()
    agrees = document["content"]["items"][ITEM]["checked"] is operation["newValue"]
    expect(agrees and document["version"] == version, "the document agrees", document)
    log = client.get(f"{path}/operations?since={since}").json()
    ids = [one["operationId"] for one in log["operations"]]
    expect(operation["operationId"] in ids, "the operation is in the history", log)


def find_in_audit(admin: httpx.Client, team_id: str, file_id: str) -> None:
    """Flow 5: all of it, in the audit trail."""
    sign_ins = admin.get("/api/audit?action=USER_LOGIN_SUCCESS").json()["items"]
    expect(len(sign_ins) >= 3, "the trail shows the sign-ins", sign_ins)
    team = admin.get(f"/api/audit?entityType=team&entityId={team_id}").json()["items"]
    expect("TEAM_CREATED" in [entry["action"] for entry in team], "and the team", team)
    files = admin.get("/api/audit?action=FILE_UPLOADED").json()["items"]
    ids = [entry["newValues"].get("fileId") for entry in files]
    expect(file_id in ids, "and the file", files)
    checked = admin.get("/api/audit/verify").json()
    expect(checked.get("valid") is True, "and it is as it was sealed", checked)


def main() -> int:
    """Play all five flows."""
    print(f"The guide's flows against {BASE}")
    try:
        admin, manager, member = (sign_in(who) for who in ("admin", "manager", "member"))
        team = create_team(manager)
        join_team(member, team["teamId"])
        assign_work(manager, team)
        file_id = upload_file(manager)
        asyncio.run(work_together(manager, member))
        find_in_audit(admin, team["teamId"], file_id)
    except httpx.ConnectError:
        raise SystemExit(f"  ✗ nothing answers at {BASE}: start it with `make run`") from None
    print("All as the guide has it.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
