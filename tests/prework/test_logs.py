"""Log lines: who and why stands in each, and no secret in any, whichever way it came."""

import asyncio
import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from pytest_django import Settings

from collab.hub import healing
from prework import aws, logs
from prework.ids import new_id
from prework.logs import Lines
from prework.redaction import HIDDEN, redacted
from prework.threads import in_thread
from tests.admin.visitors import appoint, visitor
from tests.cast import Api, Person
from tests.collab.live import CHECKLIST, CONTENT, PATH, Live, operation
from tests.collab.processes import Process
from tests.matching import ANY_ID
from tests.outbox.looking import drain
from tests.prework.asgi import serving
from tests.teams.making import new_team, url

log = structlog.get_logger("tests.logs")


class Written(io.StringIO):
    """What was written, and what of it is of one event."""

    def lines(self, event: str = "") -> list[dict[str, Any]]:
        told = [json.loads(line) for line in self.getvalue().splitlines()]
        return [line for line in told if event in ("", line["event"])]


@pytest.fixture
def written() -> Iterator[Written]:
    """All that production would write, at the level DEBUG, also of libraries."""
    with _writing(logs.lines(as_json=True)) as stream:
        yield stream


@pytest.fixture
def readable() -> Iterator[Written]:
    """The same as in development."""
    with _writing(logs.lines(as_json=False)) as stream:
        yield stream


class _writing:  # noqa: N801  a context manager
    def __init__(self, formatter: Lines) -> None:
        self.stream = Written()
        self.handler = logging.StreamHandler(self.stream)
        self.handler.setFormatter(formatter)
        self.loggers = [logging.getLogger(name) for name in ("", "botocore", "pynamodb")]

    def __enter__(self) -> Written:
        self.levels = [logger.level for logger in self.loggers]
        for logger in self.loggers:
            logger.setLevel(logging.DEBUG)
        logging.getLogger().addHandler(self.handler)
        return self.stream

    def __exit__(self, *_: object) -> None:
        logging.getLogger().removeHandler(self.handler)
        for logger, level in zip(self.loggers, self.levels, strict=True):
            logger.setLevel(level)


def whom(line: dict[str, Any]) -> tuple[Any, ...]:
    return line["organization_id"], line["user_id"], line["session_id"]


def test_a_request_is_one_line_with_who_asked(alice: Person, written: Written) -> None:
    answer = alice.api.get("/api/users?limit=2", X_Request_ID="my-request.1")
    [line] = written.lines("request")
    actor = alice.actor
    assert line["route"] == "api/users"
    assert (line["method"], line["status"], line["request_id"]) == ("GET", 200, "my-request.1")
    assert line["bytes"] == len(answer.content)
    assert line["duration_ms"] >= 0
    assert whom(line) == (alice.organization_id, alice.user_id, actor.session_id)
    about_it = [one for one in written.lines() if one.get("request_id") == "my-request.1"]
    assert len([one for one in about_it if one["level"] != "debug"]) == 1


def test_who_asked_is_forgotten_after_it(alice: Person, written: Written) -> None:
    alice.api.get("/api/auth/me")
    Api().get("/api/auth/me")
    log.info("between")
    refused, [between] = written.lines("request")[-1], written.lines("between")
    assert "user_id" not in refused
    assert refused["request_id"] == ANY_ID
    assert {"request_id", "user_id", "organization_id"} & between.keys() == set()


def test_an_address_is_its_route(alice: Person, written: Written) -> None:
    alice.api.get("/api/teams/a-team")
    alice.api.get("/api/no/such-place")
    team, nothing = written.lines("request")
    assert team["route"] == "api/teams/<str:team_id>"
    assert "route" not in nothing
    assert "a-team" not in json.dumps([team, nothing])


