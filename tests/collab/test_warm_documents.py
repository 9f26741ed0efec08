"""Documents that nobody uses stay in memory for a while, within bounds."""

from typing import Any

import pytest

from collab.engine import engines
from collab.engine.engines import Engine
from collab.engine.marks import Author
from collab.models import DocumentRef, document_ref
from tests.cast import Person
from tests.collab.live import CHECKED, CHECKLIST, call, operation


def ref(number: int) -> DocumentRef:
    return DocumentRef("organization", "checklist", f"c{number}")


async def test_so_many_are_kept_and_the_oldest_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engines, "WARM_DOCUMENTS", 3)
    engine = Engine()
    used = engine.pin(ref(0))
    for number in (1, 2, 3, 1, 4, 5):
        with engine.using(ref(number)):
            pass

    assert [number for number in range(6) if engine.find(ref(number))] == [0, 1, 4, 5]
    engine.unpin(used)
    assert [number for number in range(6) if engine.find(ref(number))] == [0, 4, 5]


async def test_their_recent_operations_count_too(
    bob: Person, checklist: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engines, "WARM_BYTES", 90_000)
    engine, busy = Engine(), document_ref(bob.actor, "checklist", CHECKLIST)
    author = Author(bob.user_id, "client")
    sent = [operation(CHECKED, f"{n}{'x' * 10_000}") for n in range(8)]
    for one in sent[:3]:
        await engine.apply(busy, [one], author)
    assert engine.find(busy) is not None

    for one in sent[3:]:
        await engine.apply(busy, [one], author)
    assert engine.find(busy) is None


async def test_one_that_is_busy_yet_is_not_dropped(
    bob: Person, checklist: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engines, "WARM_DOCUMENTS", 0)
    engine, busy = Engine(), document_ref(bob.actor, "checklist", CHECKLIST)
    with engine.using(busy) as document:
        document.offer(operation(), Author(bob.user_id, "client"), lambda outcome: None)

    assert engine.find(busy) is document
    await document.settled()
    with engine.using(ref(1)):
        pass
    assert engine.find(ref(1)) is None
    assert (await call(bob.api.get, f"/api/documents/checklist/{CHECKLIST}")).json()[
        "version"
    ] == 1


async def test_what_is_forgotten_is_not_counted(
    bob: Person, checklist: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engines, "WARM_DOCUMENTS", 2)
    engine = Engine()
    for number in range(2):
        with engine.using(ref(number)):
            pass
    engine.forget(ref(1))
    with engine.using(ref(2)):
        pass

    assert [number for number in range(3) if engine.find(ref(number))] == [0, 2]
