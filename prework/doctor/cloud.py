"""Who we are to AWS, and whether tables and bucket are as `prework.tables` declares them."""

from collections.abc import Iterator
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from django.conf import settings
from pynamodb.exceptions import VerboseClientError

from prework import aws, health
from prework.doctor.findings import Finding, fail, ok, reason, warn
from prework.dynamo import connection
from prework.tables import TABLES, TIME_TO_LIVE, Table

BOOTSTRAP = "Run `python manage.py aws_bootstrap`."
PARTS = {
    "dynamodb": f"Look at the region, the network and the rights of this role. {BOOTSTRAP}",
    "s3": f"Look at PREWORK_MEDIA_BUCKET and the rights of this role. {BOOTSTRAP}",
    "channelLayer": "Look at PREWORK_REDIS_URL, and whether that Redis runs.",
    "clock": "Have this machine's clock set by NTP: seals and sign-ins go by it.",
}


def check_credentials() -> Iterator[Finding]:
    """Who AWS says that we are."""
    try:
        identity = aws.sts().get_caller_identity()
    except (BotoCoreError, ClientError) as error:
        yield fail(
            "credentials",
            reason(error),
            "Give this process a role, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.",
        )
        return
    where = settings.AWS_ENDPOINT_URL or settings.AWS_REGION
    yield ok("credentials", f"{identity['Arn']} at {where}.")


def check_parts() -> Iterator[Finding]:
    """What `/readyz` looks at, from here."""
    for one in health.look():
        if one.ok:
            yield ok(one.name, one.detail)
        elif one.name != "clock" or one.detail.startswith("The clock"):  # else S3 was not reached
            yield fail(one.name, one.detail, PARTS.get(one.name, "See its detail."))


def check_tables() -> Iterator[Finding]:
    """Whether each table has its keys and indexes, its time to live, its backups."""
    findings = [finding for table in TABLES for finding in _look_at(table)]
    indexes = sum(len(table.indexes) for table in TABLES)
    well = ok("tables", f"{len(TABLES)} tables and {indexes} indexes are as declared.")
    yield from findings or [well]


def _look_at(table: Table) -> Iterator[Finding]:
    try:
        found = connection().dispatch("DescribeTable", {"TableName": table.name})["Table"]
    except VerboseClientError as error:
        if error.response["Error"]["Code"] != "ResourceNotFoundException":
            raise
        yield fail("tables", f"{table.name} is not there.", BOOTSTRAP)
        return
    if found["TableStatus"] != "ACTIVE":
        yield warn("tables", f"{table.name} is {found['TableStatus']}.", "Wait, and look again.")
    yield from _differences(table, found)
    yield from _upkeep(table)


def _differences(table: Table, found: dict[str, Any]) -> Iterator[Finding]:
    declared = table.definition()
    if _keys(found["KeySchema"]) != _keys(declared["KeySchema"]):
        yield fail(
            "tables",
            f"{table.name} has another key.",
            "It was not made by prework: see PREWORK_TABLE_PREFIX.",
        )
    there = {one["IndexName"]: one for one in found.get("GlobalSecondaryIndexes", [])}
    for index in declared.get("GlobalSecondaryIndexes", []):
        name = index["IndexName"]
        if name not in there:
            yield fail("tables", f"{table.name} lacks the index {name}.", _how_to_index(index))
        elif _shape(there[name]) != _shape(index):
            yield fail(
                "tables",
                f"{name} of {table.name} is another index than declared.",
                f"Delete it, then add it anew. {_how_to_index(index)}",
            )
        elif there[name].get("IndexStatus", "ACTIVE") != "ACTIVE":
            yield warn("tables", f"{name} of {table.name} is being made.", "Wait for it.")


def _upkeep(table: Table) -> Iterator[Finding]:
    client: Any = connection().client
    expiry = client.describe_time_to_live(TableName=table.name)["TimeToLiveDescription"]
    is_expiring = expiry["TimeToLiveStatus"] in ("ENABLED", "ENABLING")
    if table.has_ttl and not (is_expiring and expiry.get("AttributeName") == TIME_TO_LIVE):
        yield fail("tables", f"{table.name} keeps what has expired.", BOOTSTRAP)
    if not table.has_ttl and is_expiring:
        yield fail("tables", f"{table.name} would lose items.", "Turn its time to live off.")
    backups = client.describe_continuous_backups(TableName=table.name)
    recovery = backups["ContinuousBackupsDescription"].get("PointInTimeRecoveryDescription", {})
    if recovery.get("PointInTimeRecoveryStatus") != "ENABLED":
        yield warn("tables", f"{table.name} has no point-in-time recovery.", BOOTSTRAP)


def _keys(schema: list[dict[str, Any]]) -> list[tuple[str, str]]:
    return sorted((one["KeyType"], one["AttributeName"]) for one in schema)


def _shape(index: dict[str, Any]) -> tuple[Any, ...]:
    return _keys(index["KeySchema"]), index["Projection"]["ProjectionType"]


def _how_to_index(index: dict[str, Any]) -> str:
    keys = ", ".join(one["AttributeName"] for one in index["KeySchema"])
    projection = index["Projection"]["ProjectionType"]
    return f"Add it by `aws dynamodb update-table`: keys {keys}, projection {projection}."
