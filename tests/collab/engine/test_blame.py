"""Blame: who last set what is there."""

from collab.engine.blame import blame
from tests.collab.engine.desk import ALICE, BOB, ENTITY, Desk


def short(desk: Desk) -> dict[str, tuple[int, str]]:
    return {
        path.removeprefix(f"{ENTITY}."): (entry["version"], entry["userId"])
        for path, entry in blame(desk.replica, ENTITY).items()
    }


def test_a_new_document_is_its_makers() -> None:
    assert short(Desk()) == {
        "title": (0, "user-owner"),
        "place": (0, "user-owner"),
        "items.item-456.text": (0, "user-owner"),
        "items.item-456.checked": (0, "user-owner"),
        "items.item-456.order": (0, "user-owner"),
    }


def test_the_last_to_set_it_or_something_above() -> None:
    desk = Desk()
    desk.apply(ALICE, "update", "place.hall.door", 0, new=5)
    desk.apply(BOB, "update", "items.item-456.checked", 0, new=True)
    assert short(desk)["place.hall.door"] == (1, "user-alice")
    assert short(desk)["place"] == (0, "user-owner")
    assert short(desk)["items.item-456.checked"] == (2, "user-bob")
    desk.apply(BOB, "update", "place.hall", 2, new={"door": 6})
    desk.apply(ALICE, "update", "items.item-456", 2, new={"checked": False})
    assert short(desk) == {
        "title": (0, "user-owner"),
        "place": (0, "user-owner"),
        "place.hall": (3, "user-bob"),
        "place.hall.door": (3, "user-bob"),
        "items.item-456.checked": (4, "user-alice"),
    }


def test_what_is_gone_is_nobodys() -> None:
    desk = Desk()
    desk.apply(ALICE, "delete", "place.city", 0)
    desk.apply(ALICE, "delete", "items.item-456", 0)
    assert short(desk).keys() == {"title", "place"}


def test_an_item_that_is_a_plain_value() -> None:
    desk = Desk({"items": {}})
    desk.apply(ALICE, "insert", "items.a", 0, new=5)
    assert blame(desk.replica, ENTITY) == {
        f"{ENTITY}.items.a": {
            "version": 1,
            "userId": "user-alice",
            "timestamp": "1970-01-01T00:00:02.000Z",
        }
    }
