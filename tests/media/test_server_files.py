"""Files that the server writes itself, through Django's storage, into the same bucket."""

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from tests.media.uploads import fetch


def test_what_is_saved_can_be_read_and_linked_to() -> None:
    name = default_storage.save("server/report.csv", ContentFile(b"a,b\n1,2\n"))
    try:
        with default_storage.open(name) as file:
            assert file.read() == b"a,b\n1,2\n"
        url = default_storage.url(name)
        assert "X-Amz-Algorithm=AWS4-HMAC-SHA256" in url
        assert fetch("GET", url).content == b"a,b\n1,2\n"
    finally:
        default_storage.delete(name)
    assert not default_storage.exists(name)


def test_a_file_is_never_written_over() -> None:
    names = [default_storage.save("server/twice.txt", ContentFile(b"x")) for _ in range(2)]
    assert names[0] != names[1]
    for name in names:
        default_storage.delete(name)


def test_large_files_go_up_in_parts_of_10_mb_four_at_a_time() -> None:
    transfer = default_storage.transfer_config  # type: ignore[attr-defined]  # of S3Storage
    megabyte = 1024 * 1024
    assert transfer.multipart_threshold == 100 * megabyte
    assert transfer.multipart_chunksize == 10 * megabyte
    assert transfer.max_concurrency == 4
