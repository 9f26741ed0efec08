"""DynamoDB under every domain: the base `Item`, reads that never lie, one shared connection."""

import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, TypeVar

from botocore.exceptions import BotoCoreError, ClientError
from django.conf import settings
from pynamodb.attributes import Attribute, MapAttribute, UnicodeAttribute
from pynamodb.connection.base import Connection
from pynamodb.connection.table import TableConnection
from pynamodb.expressions.condition import Condition
from pynamodb.models import MetaModel, Model

from prework import aws, secrecy
from prework.errors import StorageUnavailable
from prework.tables import TABLES, Table
from prework.wording import camel

READS = frozenset({"GetItem", "BatchGetItem", "Query"})
READ_ATTEMPTS = 2
AT_ONCE = 100  # what one BatchGetItem takes
BATCH_ROUNDS = 4  # unprocessed keys are asked for this often before the store counts as down
StartKey = dict[str, Any] | None
AttributeType = TypeVar("AttributeType", bound=Attribute[Any])


class StoreConnection(Connection):
    """PynamoDB's connection, for all models alike; a store that does not answer is a 503.

    botocore repeats nothing beneath it: it would repeat a conditional write whose answer was
    lost, and take the refusal of the second for that of the first. Reads are repeated here;
    a transaction repeats itself, by its token; other writes are their caller's to repeat.
    """

    def _make_api_call(self, operation_name: str, operation_kwargs: dict[str, Any]) -> Any:
        attempts = READ_ATTEMPTS if operation_name in READS else 1
        for attempt in range(1, attempts + 1):
            try:
                return self._call_once(operation_name, operation_kwargs)
            except StorageUnavailable:
                if attempt == attempts:
                    raise
                time.sleep(random.uniform(0, 0.05 * 2**attempt))

    def _call_once(self, operation_name: str, operation_kwargs: dict[str, Any]) -> Any:
        try:
            return super()._make_api_call(operation_name, operation_kwargs)
        except (BotoCoreError, ClientError) as error:
            if aws.is_transient(error) or aws.is_transient(error.__cause__):
                raise StorageUnavailable from error
            raise


@lru_cache(maxsize=1)
def connection() -> StoreConnection:
    """The process's one connection to DynamoDB, with a socket for every thread."""
    shared = StoreConnection(
        region=settings.AWS_REGION,
        host=settings.AWS_ENDPOINT_URL,
        connect_timeout_seconds=1,
        read_timeout_seconds=settings.STORE_TIMEOUT_SECONDS,
        max_retry_attempts=0,
        max_pool_connections=settings.STORE_CONNECTIONS,
    )
    for table in TABLES:
        shared.add_meta_table(table.meta())
    _ = shared.client  # made here and now: threads that come at once would each make one
    return shared


def secret(attribute: AttributeType) -> AttributeType:
    """Mark an attribute where it is declared: what has its name gets into no event."""
    attribute.is_secret = True  # type: ignore[attr-defined]
    return attribute


class ItemMeta(MetaModel):
    """Names attributes as the guide does (`team_id` is `teamId` in the table) in one place."""

    def __new__(
        mcs, name: str, bases: Any, namespace: dict[str, Any], table: Table | None = None
    ) -> Any:
        for python_name, attribute in namespace.items():
            if getattr(attribute, "is_secret", False):
                secrecy.mark(python_name)
            if isinstance(attribute, MapAttribute):  # it becomes an attribute only afterwards
                attribute.attribute_kwargs.setdefault("attr_name", stored_name(python_name))
            elif isinstance(attribute, Attribute) and not attribute.attr_name:
                attribute.attr_name = stored_name(python_name)
        if table is not None:
            namespace["Meta"] = type("Meta", (), {"table_name": table.name})
        return type.__new__(mcs, name, bases, namespace)

    def __init__(
        self, name: str, bases: Any, namespace: dict[str, Any], table: Table | None = None
    ) -> None:
        super().__init__(name, bases, namespace)


def stored_name(python_name: str) -> str:
    """Machinery is in capitals (`GSI1PK`), data in the guide's camel case."""
    is_key = python_name in ("pk", "sk") or python_name.startswith("gsi")
    return python_name.upper() if is_key else camel(python_name)


class Item(Model, metaclass=ItemMeta):
    """One item of a table. It is written through a `Change` or the `Ledger` only."""

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    kind = UnicodeAttribute()

    def __init__(
        self,
        hash_key: Any = None,
        range_key: Any = None,
        _user_instantiated: bool = True,
        **values: Any,
    ) -> None:
        if _user_instantiated:
            values.setdefault("kind", type(self).__name__)
        super().__init__(hash_key, range_key, _user_instantiated, **values)

    @classmethod
    def _get_connection(cls) -> TableConnection:
        table_connection = TableConnection(cls.Meta.table_name)
        table_connection.connection = connection()
        return table_connection

    @property
    def etag(self) -> str:
        """The strong entity tag of an item with a `version`, empty for one without."""
        version = getattr(self, "version", None)
        return "" if version is None else f'"{version}"'

    @classmethod
    def _refuse(cls, *_: Any, **__: Any) -> Any:
        raise TypeError(f"{cls.__name__} is written through a Change or the Ledger only.")

    save = update = delete = batch_write = scan = _refuse


