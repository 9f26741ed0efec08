"""What S3 does by itself in the media bucket: it ends uploads in parts that nobody did.

It never expires noncurrent versions of what was uploaded: when something is put to a key again,
the version that was confirmed is one of those, and what is served.
"""

import re
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError
from django.conf import settings

from prework import aws

if TYPE_CHECKING:
    from types_boto3_s3.type_defs import (
        GetBucketLifecycleConfigurationOutputTypeDef,
        LifecycleRuleOutputTypeDef,
    )

OUR_RULE = "prework-abort-unfinished-uploads"
MINIMUM = "TransitionDefaultMinimumObjectSize"  # S3 forgets it where it is not said again
# The keys of uploads begin with the id of an organisation: this is what such a key may begin with.
UPLOADS = re.compile(r"[0-9a-f-]{0,36}|[0-9a-f-]{36}/.*")


def load_rules() -> "list[LifecycleRuleOutputTypeDef]":
    """The rules that the bucket has. Raises `StorageUnavailable`."""
    found = _load()
    return found["Rules"] if found else []


def set_rule() -> bool:
    """See to it that the bucket has our rule, beside those that it has; whether it had it not."""
    found = _load()
    rules = found["Rules"] if found else []
    if any(map(ends_unfinished, rules)):
        return False
    ours: LifecycleRuleOutputTypeDef = {
        "ID": OUR_RULE,
        "Status": "Enabled",
        "Filter": {"Prefix": ""},
        "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": settings.ABORT_UNFINISHED_DAYS},
    }
    others = [_filtered(rule) for rule in rules if rule.get("ID") != OUR_RULE]
    kept: Any = {name: value for name, value in (found or {}).items() if name == MINIMUM}
    with aws.answering():
        aws.s3().put_bucket_lifecycle_configuration(
            Bucket=settings.MEDIA_BUCKET, LifecycleConfiguration={"Rules": [*others, ours]}, **kept
        )
    return True


def _load() -> "GetBucketLifecycleConfigurationOutputTypeDef | None":
    try:
        with aws.answering():
            return aws.s3().get_bucket_lifecycle_configuration(Bucket=settings.MEDIA_BUCKET)
    except ClientError as error:
        if error.response["Error"]["Code"] == "NoSuchLifecycleConfiguration":
            return None
        raise


def ends_unfinished(rule: "LifecycleRuleOutputTypeDef") -> bool:
    """Whether by this rule any upload in parts ends, and none that may still be completed."""
    days = _days(rule)
    return days is not None and days >= settings.ABORT_UNFINISHED_DAYS and _prefix(rule) == ""


def ends_too_early(rule: "LifecycleRuleOutputTypeDef") -> bool:
    """Whether by this rule uploads in parts end that may still be completed."""
    days = _days(rule)
    is_early = days is not None and days < settings.ABORT_UNFINISHED_DAYS
    return is_early and _is_of_uploads(rule)


def expires_versions(rule: "LifecycleRuleOutputTypeDef") -> bool:
    """Whether by this rule confirmed files would be lost."""
    is_on = rule["Status"] == "Enabled" and "NoncurrentVersionExpiration" in rule
    return is_on and _is_of_uploads(rule)


def _days(rule: "LifecycleRuleOutputTypeDef") -> int | None:
    if rule["Status"] != "Enabled":
        return None
    return rule.get("AbortIncompleteMultipartUpload", {}).get("DaysAfterInitiation")


def _is_of_uploads(rule: "LifecycleRuleOutputTypeDef") -> bool:
    return UPLOADS.fullmatch(_prefix(rule)) is not None


def _prefix(rule: "LifecycleRuleOutputTypeDef") -> str:
    """What the keys begin with that it is about. It may be about few of these, by tag or size."""
    given = rule.get("Filter", {})
    return str(
        rule.get("Prefix") or given.get("Prefix") or given.get("And", {}).get("Prefix") or ""
    )


def _filtered(rule: "LifecycleRuleOutputTypeDef") -> "LifecycleRuleOutputTypeDef":
    """The same rule as S3 takes it beside ones with filters: it refuses both ways together."""
    if "Filter" in rule:
        return rule
    prefix = rule.get("Prefix", "")
    others = {name: value for name, value in rule.items() if name != "Prefix"}
    return {**others, "Filter": {"Prefix": prefix}}  # type: ignore[typeddict-item]
