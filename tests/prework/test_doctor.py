"""`manage.py doctor`: what is well is said so, and what is broken is named, with what to do."""

import json
import socketserver
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from io import StringIO
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import EndpointConnectionError
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from django.core.management import CommandError, call_command
from pytest_django import Settings

from prework import aws, clock, health
from prework.bootstrap import create_archive, create_bucket, create_tables
from prework.doctor import buckets, cloud, configuration, outside, roundtrips, services, work
from prework.doctor.findings import Check, Finding, examine, ok
from prework.dynamo import connection
from prework.ids import new_id
from prework.localaws import LocalAws
from prework.scheduling.leases import here
from prework.scheduling.rows import load_rows
from prework.tables import SESSIONS, TABLES
from tests import faults
from tests.clamd import HAS_CLAMD, Clamd
from tests.collab.servers import Server, running
from tests.collab.test_server import free_port, redis_server
from tests.prework.conftest import Named, SetClock
from tests.prework.making_jobs import a_job, do, failing, taken
from tests.redis import HAS_REDIS

NOWHERE = "http://127.0.0.1:9"
DOWN = EndpointConnectionError(endpoint_url=NOWHERE)


@pytest.fixture(scope="module")
def server(engine: LocalAws) -> Iterator[Server]:
    """A server that is not well: no Redis where one is named, pages of another address."""
    with running(
        engine,
        PREWORK_REDIS_URL="redis://127.0.0.1:9/0",
        PREWORK_ALLOWED_ORIGINS="https://other.example",
        PREWORK_RELEASE="v7",
        PREWORK_METRICS_SECONDS="1",
    ) as [one]:
        yield one


def look(check: Check) -> list[Finding]:
    """What a check finds, without what it found well."""
    return [one for one in check() if one.status != "ok"]


def said(findings: list[Finding]) -> str:
    """All that these say."""
    return " ".join(f"{one.status} {one.detail} {one.advice}" for one in findings)


def test_here_all_but_the_server_is_well(named: Named) -> None:
    job = a_job()
    named(job)
    do(job)
    outer = {"address", "pages", "sockets", "servers"}
    assert [one for one in examine() if one.status != "ok" and one.check not in outer] == []
    assert load_rows()[job.name].outcome == "done"


def test_it_leaves_nothing_behind() -> None:
    assert look(roundtrips.check_writing) == look(roundtrips.check_uploading) == []
    left = connection().query(SESSIONS.name, roundtrips.PLACE)["Items"]
    assert left == []
    objects = aws.s3().list_object_versions(Bucket="pre-work-media-uploads", Prefix="doctor/")
    assert "Versions" not in objects


def test_a_failure_is_exit_code_1_and_lines_say_what_to_do(settings: Settings) -> None:
    settings.DOCTOR = ["prework.doctor.buckets.check_bucket", "prework.doctor.work.check_servers"]
    settings.MEDIA_BUCKET = "no-such-bucket"
    told = StringIO()
    with pytest.raises(CommandError, match=r"^1 of 2 are not well$") as failure:
        call_command("doctor", stdout=told)
    assert failure.value.returncode == 1
    first, second = told.getvalue().splitlines()
    assert first.startswith("fail  bucket        no-such-bucket: NoSuchBucket.")
    assert first.endswith("-> Run `python manage.py aws_bootstrap`.")
    assert second[:6] in ("ok    ", "warn  ")


def test_programs_are_told_as_json(settings: Settings) -> None:
    settings.DOCTOR = ["prework.doctor.buckets.check_bucket"]
    told = StringIO()
    call_command("doctor", json=True, stdout=told)
    [one] = json.loads(told.getvalue())
    assert (one["check"], one["status"], one["advice"]) == ("bucket", "ok", "")


def leaking() -> Iterator[Finding]:
    """A check that tells what it should not, and then fails with that in its words."""
    yield ok("leak", "redis://:hunter2-redis@host and hunter2-mail")
    raise RuntimeError("hunter2-redis")


