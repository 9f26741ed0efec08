"""Names made safe, for keys and for headers."""

import pytest

from prework.filenames import key_name, shown_name


@pytest.mark.parametrize(
    ("given", "in_key", "on_saving"),
    [
        ("photo.JPG", "1-photo.jpg", "photo.JPG"),
        ("Größe é.png", "1-Grosse-e.png", "Größe é.png"),
        ("cafe\u0301.txt", "1-cafe.txt", "cafe\u0301.txt"),
        ("日本語.pdf", "1-file.pdf", "日本語.pdf"),
        ("archive.tar.gz", "1-archive-tar.gz", "archive.tar.gz"),
        ("no extension", "1-no-extension", "no extension"),
        ("v1.2 final", "1-v1-2-final", "v1.2 final"),
        ("name.verylongextension", "1-name-verylongextension", "name.verylongextension"),
        (".htaccess", "1-htaccess", "htaccess"),
        ("../../etc/passwd", "1-etc-passwd", "_.._etc_passwd"),
        ("C:\\dir\\a.txt", "1-C-dir-a.txt", "C:_dir_a.txt"),
        ("cod\u202egpj.exe", "1-cod-gpj.exe", "codgpj.exe"),
        ("a\r\nX: y.txt", "1-a-X-y.txt", "aX: y.txt"),
        ("a\u2028b\ufeff\x85.txt", "1-a-b.txt", "ab.txt"),
        ("a#b?c%2f&.txt", "1-a-b-c-2f.txt", "a#b?c%2f&.txt"),
        ("\U0001f469\u200d\U0001f692.png", "1-file.png", "\U0001f469\u200d\U0001f692.png"),
        ("", "1-file", "file"),
        ("...", "1-file", "file"),
        ("x" * 255 + ".mp4", f"1-{'x' * 80}.mp4", "x" * 196 + ".mp4"),
        ("é" * 255, f"1-{'e' * 80}", "é" * 100),
    ],
)
def test_a_name_is_made_safe(given: str, in_key: str, on_saving: str) -> None:
    assert key_name(given, "1") == in_key
    assert shown_name(given) == on_saving
