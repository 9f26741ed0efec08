"""How a large file is cut: within what S3 takes, whatever its size, and into all of it."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from media.engine.parts import (
    MAX_BYTES,
    MAX_PART_BYTES,
    MAX_PARTS,
    MIB,
    MIN_PART_BYTES,
    composite,
    cut,
)
from tests.media.uploads import sha256

SIZES = st.integers(1, MAX_BYTES)
EDGES = [1, 10 * MIB, 10 * MIB + 1, 100_000_000, MAX_PARTS * 10 * MIB, MAX_BYTES]


@given(SIZES)
@example(MAX_PARTS * 10 * MIB + 1)
@example(MAX_BYTES - 1)
@example(MAX_BYTES)
def test_every_size_is_cut_as_s3_takes_it(size: int) -> None:
    parts = cut(size)
    assert 1 <= parts.part_count <= MAX_PARTS
    assert MIN_PART_BYTES <= parts.part_size <= MAX_PART_BYTES
    assert parts.part_size % MIB == 0
    last = parts.size_of(parts.part_count)
    assert 1 <= last <= parts.part_size
    assert (parts.part_count - 1) * parts.part_size + last == size
    assert parts.part_count == 1 or parts.size_of(1) == parts.part_size


@given(SIZES, SIZES)
def test_a_larger_file_has_no_smaller_parts(one: int, other: int) -> None:
    smaller, larger = sorted((one, other))
    assert cut(smaller).part_size <= cut(larger).part_size


@pytest.mark.parametrize("size", EDGES)
def test_no_part_is_larger_than_has_to_be(size: int) -> None:
    part_size = cut(size).part_size
    assert part_size == MIN_PART_BYTES or (part_size - MIB) * MAX_PARTS < size


def test_the_least_is_ten_parts_and_the_most_fewer_than_ten_thousand() -> None:
    assert (cut(100_000_000).part_size, cut(100_000_000).part_count) == (10 * MIB, 10)
    assert (cut(MAX_BYTES).part_size, cut(MAX_BYTES).part_count) == (525 * MIB, 9987)


@pytest.mark.parametrize("size", [-1, 0, MAX_BYTES + 1, 2**63])
def test_what_s3_takes_in_no_way_is_refused(size: int) -> None:
    with pytest.raises(ValueError, match="S3 takes 1 to"):
        cut(size)


def test_the_checksum_of_all_is_that_of_the_parts_checksums() -> None:
    # (printf a | openssl sha256 -binary; printf b | openssl sha256 -binary) | openssl sha256 …
    expected = "5aAf7hTg7VxIcU8iGA8lrYNltT+XefedxKPX6Tlj+Uo=-2"
    assert composite([sha256(b"a"), sha256(b"b")]) == expected