@pytest.mark.parametrize("password", ["hunter2-redis", "hunter2/redis", "hunter2#[redis"])
def test_no_secret_is_told(password: str, settings: Settings, engine: LocalAws) -> None:
    """Nor a piece of one that a parser of addresses stumbles over."""
    settings.DOCTOR = [f"{__name__}.leaking", "prework.doctor.services.check_redis"]
    settings.REDIS_URL = f"redis://:{password}@127.0.0.1:9/0"
    settings.EMAIL_HOST_PASSWORD = "hunter2-mail"
    told = StringIO()
    with pytest.raises(CommandError):
        call_command("doctor", stdout=told)
    assert "hunter2" not in told.getvalue()
    assert engine.secret_key in aws.secret_credentials()
    assert told.getvalue().splitlines()[1].startswith("fail  leaking       RuntimeError: …")


def test_credentials_that_cannot_be_had_keep_it_from_no_check(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.DOCTOR = ["prework.doctor.configuration.check_settings"]
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    [one] = examine()
    assert one.status == "ok"


# -- settings -----------------------------------------------------------------------------------


def test_development_is_well_whatever_production_would_refuse() -> None:
    [one] = configuration.check_settings()
    assert one.status == "ok"


def test_production_is_told_what_is_unsafe_and_what_unwise(settings: Settings) -> None:
    settings.IS_PRODUCTION = True
    settings.DEBUG = True
    settings.PUBLIC_URL = "http://prework.example"
    findings = look(configuration.check_settings)
    failed = [one.detail for one in findings if one.status == "fail"]
    assert "DJANGO_DEBUG is on." in failed
    assert "PREWORK_PUBLIC_URL is http://prework.example, without TLS." in failed
    warned = said([one for one in findings if one.status == "warn"])
    assert "PREWORK_REDIS_URL" in warned
    assert "PREWORK_TOTP_KEY" in warned
    assert all(one.advice for one in findings)


def test_production_that_is_well(settings: Settings) -> None:
    settings.IS_PRODUCTION = True
    settings.PREWORK_AWS = "aws"
    settings.SECRET_KEY, settings.TOTP_KEY = "k" * 50, "t" * 50
    settings.ALLOWED_HOSTS, settings.ALLOWED_ORIGINS = ["prework.example"], []
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.PUBLIC_URL, settings.REDIS_URL = "https://prework.example", "redis://r"
    settings.AUDIT_KMS_KEY = "alias/prework-audit"
    assert look(configuration.check_settings) == []


# -- AWS ----------------------------------------------------------------------------------------


def test_wrong_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "not the secret")
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    aws.sts.cache_clear()
    [one] = look(cloud.check_credentials)
    aws.sts.cache_clear()
    assert (one.check, one.status) == ("credentials", "fail")
    assert "AWS_SECRET_ACCESS_KEY" in one.advice


def test_a_store_that_does_not_answer(settings: Settings) -> None:
    with faults.raising("GetItem", DOWN), faults.raising("PutItem", DOWN):
        [parts], [writing] = look(cloud.check_parts), look(roundtrips.check_writing)
    assert (parts.check, parts.status, writing.status) == ("dynamodb", "fail", "fail")
    assert "aws_bootstrap" in parts.advice


