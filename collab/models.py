"""Documents, what they hold, the log of their operations, and who has them open.

| question | index, key | function |
|---|---|---|
| this document | `O#DOC#<type>#<id>` / `METADATA`, `STATE` | `access_document`, the engine |
| the documents of a team, or of none, by id | GSI1 `O#<type>#<team or ->` / `<id>` | `list_documents` |
| all documents of a type, for those who read all | GSI2 `O#<type>` / `<id>` | `list_documents` |
| what a document holds | `O#DOC#<type>#<id>#<body>` / `FIELDS`, `NODE#<collection>#<item>` | the engine |
| what came after a version | `O#OPERATION#<type>#<id>` / `TIMESTAMP#<time>#<operation>` | the engine |
| who has it open | `O#SESSION#<type>#<id>` / `USER#<user>#<connection>` | `list_sessions` |

A commit moves `STATE`, which is in no index. A new body is written first, and becomes the
document's when `STATE` names it.
"""  # noqa: E501  a table row is one line

from typing import NamedTuple

from pynamodb.attributes import (
    BinaryAttribute,
    BooleanAttribute,
    NumberAttribute,
    UnicodeAttribute,
)

from prework import clock, tables
from prework.dynamo import Item
from prework.tenancy import Actor, key

METADATA, STATE = "METADATA", "STATE"
NO_TEAM = "-"


class DocumentRef(NamedTuple):
    """Which document: enough for the engine, which acts for everybody, to make its keys."""

    organization_id: str
    entity_type: str
    entity_id: str

    def key(self, kind: str, *parts: str) -> str:
        """A key of this document's: `ORG#<org>#<kind>#<type>#<id>`."""
        return key("ORG", self.organization_id, kind, self.entity_type, self.entity_id, *parts)


def document_ref(actor: Actor, entity_type: str, entity_id: str) -> DocumentRef:
    """The document of that name in the actor's organisation."""
    return DocumentRef(actor.organization_id, entity_type, entity_id)


class Document(Item, table=tables.DOCUMENTS):
    """What does not change with every operation: whose it is, and since when."""

    organization_id = UnicodeAttribute()
    entity_type = UnicodeAttribute()
    entity_id = UnicodeAttribute()
    team_id = UnicodeAttribute(null=True)
    checklist_id = UnicodeAttribute(null=True)
    created_at = UnicodeAttribute()
    created_by = UnicodeAttribute()
    archived_at = UnicodeAttribute(null=True)
    version = NumberAttribute(default=1)
    gsi1pk = UnicodeAttribute(null=True)
    gsi1sk = UnicodeAttribute(null=True)
    gsi2pk = UnicodeAttribute(null=True)
    gsi2sk = UnicodeAttribute(null=True)

    @property
    def ref(self) -> DocumentRef:
        """Which document this is."""
        return DocumentRef(self.organization_id, self.entity_type, self.entity_id)

    @property
    def index_keys(self) -> dict[str, str]:
        """What puts it into the lists; an archived one has none of it."""
        return {
            "gsi1pk": team_list_key(self.ref, self.team_id),
            "gsi1sk": self.entity_id,
            "gsi2pk": key("ORG", self.organization_id, self.entity_type),
            "gsi2sk": self.entity_id,
        }


class State(Item, table=tables.DOCUMENTS):
    """Where a document is: every commit is conditioned on this item, and moves it."""

    version = NumberAttribute(default=0)
    epoch = UnicodeAttribute()
    epoch_version = NumberAttribute(default=0)  # the version at which this epoch began
    body_id = UnicodeAttribute()
    unfolded_since = NumberAttribute(null=True)  # later changes are in the log alone
    unexpiring_since = NumberAttribute(null=True)  # later log entries do not expire yet
    turn = UnicodeAttribute(null=True)  # the only commit that may be next; see engine.turns
    last_modified = UnicodeAttribute()
    modified_by = UnicodeAttribute()
    title = UnicodeAttribute(null=True)  # for lists, which do not read bodies
    forgotten = UnicodeAttribute(null=True)
    archived_at = UnicodeAttribute(null=True)
    sessions_ended_at = UnicodeAttribute(null=True)  # who came before that has to come again

    @property
    def folded_version(self) -> int:
        """The version up to which its nodes hold everything."""
        since = self.unfolded_since
        return int(self.version if since is None else since)

    @property
    def kept_since(self) -> int | None:
        """The version after which log entries do not expire yet, if there are such."""
        since = self.unexpiring_since
        return None if since is None else int(since)

    @property
    def timestamp(self) -> int:
        """When it was last modified, in milliseconds."""
        return round(clock.from_text(self.last_modified).timestamp() * 1000)

    @property
    def etag(self) -> str:
        return f'"{int(self.version)}-{self.epoch}"'


class Node(Item, table=tables.DOCUMENTS):
    """One item of a document, or its top-level fields: the unit of storage."""

    node = UnicodeAttribute()
    version = NumberAttribute()
    value = UnicodeAttribute(null=True)  # JSON text
    marks = UnicodeAttribute()  # who last touched what in it, as JSON text
    is_deleted = BooleanAttribute(null=True)


class OperationBatch(Item, table=tables.SESSIONS):
    """One commit in a document's log. Of a single operation, the attributes are the guide's."""

    operation_id = UnicodeAttribute()
    first_version = NumberAttribute()
    last_version = NumberAttribute()
    timestamp = NumberAttribute()
    operations = BinaryAttribute(null=True, legacy_encoding=False)  # of more than one, packed
    type = UnicodeAttribute(null=True)
    path = UnicodeAttribute(null=True)
    base_version = NumberAttribute(null=True)
    on_conflict = UnicodeAttribute(null=True)
    version = NumberAttribute(null=True)
    user_id = UnicodeAttribute(null=True)
    client_id = UnicodeAttribute(null=True)
    old_value = UnicodeAttribute(null=True)  # these four are JSON text
    new_value = UnicodeAttribute(null=True)
    before = UnicodeAttribute(null=True)
    overwrote = UnicodeAttribute(null=True)
    expires_at = NumberAttribute(null=True)  # none while the nodes do not hold it yet


class Presence(Item, table=tables.SESSIONS):
    """One connection to a document: two tabs are two."""

    session_id = UnicodeAttribute()
    user_id = UnicodeAttribute()
    user_name = UnicodeAttribute()
    entity_type = UnicodeAttribute()
    entity_id = UnicodeAttribute()
    joined_at = UnicodeAttribute()
    seen_at = UnicodeAttribute()
    expires_at = NumberAttribute()


def document_key(ref: DocumentRef) -> str:
    """The partition of a document."""
    return ref.key("DOC")


def body_key(ref: DocumentRef, body_id: str) -> str:
    """The partition of what a document holds."""
    return ref.key("DOC", body_id)


def node_sort(node: str) -> str:
    """The sort key of a node: `FIELDS`, or `NODE#items#item-456`."""
    collection, slash, item_id = node.partition("/")
    return key("NODE", collection, item_id) if slash else node


def log_key(ref: DocumentRef) -> str:
    """The partition of a document's log."""
    return ref.key("OPERATION")


def presence_key(ref: DocumentRef) -> str:
    """The partition of those who have a document open."""
    return ref.key("SESSION")


def team_list_key(ref: DocumentRef, team_id: str | None) -> str:
    """The partition in GSI1 of a team's documents of a type, or of those of no team."""
    return key("ORG", ref.organization_id, ref.entity_type, team_id or NO_TEAM)
