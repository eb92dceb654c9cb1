"""Which redirects are followed; pure, so that https and other hosts can be tried without asking anybody."""

from __future__ import annotations

import pytest
from yarl import URL

from microharvest.harvest.fetch.faults import Fault
from microharvest.harvest.fetch.redirects import next_method, next_url, same_origin, sendable

HERE = URL("https://feeds.example/list?page=1")


@pytest.mark.parametrize(
    ("location", "expected"),
    [
        ("/other", "https://feeds.example/other"),
        ("other?x=1#part", "https://feeds.example/other?x=1"),
        ("//mirror.example/list", "https://mirror.example/list"),
        ("https://mirror.example:8443/list", "https://mirror.example:8443/list"),
        ("https://user:word@mirror.example/", "https://mirror.example/"),
        ("HTTPS://Mirror.example/", "https://mirror.example/"),
    ],
)
def test_where_it_leads(location: str, expected: str) -> None:
    assert str(next_url(HERE, location, {HERE})) == expected


@pytest.mark.parametrize(
    "location",
    [
        "http://feeds.example/list",
        "file:///etc/passwd",
        "ftp://feeds.example/",
        "data:text/xml,<a/>",
        "javascript:alert(1)",
        "gopher://feeds.example/",
        "https://[::1",
        "https://feeds.example:99999/",
        "?page=1",
        "#part",
    ],
)
def test_where_it_may_not_lead(location: str) -> None:
    with pytest.raises(Fault) as caught:
        next_url(HERE, location, {HERE})
    assert caught.value.code == "source.redirect"


def test_a_better_scheme_is_followed() -> None:
    assert next_url(URL("http://feeds.example/a"), "https://feeds.example/a", set()).scheme == "https"


def test_methods() -> None:
    assert next_method("GET", 307, "h") == "GET"
    assert next_method("POST", 303, "h") == "GET"
    for status in (301, 302, 307, 308):
        with pytest.raises(Fault):
            next_method("POST", status, "h")


def test_origins() -> None:
    assert same_origin(URL("https://a.example/x"), URL("https://a.example:443/y"))
    assert not same_origin(URL("http://a.example/"), URL("https://a.example/"))
    assert not same_origin(URL("https://a.example/"), URL("https://b.a.example/"))
    assert not same_origin(URL("https://a.example/"), URL("https://a.example:8443/"))


@pytest.mark.parametrize(
    ("text", "sent"),
    [
        ("https://u:p@a.example/x#y", "https://a.example/x"),
        ("https://a.example/?t=a%2Fb%3Bc%26d+e", "https://a.example/?t=a%2Fb%3Bc%26d+e"),
        ("https://höchschule.example/ü", "https://xn--hchschule-07a.example/%C3%BC"),
    ],
)
def test_what_is_sent(text: str, sent: str) -> None:
    assert sendable(text) == URL(sent)
