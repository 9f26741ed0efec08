"""Counters that a hand or a fault has spoilt in the store, and the command that looks at them."""

from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from prework.dynamo import connection
from teams.models.counts import AssignmentCounts, count_sort, counts_key
from teams.models.teams import METADATA
from teams.queries.counts import list_counts
from tests.cast import Organization, Person


def spoil(pk: str, table: str, sk: str = METADATA, /, **counters: int) -> None:
    """Set counters in the raw store, as a fault or a hand would."""
    for name, value in counters.items():
        change = {
            **_named(pk, table, sk),
            "UpdateExpression": "SET #n = :v",
            "ExpressionAttributeNames": {"#n": name},
            "ExpressionAttributeValues": {":v": {"N": str(value)}},
        }
        connection().dispatch("UpdateItem", change)


def spoil_counts(by: Person, team_id: str | None, *, shard: int = 0, **counters: int) -> None:
    """Set counts of assignments, of a team or the organisation, in one of their shards."""
    pk, table = counts_key(by.actor, team_id), AssignmentCounts.Meta.table_name
    spoil(pk, table, count_sort(shard), **counters)


def lose_counts(by: Person, team_id: str | None) -> None:
    """As if assignments were older than the counts of them."""
    for shard in list_counts(by.actor, team_id):
        lost = _named(shard.pk, AssignmentCounts.Meta.table_name, shard.sk)
        connection().dispatch("DeleteItem", lost)


def reconcile(org: Organization, *options: str) -> str:
    """What the command says of an organisation, all of whose counters are right at its end."""
    said = StringIO()
    call_command("reconcile", *_arguments(org, options), stdout=said)
    return said.getvalue()


def reconciled_badly(org: Organization, *options: str) -> str:
    """What it says when some are not."""
    said = StringIO()
    with pytest.raises(CommandError):
        call_command("reconcile", *_arguments(org, options), stdout=said)
    return said.getvalue()


def _arguments(org: Organization, options: tuple[str, ...]) -> tuple[str, ...]:
    return ("--organization", org.organization_id, "--pause", "0", *options)


def _named(pk: str, table: str, sk: str) -> dict[str, Any]:
    return {"TableName": table, "Key": {"PK": {"S": pk}, "SK": {"S": sk}}}
