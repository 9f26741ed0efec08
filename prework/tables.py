"""The one registry of tables and indexes, from which models, bootstrap and checks derive."""

from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from pynamodb.connection.base import MetaTable

TIME_TO_LIVE = "expiresAt"


@dataclass(frozen=True)
class Index:
    """A global secondary index `GSI<n>` over `GSI<n>PK` and `GSI<n>SK`."""

    number: int
    sort_key: str = ""
    projection: str = "ALL"

    @property
    def name(self) -> str:
        return f"GSI{self.number}"

    @property
    def keys(self) -> tuple[str, str]:
        return f"{self.name}PK", self.sort_key or f"{self.name}SK"


@dataclass(frozen=True)
class Table:
    """One table: every one has the key `PK` and `SK`, is billed on demand, and is backed up."""

    suffix: str
    indexes: tuple[Index, ...] = ()
    has_ttl: bool = False
    attribute_names: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        names = ["PK", "SK", *(name for index in self.indexes for name in index.keys)]
        object.__setattr__(self, "attribute_names", tuple(dict.fromkeys(names)))

    @property
    def name(self) -> str:
        return f"{settings.TABLE_PREFIX}{self.suffix}"

    def definition(self) -> dict[str, Any]:
        """What `CreateTable` takes."""
        return {
            "TableName": self.name,
            "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": [
                {"AttributeName": name, "AttributeType": "S"} for name in self.attribute_names
            ],
            "KeySchema": _key_schema("PK", "SK"),
            **({"GlobalSecondaryIndexes": self._indexes()} if self.indexes else {}),
        }

    def _indexes(self) -> list[dict[str, Any]]:
        return [
            {
                "IndexName": index.name,
                "KeySchema": _key_schema(*index.keys),
                "Projection": {"ProjectionType": index.projection},
            }
            for index in self.indexes
        ]

    def key_names(self, index: int = 0) -> list[str]:
        """The attributes of the table's key, and of its index `GSI<index>`'s."""
        extra = [name for one in self.indexes if one.number == index for name in one.keys]
        return list(dict.fromkeys(["PK", "SK", *extra]))

    def meta(self) -> MetaTable:
        """The same definition, as PynamoDB's connection wants to know it."""
        return MetaTable(self.definition())


def _key_schema(hash_key: str, range_key: str) -> list[dict[str, str]]:
    return [
        {"AttributeName": hash_key, "KeyType": "HASH"},
        {"AttributeName": range_key, "KeyType": "RANGE"},
    ]


USERS = Table("users", indexes=(Index(1), Index(2)))
PROFILES = Table("profiles")
TEAMS = Table("teams", indexes=(Index(1), Index(2)))
ASSIGNMENTS = Table("assignments", indexes=(Index(1), Index(2), Index(3), Index(4)))
DOCUMENTS = Table("documents", indexes=(Index(1), Index(2)))
SESSIONS = Table("sessions", has_ttl=True)
MEDIA = Table("media", indexes=(Index(1), Index(2), Index(3)))
AUDIT_LOG = Table(
    "audit-log",
    indexes=(
        Index(1, sort_key="SK"),
        Index(2, sort_key="SK"),
        Index(3, sort_key="SK", projection="KEYS_ONLY"),
        Index(4, sort_key="SK", projection="KEYS_ONLY"),
    ),
)
TABLES = (USERS, PROFILES, TEAMS, ASSIGNMENTS, DOCUMENTS, SESSIONS, MEDIA, AUDIT_LOG)
