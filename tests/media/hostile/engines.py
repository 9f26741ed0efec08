"""The two engines, and what each of them is known not to enforce."""

from enum import StrEnum


class Engine(StrEnum):
    """Which S3 a test has."""

    MINISTACK = "ministack"
    SEAWEEDFS = "seaweedfs"
