"""Whether the media bucket is kept as uploads need it, and the archive as seals do."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError
from django.conf import settings

from prework import aws, lifecycle
from prework.doctor.cloud import BOOTSTRAP
from prework.doctor.findings import Finding, fail, ok, warn

if TYPE_CHECKING:
    from types_boto3_s3.type_defs import CORSRuleOutputTypeDef

NEEDED = {"GET", "PUT"}


def check_bucket() -> Iterator[Finding]:
    """Its region, versions, privacy, lifecycle, and which pages may put files there."""
    try:
        location = aws.s3().get_bucket_location(Bucket=settings.MEDIA_BUCKET)
    except ClientError as error:
        code = error.response["Error"]["Code"]
        yield fail("bucket", f"{settings.MEDIA_BUCKET}: {code}.", BOOTSTRAP)
        return
    region: str | None = location.get("LocationConstraint")  # none for the first of the regions
    findings = [*_region(region or "us-east-1"), *_upkeep(), *_lifecycle()]
    yield from findings or [
        ok("bucket", f"{settings.MEDIA_BUCKET} is versioned, private, and open to our pages.")
    ]


def check_archive() -> Iterator[Finding]:
    """Whether what is put into the audit archive is locked, and for as long as we say."""
    bucket = settings.AUDIT_BUCKET
    wanted = {"Mode": settings.AUDIT_LOCK_MODE, "Days": settings.AUDIT_RETENTION_DAYS}
    try:
        answer = aws.s3().get_object_lock_configuration(Bucket=bucket)
    except ClientError as error:
        code = error.response["Error"]["Code"]
        yield fail("archive", f"{bucket}: {code}.", BOOTSTRAP)
        return
    rule = answer["ObjectLockConfiguration"].get("Rule", {}).get("DefaultRetention", {})
    if dict(rule) == wanted:
        yield ok("archive", f"{bucket} locks each seal for {wanted['Days']} days.")
    else:
        yield fail("archive", f"{bucket} does not lock as the settings say.", BOOTSTRAP)


def _region(region: str) -> Iterator[Finding]:
    if region != settings.AWS_REGION:
        yield fail(
            "bucket",
            f"{settings.MEDIA_BUCKET} is in {region}, and links are signed for "
            f"{settings.AWS_REGION}.",
            "Set AWS_REGION, or name another bucket by PREWORK_MEDIA_BUCKET.",
        )


def _upkeep() -> Iterator[Finding]:
    bucket = settings.MEDIA_BUCKET
    versioning = aws.s3().get_bucket_versioning(Bucket=bucket)
    if versioning.get("Status") != "Enabled":
        yield fail("bucket", f"{bucket} is not versioned: files could be replaced.", BOOTSTRAP)
    if not _is_private():
        yield fail("bucket", f"{bucket} does not block public access.", BOOTSTRAP)
    shut_out = [origin for origin in settings.ALLOWED_ORIGINS if not _is_open_to(origin)]
    if shut_out:
        yield fail("bucket", f"Pages of {', '.join(shut_out)} cannot upload (CORS).", BOOTSTRAP)


def _lifecycle() -> Iterator[Finding]:
    bucket, rules = settings.MEDIA_BUCKET, lifecycle.load_rules()
    for rule in rules:
        name = rule.get("ID", "without a name")
        if lifecycle.expires_versions(rule):
            yield fail(
                "bucket",
                f"{bucket}: the lifecycle rule {name} expires noncurrent versions, and with them "
                "files that were confirmed.",
                "Remove NoncurrentVersionExpiration from that rule now.",
            )
        if lifecycle.ends_too_early(rule):
            yield fail(
                "bucket",
                f"{bucket}: the lifecycle rule {name} aborts uploads in parts that still run.",
                f"Let it wait for {settings.ABORT_UNFINISHED_DAYS} days at least.",
            )
    if not any(lifecycle.ends_unfinished(rule) for rule in rules):
        yield warn("bucket", f"{bucket} keeps unfinished uploads in parts for ever.", BOOTSTRAP)


def _is_private() -> bool:
    try:
        answer = aws.s3().get_public_access_block(Bucket=settings.MEDIA_BUCKET)
    except ClientError:  # there is none
        return False
    block = answer["PublicAccessBlockConfiguration"]
    return len(block) == 4 and all(block.values())


def _is_open_to(origin: str) -> bool:
    try:
        rules = aws.s3().get_bucket_cors(Bucket=settings.MEDIA_BUCKET)["CORSRules"]
    except ClientError:  # there are none
        return False
    return any(_lets_in(rule, origin) for rule in rules)


def _lets_in(rule: "CORSRuleOutputTypeDef", origin: str) -> bool:
    allowed = rule["AllowedOrigins"]
    return ("*" in allowed or origin in allowed) and set(rule["AllowedMethods"]) >= NEEDED
