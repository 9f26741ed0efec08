"""URLs of images: only as the API hands them out, and the same all day."""

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl, urlsplit

import pytest
from pytest_django import Settings

from prework import cdn, clock

KEY = "org-1/users/user-1/profile/0190-photo-of-the-sea.jpg"
NOON = datetime(2026, 11, 27, 12, 0, tzinfo=UTC)
END = datetime(2026, 11, 29, 0, 0, tzinfo=UTC)
SIGNED = {"width": 300, "height": 200, "fit": "contain", "format": "jpeg", "quality": 70}


@pytest.fixture(autouse=True)
def noon(monkeypatch: pytest.MonkeyPatch) -> None:
    at(monkeypatch, NOON)


def at(monkeypatch: pytest.MonkeyPatch, moment: datetime) -> None:
    monkeypatch.setattr(clock, "now", lambda: moment)


def query_of(url: str) -> str:
    return urlsplit(url).query


def opened(url: str, key: str = KEY) -> cdn.Opened | None:
    return cdn.open_url(key, query_of(url))


def test_it_asks_for_what_it_was_made_for() -> None:
    url = cdn.image_url(KEY, "v+1/x", **SIGNED)  # type: ignore[arg-type]
    assert url.startswith(f"http://127.0.0.1:8000/cdn/{KEY}?w=300&h=200&fit=contain&format=jpeg")
    assert opened(url) == cdn.Opened(key=KEY, version_id="v+1/x", expires_at=END, **SIGNED)  # type: ignore[arg-type]


def test_the_guides_query_comes_first_and_is_what_one_gets_unasked() -> None:
    url = cdn.image_url(KEY, "v1", width=300, height=300)
    assert query_of(url).startswith("w=300&h=300&fit=crop&format=webp&")


def test_it_is_the_same_all_day_and_another_one_tomorrow(monkeypatch: pytest.MonkeyPatch) -> None:
    urls = []
    for hour in (0, 12, 23):
        at(monkeypatch, NOON.replace(hour=hour, minute=59))
        urls.append(cdn.image_url(KEY, "v1", width=10))
    at(monkeypatch, NOON + timedelta(days=1))
    assert len(set(urls)) == 1
    assert cdn.image_url(KEY, "v1", width=10) not in urls


def test_it_is_good_until_the_end_of_the_next_utc_day(monkeypatch: pytest.MonkeyPatch) -> None:
    url = cdn.image_url(KEY, "v1")
    at(monkeypatch, END - timedelta(milliseconds=1))
    assert opened(url) is not None
    at(monkeypatch, END)
    assert opened(url) is None


def test_any_letter_that_is_another_breaks_it() -> None:
    query = query_of(cdn.image_url(KEY, "v1", width=300, height=300, quality=70))
    for place, letter in enumerate(query):
        other = "1" if letter != "1" else "2"
        assert cdn.open_url(KEY, query[:place] + other + query[place + 1 :]) is None, place


def test_no_parameter_is_left_out_repeated_added_or_moved() -> None:
    query = query_of(cdn.image_url(KEY, "v1", width=300, height=300, quality=70))
    pairs = query.split("&")
    for place, pair in enumerate(pairs):
        without = pairs[:place] + pairs[place + 1 :]
        assert cdn.open_url(KEY, "&".join(without)) is None, pair
        assert cdn.open_url(KEY, "&".join([*pairs, pair])) is None, pair
        assert cdn.open_url(KEY, "&".join([pair, *pairs])) is None, pair
        for new_place in range(len(without) + 1):
            moved = [*without[:new_place], pair, *without[new_place:]]
            assert (cdn.open_url(KEY, "&".join(moved)) is None) == (moved != pairs)
    for more in ("&x=1", "&w=9", "&sig=", "&", "%00", "\ud800"):
        assert cdn.open_url(KEY, query + more) is None, more
        assert cdn.open_url(KEY, more + query) is None, more


@pytest.mark.parametrize("key", ["", "org-2/x", KEY + "/", KEY + "?w=1", KEY.upper(), "\ud800"])
def test_it_is_for_one_key(key: str) -> None:
    assert opened(cdn.image_url(KEY, "v1"), key) is None


@pytest.mark.parametrize("query", ["", "sig=", "&sig=", "w=1&h=1", "e=1&sig=é", "=&" * 3000])
def test_what_nobody_signed_opens_nothing(query: str) -> None:
    assert cdn.open_url(KEY, query) is None


def test_a_key_that_was_replaced_is_good_while_it_is_named(settings: Settings) -> None:
    settings.SECRET_KEY = "the-key-of-yesterday" * 3
    url = cdn.image_url(KEY, "v1")
    settings.SECRET_KEY = "the-key-of-today" * 3
    assert opened(url) is None
    settings.SECRET_KEY_FALLBACKS = ["the-key-of-yesterday" * 3]
    assert opened(url) is not None


def test_the_signature_is_for_this_purpose_alone() -> None:
    signature = dict(parse_qsl(query_of(cdn.image_url(KEY, "v1"))))["sig"]
    assert len(signature) == 64


@pytest.mark.parametrize(
    "asked",
    [
        {"width": 0},
        {"height": 4097},
        {"quality": 0},
        {"quality": 101},
        {"fit": "fill"},
        {"format": "svg"},
    ],
)
def test_what_no_image_has_is_not_signed(asked: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="no such image"):
        cdn.image_url(KEY, "v1", **asked)  # type: ignore[arg-type]


def test_keys_are_written_as_paths_are() -> None:
    url = cdn.image_url("org/ü b?#%.png", "v1")
    assert "/cdn/org/%C3%BC%20b%3F%23%25.png?" in url
    assert opened(url, "org/ü b?#%.png") is not None
