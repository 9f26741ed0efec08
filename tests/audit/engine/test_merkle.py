"""Trees as RFC 6962 and RFC 9162 have them."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.engine.merkle import Tree, inclusion_path, is_included, leaf_hash, node_hash

LEAVES = st.lists(st.binary(max_size=8), min_size=1, max_size=70).map(
    lambda texts: [leaf_hash(text) for text in texts]
)
# The test vectors of Certificate Transparency's own implementation.
KNOWN = [
    b"",
    b"\x00",
    b"\x10",
    b"\x20\x21",
    b"\x30\x31",
    b"\x40\x41\x42\x43",
    b"\x50\x51\x52\x53\x54\x55\x56\x57",
    bytes(range(0x60, 0x70)),
]
ROOTS = {
    1: "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    2: "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    3: "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    4: "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    5: "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    6: "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    7: "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    8: "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
}


def by_definition(leaves: list[bytes]) -> bytes:
    """RFC 6962 §2.1, word for word."""
    if len(leaves) == 1:
        return leaves[0]
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return node_hash(by_definition(leaves[:split]), by_definition(leaves[split:]))


@pytest.mark.parametrize(("size", "root"), ROOTS.items())
def test_the_known_trees(size: int, root: str) -> None:
    assert Tree(leaf_hash(data) for data in KNOWN[:size]).root().hex() == root


def test_the_empty_tree() -> None:
    assert Tree().root() == hashlib.sha256(b"").digest()


@given(LEAVES)
def test_the_root_is_as_defined(leaves: list[bytes]) -> None:
    assert Tree(leaves).root() == by_definition(leaves)


@given(LEAVES, st.data())
def test_a_leaf_is_proved_where_it_stands_and_nowhere_else(
    leaves: list[bytes], data: st.DataObject
) -> None:
    size, root = len(leaves), Tree(leaves).root()
    index = data.draw(st.integers(0, size - 1))
    path = inclusion_path(leaves, index)
    assert is_included(leaves[index], index, size, path, root)
    assert not is_included(leaf_hash(b"another leaf"), index, size, path, root)
    assert not is_included(leaves[index], index, size, [*path, root], root)
    assert not is_included(leaves[index], index, size, path[:-1], root) or not path
    assert not is_included(leaves[index], size, size, path, root)
    assert not is_included(leaves[index], -1, size, path, root)
    other = data.draw(st.integers(0, size - 1))
    if leaves[other] != leaves[index]:
        assert not is_included(leaves[index], other, size, inclusion_path(leaves, other), root)


@given(LEAVES)
def test_a_node_does_not_pass_for_a_leaf(leaves: list[bytes]) -> None:
    root = Tree(leaves).root()
    assert len(leaves) == 1 or not is_included(root, 0, 1, [], Tree([leaf_hash(root)]).root())


def test_there_is_no_path_to_what_is_not_there() -> None:
    for index in (-1, 2):
        with pytest.raises(IndexError):
            inclusion_path([leaf_hash(b"a"), leaf_hash(b"b")], index)
