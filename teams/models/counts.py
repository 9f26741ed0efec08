"""How many assignments there are in each status.

| question | index and key | function in `queries` |
|---|---|---|
| how many are in each status | `O#ASSIGNMENTCOUNTS#<team or ->` / `SHARD#<0..7>` | `summarize_…` |
"""

import zlib

from pynamodb.attributes import NumberAttribute

from prework import tables
from prework.dynamo import Item
from prework.tenancy import Actor, key

COUNT_SHARDS = 8
ORGANIZATION_WIDE = "-"  # stands where a team's id would


class AssignmentCounts(Item, table=tables.ASSIGNMENTS):
    """How many assignments are in each status: a shard of a team's counts, or of all.

    Shards are added up; one by itself can be below zero. `moves` tells whether it has changed
    since it was read. While the organisation's are `unsettled`, assignments are there that not
    every team has counted yet.
    """

    assigned = NumberAttribute(default=0)
    in_progress = NumberAttribute(default=0)
    completed = NumberAttribute(default=0)
    cancelled = NumberAttribute(default=0)
    overdue = NumberAttribute(default=0)
    moves = NumberAttribute(null=True)
    unsettled = NumberAttribute(null=True)  # how many batches of several transactions


def shard_of(name: str, shards: int) -> int:
    return zlib.crc32(name.encode()) % shards


def counts_key(actor: Actor, team_id: str | None) -> str:
    return actor.key("ASSIGNMENTCOUNTS", team_id or ORGANIZATION_WIDE)


def count_sort(shard: int) -> str:
    return key("SHARD", str(shard))
