"""What clients want done: few places and few values, so that they get in each other's way."""

from typing import Any

from hypothesis import strategies as st

from tests.collab.model.clients import Client
from tests.collab.model.contract import NOTHING, Body

PLACES = (
    "title",
    "place",
    "place.hall",
    "items.a",
    "items.b",
    "items.a.checked",
    "items.a.text",
    "items.b.sub",
    "items.b.sub.deep",
)
VALUES: tuple[Any, ...] = (None, True, 1, "text", {}, {"hall": 1}, {"sub": {"deep": 0}})
Wanted = dict[str, Any]

wanted = st.fixed_dictionaries(
    {
        "type": st.sampled_from(("update", "update", "insert", "delete")),
        "place": st.sampled_from(PLACES),
        "value": st.sampled_from(VALUES),
        "base": st.sampled_from(("seen", "seen", "seen", "older", "ahead")),
        "steps": st.integers(1, 6),
        "old": st.sampled_from(("", "", "seen", "other")),
        "onConflict": st.sampled_from(("", "overwrite", "reject")),
    }
)


def body_of(client: Client, one: Wanted, operation_id: str) -> Body:
    """The operation that a client would send for it now."""
    path = f"{client.world.entity_id}.{one['place']}"
    steps = {"seen": 0, "older": -one["steps"], "ahead": one["steps"]}[one["base"]]
    body = {
        "operationId": operation_id,
        "type": one["type"],
        "path": path,
        "baseVersion": max(0, client.version + steps),
    }
    if one["type"] != "delete":
        body["newValue"] = one["value"]
    if one["old"]:
        seen = client.value_at(path)
        right = None if seen is NOTHING else seen
        body["oldValue"] = right if one["old"] == "seen" else "other"
    if one["onConflict"]:
        body["onConflict"] = one["onConflict"]
    return body
