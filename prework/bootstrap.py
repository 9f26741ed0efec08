"""Tables and buckets, made from the registry."""

from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError
from django.conf import settings
from pynamodb.exceptions import VerboseClientError

from prework import aws, lifecycle
from prework.dynamo import connection
from prework.tables import TABLES, TIME_TO_LIVE, Table

if TYPE_CHECKING:
    from types_boto3_s3.type_defs import (
        CORSConfigurationTypeDef,
        CORSRuleTypeDef,
        DefaultRetentionTypeDef,
    )


def create_tables() -> list[str]:
    """Create the tables that are missing, and return their names.

    Those that are there already get their time to live and their backups, if they lack them.
    """
    made = [table for table in TABLES if _create(table)]
    for table in made:
        _wait_until_active(table)
    for table in TABLES:
        if table.has_ttl:
            _expire(table)
        _back_up(table)
    return [table.name for table in made]


def _create(table: Table) -> bool:
    try:
        connection().dispatch("CreateTable", table.definition())
    except VerboseClientError as error:
        if error.response["Error"]["Code"] == "ResourceInUseException":
            return False
        raise
    return True


def _wait_until_active(table: Table) -> None:
    connection().client.get_waiter("table_exists").wait(
        TableName=table.name, WaiterConfig={"Delay": 1, "MaxAttempts": 120}
    )


def _expire(table: Table) -> None:
    client: Any = connection().client
    found = client.describe_time_to_live(TableName=table.name)["TimeToLiveDescription"]
    if found["TimeToLiveStatus"] in ("ENABLED", "ENABLING"):
        return
    settings_of_ttl = {"Enabled": True, "AttributeName": TIME_TO_LIVE}
    client.update_time_to_live(TableName=table.name, TimeToLiveSpecification=settings_of_ttl)


def _back_up(table: Table) -> None:
    """Let the table be restored to any second of the last 35 days."""
    client: Any = connection().client
    found = client.describe_continuous_backups(TableName=table.name)
    recovery = found["ContinuousBackupsDescription"].get("PointInTimeRecoveryDescription", {})
    if recovery.get("PointInTimeRecoveryStatus") != "ENABLED":
        enabled = {"PointInTimeRecoveryEnabled": True}
        client.update_continuous_backups(
            TableName=table.name, PointInTimeRecoverySpecification=enabled
        )


def create_bucket() -> list[str]:
    """Create the media bucket if it is missing: private, versioned, open to our pages' PUTs.

    Uploads in parts that nobody ends do so by themselves; what other rules it has stay.
    """
    made = _make_private(settings.MEDIA_BUCKET)
    aws.s3().put_bucket_versioning(
        Bucket=settings.MEDIA_BUCKET, VersioningConfiguration={"Status": "Enabled"}
    )
    aws.s3().put_bucket_cors(Bucket=settings.MEDIA_BUCKET, CORSConfiguration=_cors())
    lifecycle.set_rule()
    return made


def create_archive() -> list[str]:
    """Create the audit archive if it is missing: private, and what is put there is locked.

    Object Lock comes with the bucket, and brings versions along; how long it locks may be
    changed later, for what is put from then on.
    """
    made = _make_private(settings.AUDIT_BUCKET, ObjectLockEnabledForBucket=True)
    retention: DefaultRetentionTypeDef = {
        "Mode": settings.AUDIT_LOCK_MODE,
        "Days": settings.AUDIT_RETENTION_DAYS,
    }
    aws.s3().put_object_lock_configuration(
        Bucket=settings.AUDIT_BUCKET,
        ObjectLockConfiguration={
            "ObjectLockEnabled": "Enabled",
            "Rule": {"DefaultRetention": retention},
        },
    )
    return made


def _make_private(bucket: str, **options: Any) -> list[str]:
    made = [] if _has_bucket(bucket) else [bucket]
    if made:
        _create_bucket(bucket, **options)
    _block_public_access(bucket)
    return made


def _block_public_access(bucket: str) -> None:
    """Refuse to be made public; an engine that is not AWS may not know what that is."""
    try:
        aws.s3().put_public_access_block(
            Bucket=bucket,
            PublicAccessBlockConfiguration={
                "BlockPublicAcls": True,
                "IgnorePublicAcls": True,
                "BlockPublicPolicy": True,
                "RestrictPublicBuckets": True,
            },
        )
    except ClientError as error:
        if error.response["Error"]["Code"] != "NotImplemented":
            raise


def _has_bucket(bucket: str) -> bool:
    try:
        aws.s3().head_bucket(Bucket=bucket)
    except ClientError as error:
        if error.response["ResponseMetadata"]["HTTPStatusCode"] == 404:
            return False
        raise
    return True


def _create_bucket(bucket: str, **options: Any) -> None:
    """`us-east-1` is the one region that must not be named."""
    if settings.AWS_REGION != "us-east-1":
        options["CreateBucketConfiguration"] = {"LocationConstraint": settings.AWS_REGION}
    aws.s3().create_bucket(Bucket=bucket, **options)


def _cors() -> "CORSConfigurationTypeDef":
    rule: CORSRuleTypeDef = {
        "AllowedOrigins": settings.ALLOWED_ORIGINS or ["https://invalid.example"],
        "AllowedMethods": ["GET", "HEAD", "PUT"],
        "AllowedHeaders": ["*"],
        "ExposeHeaders": ["ETag", "x-amz-checksum-sha256", "x-amz-version-id"],
        "MaxAgeSeconds": 3600,
    }
    return {"CORSRules": [rule]}
