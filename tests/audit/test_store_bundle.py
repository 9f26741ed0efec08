"""manage.py audit_bundle --store: a bundle in the bucket, behind a link, and not for ever."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.core.management import CommandError, call_command

from audit import offline, services
from audit.engine.keys import to_pem
from audit.queries import Filters, list_entries
from audit.services.keys import signer
from media.services import sweep_orphans
from prework import aws, clock
from prework.errors import PermissionDenied, StorageUnavailable
from prework.jobs import Turn
from prework.tenancy import Actor
from tests.audit.seal.trail import at, seal, write
from tests.media.uploads import fetch
from tests.prework.crates import somebody

Travel = Callable[[timedelta], None]


@pytest.fixture
def actor() -> Actor:
    """An organisation with a sealed entry."""
    actor = somebody().holding({"audit.export"})
    write(actor, 0)
    seal(actor)
    return actor


@pytest.fixture
def travel(monkeypatch: pytest.MonkeyPatch) -> Travel:
    """Sets the clock to so long after now."""
    real = clock.now

    def to(ahead: timedelta) -> None:
        def moved() -> datetime:
            return real() + ahead

        monkeypatch.setattr(clock, "now", moved)

    return to


def s3_of(alias: str) -> Any:
    """The client that a storage has."""
    storage: Any = storages[alias]
    return storage.connection.meta.client


def kept(actor: Actor) -> list[str]:
    """The keys of what is in the bucket of this organisation's, every version and delete mark."""
    prefix = f"exports/{actor.organization_id}/"
    answer = aws.s3().list_object_versions(Bucket=settings.MEDIA_BUCKET, Prefix=prefix)
    return [one["Key"] for one in [*answer.get("Versions", []), *answer.get("DeleteMarkers", [])]]


def test_the_command_prints_a_link_to_what_offline_finds_well(
    actor: Actor, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("audit_bundle", actor.organization_id, "--store", "--to", at(60).isoformat())
    told, url = capsys.readouterr().out.splitlines()

    answer = fetch("GET", url)
    [key] = kept(actor)
    assert told.startswith(f"stored {key}, {len(answer.content)} bytes; until ")
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="audit-')
    (tmp_path / "bundle.jsonl").write_bytes(answer.content)
    (tmp_path / "key.pem").write_text(to_pem(signer().public_key))
    files = [str(tmp_path / "bundle.jsonl"), "--public-key", str(tmp_path / "key.pem")]
    assert offline.main(files) == 0


def test_nobody_has_it_without_the_link(actor: Actor) -> None:
    stored = services.store_bundle(actor=actor, until=at(60))
    bare, _, query = stored.url.partition("?")
    assert "X-Amz-Expires=86400" in query
    assert fetch("GET", bare).status_code == 403
    assert fetch("GET", stored.url.replace("jsonl", "json", 1)).status_code == 403


def test_that_it_was_taken_and_where_to_is_in_the_trail(actor: Actor) -> None:
    stored = services.store_bundle(actor=actor, until=at(60), has_entries=False)
    [entry] = list_entries(
        actor.holding({"audit.view"}),
        filters=Filters(action="AUDIT_EXPORTED"),
        limit=9,
        start=None,
    ).items
    values = entry.new_values
    assert (values["format"], values["key"]) == ("seals", stored.key)
    assert stored.key.startswith(f"exports/{actor.organization_id}/audit-")


def test_two_are_two_files(actor: Actor) -> None:
    keys = {services.store_bundle(actor=actor, until=at(60)).key for _ in range(2)}
    assert set(kept(actor)) == keys


def test_it_takes_the_permission_to_export(actor: Actor) -> None:
    with pytest.raises(PermissionDenied):
        services.store_bundle(actor=somebody(), until=at(60))
    with pytest.raises(CommandError, match="there is no organisation"):
        call_command("audit_bundle", "nobody", "--store")
    with pytest.raises(CommandError, match="not allowed with"):
        call_command("audit_bundle", actor.organization_id, "x.jsonl", "--store")


def test_a_store_that_does_not_answer_is_said(actor: Actor) -> None:
    name, client = "before-send.s3.PutObject", s3_of("exports")

    def fail(**_: object) -> None:
        raise EndpointConnectionError(endpoint_url="http://s3.invalid")

    client.meta.events.register(name, fail)
    try:
        with pytest.raises(StorageUnavailable):
            services.store_bundle(actor=actor, until=at(60))
    finally:
        client.meta.events.unregister(name, fail)
    assert kept(actor) == []


def test_it_goes_when_its_days_are_over_and_not_before(actor: Actor, travel: Travel) -> None:
    stored = services.store_bundle(actor=actor, until=at(60))
    for ahead in (timedelta(), timedelta(days=settings.EXPORT_DAYS, minutes=-1)):
        travel(ahead)
        services.remove_old_exports(Turn())
        sweep_orphans(Turn())  # which leaves to it what is not an upload
        assert kept(actor) == [stored.key]
    travel(timedelta(days=settings.EXPORT_DAYS, minutes=1))
    services.remove_old_exports(Turn())
    assert kept(actor) == []


def test_what_somebody_else_put_there_is_left(actor: Actor, travel: Travel) -> None:
    name = storages["exports"].save(f"{actor.organization_id}/notes.txt", ContentFile(b"x"))
    travel(timedelta(days=30))
    services.remove_old_exports(Turn())
    assert kept(actor) == [f"exports/{name}"]
    storages["exports"].delete(name)
    assert kept(actor) == []