def test_a_clock_that_is_off(monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = clock.now() + timedelta(minutes=1)
    monkeypatch.setattr(clock, "now", lambda: wrong)
    [one] = look(cloud.check_parts)
    assert (one.check, one.status) == ("clock", "fail")
    assert "NTP" in one.advice


def make_table(definition: dict[str, Any], **changes: Any) -> None:
    """Make a table that is not as it is declared."""
    connection().client.create_table(**{**definition, **changes})  # type: ignore[attr-defined]


def test_tables_that_are_missing_or_not_as_declared(settings: Settings) -> None:
    settings.TABLE_PREFIX = f"doctor-{new_id()}-"
    users, profiles, teams, *_ = [table.definition() for table in TABLES]
    one_index = users["GlobalSecondaryIndexes"][:1]
    make_table(
        users,
        GlobalSecondaryIndexes=[{**one_index[0], "Projection": {"ProjectionType": "KEYS_ONLY"}}],
        AttributeDefinitions=users["AttributeDefinitions"][:4],
    )
    make_table(
        profiles,
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
    )
    make_table(teams)
    make_table(SESSIONS.definition())
    findings = look(cloud.check_tables)
    told = {one.detail.removeprefix(settings.TABLE_PREFIX): one for one in findings}
    assert told["users lacks the index GSI2."].advice.endswith(
        "keys GSI2PK, GSI2SK, projection ALL."
    )
    assert f"GSI1 of {settings.TABLE_PREFIX}users is another index than declared." in told
    assert told["profiles has another key."].status == "fail"
    assert told["teams has no point-in-time recovery."].status == "warn"
    assert told["sessions keeps what has expired."].status == "fail"
    assert "aws_bootstrap" in told["media is not there."].advice
    create_tables()
    details = said(look(cloud.check_tables))
    assert "recovery" not in details and "expired" not in details and "not there" not in details


def test_a_bucket_that_anybody_reads_and_no_page_can_write_to(settings: Settings) -> None:
    settings.MEDIA_BUCKET = f"doctor-{new_id()}"
    aws.s3().create_bucket(Bucket=settings.MEDIA_BUCKET)
    aws.s3().put_public_access_block(
        Bucket=settings.MEDIA_BUCKET, PublicAccessBlockConfiguration={"BlockPublicAcls": True}
    )
    told = said(look(buckets.check_bucket))
    assert "is not versioned" in told
    assert "does not block public access" in told
    assert f"Pages of {settings.ALLOWED_ORIGINS[0]}" in told
    assert "keeps unfinished uploads in parts for ever" in told
    assert told.count("aws_bootstrap") == 4
    create_bucket()
    assert look(buckets.check_bucket) == []
    settings.ALLOWED_ORIGINS = ["https://new.example"]
    assert "https://new.example cannot upload" in said(look(buckets.check_bucket))


def test_an_archive_that_does_not_lock(settings: Settings) -> None:
    create_archive()
    assert look(buckets.check_archive) == []
    settings.AUDIT_RETENTION_DAYS = 4000
    told = said(look(buckets.check_archive))
    assert "does not lock as the settings say" in told
    assert "aws_bootstrap" in told
    settings.AUDIT_BUCKET = settings.MEDIA_BUCKET
    assert "ObjectLockConfigurationNotFoundError" in said(look(buckets.check_archive))
    settings.AUDIT_BUCKET = "no-such-bucket"
    assert "NoSuchBucket" in said(look(buckets.check_archive))


def test_a_bucket_in_another_region(settings: Settings) -> None:
    settings.AWS_REGION = "eu-central-1"
    [one] = look(buckets.check_bucket)
    assert "is in us-east-1, and links are signed for eu-central-1" in one.detail
    assert "AWS_REGION" in one.advice


def test_a_bucket_that_is_not_there_takes_no_upload(settings: Settings) -> None:
    settings.MEDIA_BUCKET = "no-such-bucket"
    findings = [one for one in examine() if one.check in ("s3", "bucket", "uploading")]
    assert [(one.check, one.status) for one in findings] == [
        ("s3", "fail"),
        ("bucket", "fail"),
        ("uploading", "fail"),
    ]


# -- Redis and mail -----------------------------------------------------------------------------


@pytest.mark.parametrize("url", ["redis://127.0.0.1:9/0", "nonsense"])
def test_a_redis_that_does_not_answer(url: str, settings: Settings) -> None:
    settings.REDIS_URL = url
    [one] = look(services.check_redis)
    assert one.status == "fail"
    assert "PREWORK_REDIS_URL" in one.advice


@pytest.mark.skipif(not HAS_REDIS, reason="needs Redis")
def test_a_redis_that_is_heard(settings: Settings) -> None:
    with redis_server() as settings.REDIS_URL:
        health._redis.cache_clear()
        parts = [one for one in faults_until_up() if one.check == "redis"]
    assert [one.status for one in parts] == ["ok"]


def faults_until_up() -> list[Finding]:
    """What is found of a Redis that has only just been started."""
    for _ in range(50):
        findings = list(services.check_redis())
        if findings[0].status == "ok":
            return findings
        threading.Event().wait(0.1)
    return findings


def test_no_scanner_is_said(settings: Settings) -> None:
    settings.SCANNER = "none"
    [one] = services.check_scanner()
    assert (one.status, "nobody" in one.detail) == ("ok", True)


@pytest.mark.parametrize(
    "url",
    [
        "unix:///nowhere/clamd.ctl",
        "tcp://127.0.0.1:9",
        "tcp://[::1]:9",
        "tcp://host:x",
        "nonsense",
    ],
)
def test_a_scanner_that_does_not_answer(url: str, settings: Settings) -> None:
    settings.SCANNER, settings.CLAMD_URL = "clamd", url
    [one] = look(services.check_scanner)
    assert one.status == "fail"
    assert "PREWORK_CLAMD_URL" in one.advice


@pytest.mark.skipif(not HAS_CLAMD, reason="needs clamd")
def test_a_scanner_that_finds_something(settings: Settings, tmp_path: Path) -> None:
    clamd = Clamd(tmp_path, port=free_port()).start()
    settings.SCANNER, settings.CLAMD_URL = "clamd", clamd.url
    try:
        [one] = services.check_scanner()
        assert (one.status, "ClamAV" in one.detail) == ("ok", True)
    finally:
        clamd.kill()


class MailServer(socketserver.ThreadingTCPServer):
    """Takes mails, as far as SMTP goes."""

    daemon_threads = True
    mails: list[str]


class Postman(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        self.wfile.write(b"220 here\r\n")
        while line := self.rfile.readline().strip().upper():
            if line == b"DATA":
                self.wfile.write(b"354 go on\r\n")
                lines = iter(self.rfile.readline, b".\r\n")
                self.server.mails.append(b"".join(lines).decode())  # type: ignore[attr-defined]
            self.wfile.write(b"221 bye\r\n" if line == b"QUIT" else b"250 ok\r\n")


@pytest.fixture
def mail_server(settings: Settings) -> Iterator[MailServer]:
    """A mail server that the settings name."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    with MailServer(("127.0.0.1", 0), Postman) as server:
        server.mails = []
        settings.EMAIL_HOST, settings.EMAIL_PORT = server.server_address[:2]
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_a_mail_server_that_answers_is_sent_nothing(mail_server: MailServer) -> None:
    assert look(services.check_mail) == []
    assert mail_server.mails == []


def test_a_mail_is_sent_when_asked_for(mail_server: MailServer, settings: Settings) -> None:
    settings.DOCTOR = []
    told = StringIO()
    call_command("doctor", send_to="ada@example.com", stdout=told)
    assert told.getvalue().startswith("ok    mail          A mail to ada@example.com was taken")
    assert "To: ada@example.com" in mail_server.mails[0]


def test_a_mail_server_that_does_not_answer(settings: Settings) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    for check in (services.check_mail, services.sending_to("ada@example.com")):
        [one] = look(check)
        assert one.status == "fail"
        assert "EMAIL_HOST" in one.advice


# -- from outside -------------------------------------------------------------------------------


def test_an_address_where_nobody_is(settings: Settings) -> None:
    settings.PUBLIC_URL = NOWHERE
    [address], [sockets] = look(outside.check_address), look(outside.check_sockets)
    assert "Connection refused" in address.detail
    assert "PREWORK_PUBLIC_URL" in address.advice
    assert "Mend the address first" in sockets.advice


def test_a_name_that_nobody_knows(settings: Settings) -> None:
    settings.PUBLIC_URL = "https://prework.invalid"
    [one] = look(outside.check_address)
    assert one.detail == "prework.invalid has no address (DNS)."


@contextmanager
def another_server(folder: Path, secured_by: Path | None = None) -> Iterator[int]:
    """Something that serves HTTP and is not prework; its port."""

    class Quiet(SimpleHTTPRequestHandler):
        def __init__(self, *arguments: Any) -> None:
            super().__init__(*arguments, directory=str(folder))

        protocol_version = "HTTP/1.1"

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Quiet) as server:
        if secured_by is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(secured_by)
            server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield int(server.server_address[1])
        finally:
            server.shutdown()
            thread.join()


def test_somebody_else_at_our_address(settings: Settings, tmp_path: Path) -> None:
    with another_server(tmp_path) as port:
        settings.PUBLIC_URL = f"http://127.0.0.1:{port}"
        told = {
            one.check: f"{one.detail} {one.advice}"
            for check in (outside.check_address, outside.check_pages, outside.check_sockets)
            for one in look(check)
        }
    assert "/healthz is answered by 404, and not by prework" in told["address"]
    assert "Let the proxy pass /static/" in told["pages"]
    assert "answered 404. Let the proxy pass /ws/" in told["sockets"]


def certificate(folder: Path, *, ends_in: timedelta) -> Path:
    """A certificate of `localhost` by nobody else, with its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)  # noqa: TID251  what the world goes by, not we
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + ends_in)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / "certificate.pem"
    secret = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    path.write_bytes(secret + made.public_bytes(serialization.Encoding.PEM))
    return path