def test_an_unexpected_error_says_whose_request_it_was(
    alice: Person, written: Written, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("no such luck")

    monkeypatch.setattr("teams.services.create_team", broken)
    assert alice.api.post("/api/teams", {"name": "Team"}).status_code == 500
    [error] = written.lines("unexpected_error")
    assert "RuntimeError: no such luck" in error["exception"]
    assert whom(error)[1] == alice.user_id


async def test_a_socket_says_from_connecting_on_whose_it_is(
    bob: Person, alice: Person, written: Written, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = {"entityType": "checklist", "entityId": CHECKLIST, "content": CONTENT}
    await in_thread(alice.api.post, "/api/documents", document)
    process = Process()
    live = await process.open(bob)
    await live.apply(operation())
    refused = await Live(Person(bob.user, "pws_odd.odd", ""), PATH, app=process.app).connect()
    assert await refused.closed() == 4401
    await live.close()

    operations_and_all = [one for one in written.lines() if one["level"] != "debug"]
    assert {one["event"] for one in operations_and_all} == {"request", "socket"}
    unknown, known = written.lines("socket")
    assert (unknown["code"], unknown["request_id"]) == (4401, ANY_ID)
    assert "user_id" not in unknown
    assert known["route"] == "ws/collab/<entity_type>/<entity_id>"
    assert known["entity_id"] == CHECKLIST
    assert known["user_id"] == bob.user_id
    assert known["request_id"] not in ("", unknown["request_id"])


async def test_what_a_document_does_for_all_names_nobody(
    bob: Person, alice: Person, written: Written, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = {"entityType": "checklist", "entityId": CHECKLIST, "content": CONTENT}
    await in_thread(alice.api.post, "/api/documents", document)
    process = Process()
    live = await process.open(bob)

    async def broken(*_: object) -> None:
        raise RuntimeError

    monkeypatch.setattr("collab.engine.sequencer.Sequencer._commit_waiting", broken)
    [rejected] = await live.apply(operation())
    assert rejected["code"] == "storage_unavailable"
    await live.close()
    [line] = written.lines("commit_failed")
    assert (line["organization_id"], line["entity_id"]) == (bob.organization_id, CHECKLIST)
    assert {"user_id", "request_id", "session_id"} & line.keys() == set()


async def test_threads_say_it_too(written: Written) -> None:
    logs.begin(request_id="r1")
    await in_thread(lambda: log.info("in_thread"))
    await asyncio.create_task(_say())
    [in_thread_], [in_task] = written.lines("in_thread"), written.lines("in_task")
    assert in_thread_["request_id"] == in_task["request_id"] == "r1"
    logs.begin()


async def _say() -> None:
    log.info("in_task")


def test_what_runs_by_itself_says_which_run_it_is(written: Written) -> None:
    with logs.running(job="seal"):
        log.info("during")
    log.info("after")
    [during], [after] = written.lines("during"), written.lines("after")
    assert (during["job"], during["run_id"]) == ("seal", ANY_ID)
    assert "job" not in after


async def test_what_is_made_while_it_is_sent_says_whose_it_is(
    alice: Person, written: Written, settings: Settings
) -> None:
    settings.ROOT_URLCONF = "tests.prework.streams"
    async with serving() as client:
        signed_in = {"Authorization": f"Bearer {alice.token}", "X-Request-ID": "r3"}
        answer = await client.get("/stream", headers=signed_in)
    assert answer.text == "one part"
    [line] = written.lines("part_made")
    assert (line["request_id"], line["user_id"]) == ("r3", alice.user_id)


def test_a_delivery_says_whose_request_it_comes_from(
    alice: Person, written: Written, settings: Settings
) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_PORT = 9  # nobody is there
    team = new_team(alice)
    invited = {"email": f"somebody-{new_id()}@example.com"}
    answer = alice.api.post(url(team, "invites"), invited, X_Request_ID="r4")
    drain()
    assert answer.status_code == 201
    [line] = written.lines("outbox_put_off")
    assert (line["request_id"], whom(line)[:2]) == ("r4", (alice.organization_id, alice.user_id))


TOKEN = "pws_" + "b3JnfHVzZXI" + ".S3cr3tS3cr3tS3cr3t"
TYPED = "hunter2-S3cr3t-hunter2"
PLANTED = ("S3cr3t", "S3cr3t".lower())


def leaks(text: str) -> list[str]:
    return [line for line in text.splitlines() if any(planted in line for planted in PLANTED)]


@pytest.mark.parametrize("stream", ["written", "readable"])
def test_no_secret_comes_out_of_a_request_however_it_came_in(
    alice: Person, stream: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    output: Written = request.getfixturevalue(stream)
    query = f"token={TYPED}&ticket={TYPED}&X-Amz-Signature={TYPED}&sig={TYPED}"
    headers = {
        "Authorization": f"Bearer {TOKEN}",
        "Cookie": f"prework_staff={TOKEN}",
        "X_Request_ID": TOKEN,
        "User_Agent": f"agent {TOKEN}",
        "Idempotency_Key": TOKEN,
        "Host": TOKEN,
    }
    body = {name: TYPED for name in ("password", "newPassword", "currentPassword", "otp", "token")}
    Api(TOKEN).get(f"/api/auth/me?{query}")
    Api().get(f"/api/{TOKEN}/{TOKEN}?{query}", **headers)
    Api().get(f"/admin/teams/{TOKEN}/?{query}", **headers)
    alice.api.post(f"/api/auth/login?{query}", {**body, "email": alice.email})
    alice.api.post("/api/auth/password", body)
    alice.api.post("/api/auth/password-reset/confirm", {**body, "token": TOKEN})
    alice.api.post("/api/teams", f'{{"password": "{TYPED}", "{TOKEN}'.encode())

    def broken(**given: object) -> None:
        raise RuntimeError(f"{TOKEN} {body} {given} Bearer {TYPED} ?{query} {headers}")

    monkeypatch.setattr("teams.services.create_team", broken)
    alice.api.post("/api/teams", {"name": "Team"})
    assert "unexpected_error" in output.getvalue()
    assert leaks(output.getvalue()) == []


def test_nor_does_what_works(written: Written, alice: Person, anonymous: Api) -> None:
    """Signing in, enrolling, tickets: what is handed out is in the answers alone, and at DEBUG."""
    token = anonymous.post(
        "/api/auth/login", {"email": alice.email, "password": "a-long-enough-passphrase"}
    ).json()["token"]
    ticket = alice.api.post("/api/auth/ws-ticket").json()["ticket"]
    secret = alice.api.post("/api/auth/mfa/totp").json()["secret"]
    team_id = alice.api.post("/api/teams", {"name": "Team"}).json()["teamId"]
    about = {"fileName": "a.txt", "fileType": "text/plain", "entityType": "team"}
    answer = alice.api.post("/api/media/upload-url", {**about, "entityId": team_id}).json()
    log.info("handed_out", url=answer["uploadUrl"])
    signature = answer["uploadUrl"].partition("X-Amz-Signature=")[2].partition("&")[0]
    text = written.getvalue()
    assert "botocore" in text
    for one in (token, alice.token, ticket, secret, signature, "a-long-enough-passphrase"):
        assert one
        assert one not in text
        assert one.rpartition(".")[2] not in text


async def test_nor_of_a_socket(bob: Person, written: Written) -> None:
    process = Process()
    for path in (
        f"{PATH}?ticket={TOKEN}",
        f"/ws/collab/checklist/{TOKEN}",
        f"{PATH}?ticket={TYPED}",
    ):
        live = await Live(Person(bob.user, "", ""), path, app=process.app).connect()
        await live.closed()
    await healing.measure_outboxes(process.hub)
    assert written.lines("socket")
    assert leaks(written.getvalue()) == []


def test_nor_of_a_library_that_tells_all(written: Written) -> None:
    access = logging.getLogger("uvicorn.error")
    access.info('"WebSocket /ws/notifications?ticket=%s" [accepted]', TYPED)
    logging.getLogger("botocore.hooks").debug(
        "Making request: %s", {"headers": {"Authorization": f"AWS4 Signature={TYPED}"}}
    )
    logging.getLogger("asyncio").error("unclosed %r", {"password": TYPED})
    try:
        raise ValueError(f"wrong token={TYPED} {TOKEN}")
    except ValueError:
        logging.getLogger("twisted").exception("failed")
    aws.s3().list_buckets()
    assert len(written.lines()) > 4
    assert leaks(written.getvalue()) == []


def test_nor_of_our_own_carelessness(written: Written) -> None:
    log.info("careless", password=TYPED, body={"otp": TYPED, "name": "x"}, headers={"a": TOKEN})
    [line] = written.lines("careless")
    assert line["body"] == {"otp": "[hidden]", "name": "x"}
    assert leaks(written.getvalue()) == []


@pytest.mark.parametrize(
    "line",
    [
        """{"password": "S3cr3t", "a": 1}""",
        r"""{\"password\": \"S3cr3t\", \"a\": 1}""",
        "password=S3cr3t&x=1",
        "Authorization: Basic S3cr3tS3cr3t\r\nHost: x",
        "(b'cookie', b'prework_staff=S3cr3t; b=2')",
        "Cookie: a=b; prework_staff=S3cr3t",
        "Attempt(email='x', password='S3cr3t', otp='S3cr3t')",
        """"totpSecret": {"S": "S3cr3t"}""",
        """"recoveryCodes": ["S3cr3t", "S3cr3t"]""",
        "AWS4-HMAC-SHA256 Credential=S3cr3t/2026, SignedHeaders=a;b, Signature=S3cr3t",
        "AWS_SECRET_ACCESS_KEY=S3cr3t",
        "token%3DS3cr3t%26",
        "Bearer%20S3cr3t",
        "-----BEGIN PRIVATE KEY-----\nS3cr3t\n-----END PRIVATE KEY-----",
        "$argon2id$v=19$m=65536$S3cr3t",
        "otpauth://totp/x?secret=S3cr3t",
        """token = "S3cr3t""",
        "x" * 10_000 + "password=S3cr3t",
    ],
)
def test_a_secret_goes_by_its_name_or_by_itself(line: str) -> None:
    assert leaks(redacted(line)) == []
    assert HIDDEN in redacted(line)


@pytest.mark.parametrize(
    "line",
    [
        """{"code": "user.password_changed", "session_id": "s", "route": "api/auth/ws-ticket"}""",
        "the token of somebody has expired: come back",
        "passes: 3, designs: 4",
    ],
)
def test_what_is_no_secret_stays(line: str) -> None:
    assert redacted(line) == line


@pytest.mark.parametrize(
    "value", [float("nan"), 1 << 70, "\ud800", b"\xff", {1: object}, [set()], "x" * 100_000]
)
def test_a_line_is_json_whatever_is_in_it(written: Written, value: object) -> None:
    log.info("odd", value=value)
    assert len(written.lines()) == 1


def test_a_request_of_staff_says_whose_it_is(alice: Person, written: Written) -> None:
    at_the_admin = visitor(appoint(alice, "support"))
    assert at_the_admin.get().status_code == 200
    line = written.lines("request")[-1]
    assert (line["route"], line["user_id"]) == ("admin/", alice.user_id)
    assert line["organization_id"] == alice.organization_id
    assert line["session_id"]
    assert leaks_of_cookie(at_the_admin.client.cookies["prework_staff"].value, written) == []


def leaks_of_cookie(token: str, written: Written) -> list[str]:
    return [line for line in written.getvalue().splitlines() if token.rpartition(".")[2] in line]


@pytest.mark.parametrize("name", ["recovery_hashes", "recoveryHashes", "totp_last_step"])
def test_what_is_marked_where_it_is_declared_is_not_said(name: str) -> None:
    assert redacted(f"{name}=58374921") == f"{name}={HIDDEN}"
