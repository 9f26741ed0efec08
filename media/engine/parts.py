"""How a large file is cut, within what S3 takes.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html
"""

from base64 import b64decode, b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import md5, sha256

MIB = 1024**2
MIN_PART_BYTES = 10 * MIB  # S3 takes 5, but the fewer parts, the fewer requests
MAX_PART_BYTES = 5 * 1024 * MIB
MAX_PARTS = 10_000
MAX_BYTES = 5 * MIB**2
# From here on a file may come in parts: 100 MB, as those who count by thousands have them.
MIN_BYTES = 100_000_000


@dataclass(frozen=True)
class Cut:
    """A file of `size` bytes in parts of `part_size`, of which the last may be shorter."""

    size: int
    part_size: int

    @property
    def part_count(self) -> int:
        """How many parts there are."""
        return -(-self.size // self.part_size)

    def size_of(self, number: int) -> int:
        """The bytes of the part with this number, from 1 on."""
        return min(self.part_size, self.size - (number - 1) * self.part_size)


def cut(size: int) -> Cut:
    """Parts for a file of this size: of 10 MiB, or as many whole MiB as 10,000 parts need.

    Raises `ValueError` for a size that S3 takes in no number of parts.
    """
    if not 0 < size <= MAX_BYTES:
        raise ValueError(f"S3 takes 1 to {MAX_BYTES} bytes in parts.")
    needed = -(-size // MAX_PARTS)
    return Cut(size, max(MIN_PART_BYTES, -(-needed // MIB) * MIB))


def composite(checksums: Sequence[str]) -> str:
    """The checksum of an object in parts, as S3 makes it: the SHA-256 of the parts' SHA-256."""
    digest = sha256(b"".join(map(b64decode, checksums))).digest()
    return f"{b64encode(digest).decode()}-{len(checksums)}"


def composite_etag(md5s: Sequence[str]) -> str:
    """The ETag of an object in parts, from the MD5 of each in hex."""
    digest = md5(b"".join(map(bytes.fromhex, md5s)), usedforsecurity=False).hexdigest()
    return f'"{digest}-{len(md5s)}"'