def test_a_certificate_that_nobody_trusts(settings: Settings, tmp_path: Path) -> None:
    path = certificate(tmp_path, ends_in=timedelta(days=90))
    with another_server(tmp_path, path) as port:
        settings.PUBLIC_URL = f"https://localhost:{port}"
        [one] = look(outside.check_address)
    assert "CERTIFICATE_VERIFY_FAILED" in one.detail
    assert "certificate" in one.advice


@pytest.mark.parametrize(("days", "is_late"), [(3, True), (90, False)])
def test_a_certificate_that_ends_soon(
    days: int, is_late: bool, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = certificate(tmp_path, ends_in=timedelta(days=days))
    monkeypatch.setenv("SSL_CERT_FILE", str(path))
    with another_server(tmp_path, path) as port:
        settings.PUBLIC_URL = f"https://localhost:{port}"
        told = said(look(outside.check_address))
    assert ("See to its renewal." in told) == is_late


def test_a_server_that_is_not_ready_is_named_with_what_fails(
    server: Server, settings: Settings
) -> None:
    settings.PUBLIC_URL = server.url
    [one] = look(outside.check_address)
    assert one.detail == "The server is not ready: channelLayer."
    assert look(outside.check_pages) == []


def test_pages_of_our_address_that_may_not_open_sockets(
    server: Server, settings: Settings
) -> None:
    settings.PUBLIC_URL = server.url
    [one] = look(outside.check_sockets)
    assert one.advice == f"Add {server.url} to PREWORK_ALLOWED_ORIGINS."


def test_servers_of_another_release(server: Server, settings: Settings) -> None:
    [one] = look(work.check_servers)
    assert one.detail == "v7 runs beside 0.1.0, which is here."


def test_no_server(set_clock: SetClock) -> None:
    [one] = look(work.check_servers)
    assert one.status == "warn"
    assert "PREWORK_TABLE_PREFIX" in one.advice


# -- jobs ---------------------------------------------------------------------------------------


def test_jobs_that_nobody_does(named: Named, set_clock: SetClock) -> None:
    done, late, never = a_job(), a_job(), a_job()
    named(done, late, never)
    do(late)
    set_clock.moment += timedelta(hours=1, minutes=3)
    do(done)
    [one] = look(work.check_jobs)
    assert one.detail == f"Nobody is at {', '.join(sorted([late.name, never.name]))}."
    assert "manage.py jobs" in one.advice and "PREWORK_JOBS=inside" in one.advice


def test_a_job_that_fails(named: Named) -> None:
    job = a_job(failing)
    named(job)
    do(job, failures=2)
    [one] = look(work.check_jobs)
    assert (one.status, "failed 3 times: ValueError" in one.detail) == ("warn", True)
    assert one.advice == f"Look for run_id={load_rows()[job.name].run_id} in its log."


def test_a_job_that_hangs_while_its_lease_is_renewed(
    named: Named, settings: Settings, set_clock: SetClock
) -> None:
    settings.JOBS_LEASE_SECONDS = 1
    job = a_job(every=timedelta(minutes=1))
    named(job)
    kept = taken(job)
    assert not look(work.check_jobs)
    set_clock.moment += timedelta(hours=1, minutes=1)
    [one] = look(work.check_jobs)
    assert (one.status, f"{here()} is at {job.name} since" in one.detail) == ("warn", True)
    assert "another takes the job" in one.advice
    assert kept.end([])


def test_a_job_whose_process_is_gone_and_one_whose_is_not(
    named: Named, settings: Settings
) -> None:
    settings.JOBS_LEASE_SECONDS = 1
    gone, at_work = a_job(), a_job()
    named(gone, at_work)
    left, kept = taken(gone), taken(at_work)
    left._is_ended.set()  # nobody renews it
    [one] = look(work.check_jobs)
    assert one.detail == f"Nobody is at {gone.name}."
    assert kept.end([])