ItemType = TypeVar("ItemType", bound=Item)


@dataclass
class Page:
    """A stretch of a list, and where the next one starts (`None` at the end)."""

    items: list[Any]
    next_start: StartKey = None
    extra: dict[str, Any] = field(default_factory=dict)


def find(model: type[ItemType], pk: str, sk: str) -> ItemType | None:
    """The item with this key, read consistently, or `None`."""
    raw = connection().get_item(model.Meta.table_name, pk, range_key=sk, consistent_read=True)
    return model.from_raw_data(raw["Item"]) if raw.get("Item") else None


Wanted = tuple[type[Item], str, str]
Raws = dict[tuple[str, str, str], dict[str, Any]]


def fetch(*wanted: Wanted) -> list[Any]:
    """These items in this order, `None` where there is none: a consistent BatchGetItem per 100.

    Keys that the store leaves unprocessed are asked for again; if it goes on leaving some
    out, `StorageUnavailable` is raised: an item is never taken as missing.
    """
    found: Raws = {}
    unique = list(dict.fromkeys(wanted))
    for first in range(0, len(unique), AT_ONCE):
        _fetch_into(found, unique[first : first + AT_ONCE])
    raws_in_order = [
        (model, found.get((model.Meta.table_name, pk, sk))) for model, pk, sk in wanted
    ]
    return [model.from_raw_data(raw) if raw else None for model, raw in raws_in_order]


def _fetch_into(found: Raws, wanted: list[Wanted]) -> None:
    request = _batch_request(wanted)
    for _ in range(BATCH_ROUNDS):
        answer = connection().dispatch("BatchGetItem", {"RequestItems": request})
        for table_name, raws in answer.get("Responses", {}).items():
            found.update({(table_name, raw["PK"]["S"], raw["SK"]["S"]): raw for raw in raws})
        request = answer.get("UnprocessedKeys") or {}
        if not request:
            return
    raise StorageUnavailable


def _batch_request(wanted: list[Wanted]) -> dict[str, Any]:
    request: dict[str, Any] = {}
    for model, pk, sk in wanted:
        entry = request.setdefault(model.Meta.table_name, {"Keys": [], "ConsistentRead": True})
        entry["Keys"].append({"PK": {"S": pk}, "SK": {"S": sk}})
    return request


def read_page(
    model: type[ItemType],
    pk: str,
    *,
    limit: int,
    index: int = 0,
    sort: Condition | None = None,
    start: StartKey = None,
    newest_first: bool = False,
    keep: Callable[[ItemType], bool] | None = None,
    attributes: list[str] | None = None,
) -> Page:
    """Up to `limit` items of one partition, or of one partition of the index `GSI<index>`.

    The base table is read consistently. With `keep` it reads on until the page is full or
    the partition ends. One item more than the page is read, so that no last page is empty.
    `attributes` (stored names) asks the store for no more than those, and the keys.
    """
    kept: list[ItemType] = []
    for item in each(
        model,
        pk,
        index=index,
        sort=sort,
        start=start,
        newest_first=newest_first,
        page_size=limit + 1,
        attributes=attributes,
    ):
        if keep is not None and not keep(item):
            continue
        if len(kept) == limit:
            return Page(kept, start_after(kept[-1], index))
        kept.append(item)
    return Page(kept)


def each(
    model: type[ItemType],
    pk: str,
    *,
    index: int = 0,
    sort: Condition | None = None,
    start: StartKey = None,
    newest_first: bool = False,
    page_size: int | None = None,
    attributes: list[str] | None = None,
) -> Iterator[ItemType]:
    """Every item of a partition in order, a Query of `page_size` items at a time."""
    yield from map(
        model.from_raw_data,
        each_raw(
            model,
            pk,
            index=index,
            sort=sort,
            start=start,
            newest_first=newest_first,
            page_size=page_size,
            attributes=attributes,
        ),
    )


def each_raw(
    model: type[Item],
    pk: str,
    *,
    index: int = 0,
    sort: Condition | None = None,
    start: StartKey = None,
    newest_first: bool = False,
    page_size: int | None = None,
    attributes: list[str] | None = None,
) -> Iterator[dict[str, Any]]:
    """The same as they are stored, each attribute with its type, whatever they are."""
    while True:
        answer = connection().query(
            model.Meta.table_name,
            pk,
            range_key_condition=sort,
            index_name=f"GSI{index}" if index else None,
            exclusive_start_key=start,
            consistent_read=not index,
            scan_index_forward=not newest_first,
            limit=page_size,
            attributes_to_get=attributes and [*attributes, *_key_names(model, index)],
        )
        yield from answer["Items"]
        start = answer.get("LastEvaluatedKey")
        if not start:
            return


def start_after(item: Item, index: int = 0) -> dict[str, Any]:
    """The start key that makes a Query go on after this item."""
    raw = item.serialize(null_check=False)
    return {name: raw[name] for name in _key_names(type(item), index)}


def _key_names(model: type[Item], index: int) -> list[str]:
    table = next(table for table in TABLES if table.name == model.Meta.table_name)
    return table.key_names(index)
