"""Images that are meant to hurt who renders them, each with a name; the same every time.

None is a file in the repository: what is in one is said by the code that makes it.
"""

from collections.abc import Iterator

from tests.media.images.hostile import avif, damaged, gif, jpeg, lies, png, tiff, webp

Hostile = Iterator[tuple[str, bytes]]


def images() -> Hostile:
    """All of them."""
    for maker in (png, gif, jpeg, tiff, webp, avif, damaged, lies):
        family = maker.__name__.rpartition(".")[2]
        for name, body in maker.images():
            yield f"{family}: {name}", body
