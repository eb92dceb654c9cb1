"""Web addresses."""

from __future__ import annotations

import pytest

from microharvest.map.normalise.url import url


@pytest.mark.parametrize(
    ("said", "address", "basis"),
    [
        ("https://a.example/c#d", "https://a.example/c#d", "declared"),
        (" http://x.example ", "http://x.example", "declared"),
        ("HTTP://X.example/", "http://X.example/", "declared"),
        ("http://münchen.example/ä", "http://münchen.example/ä", "declared"),
        ("http://x.example:8080/?q=1&r=2", "http://x.example:8080/?q=1&r=2", "declared"),
        ("http://[2001:db8::1]/", "http://[2001:db8::1]/", "declared"),
        ("http://localhost:80/", "http://localhost:80/", "declared"),
        ("www.scvts.org", "http://www.scvts.org", "derived"),
        ("www.ucc.edu/noncredit", "http://www.ucc.edu/noncredit", "derived"),
        ("example.org/x", "http://example.org/x", "derived"),
        ("study.uni-x.si", "http://study.uni-x.si", "derived"),
        ("x.eu", "http://x.eu", "derived"),
    ],
)
def test_url(said: str, address: str, basis: str) -> None:
    assert url(said) == (address, basis, ())


@pytest.mark.parametrize(
    "said",
    ["b.sc", "M.Sc", "n.a", "e.V.", "course.pdf", "readme.md", "1.2.3.4", "me@example.org",
     "a b.org", "http://", "https:///x", "https://user:pw@x.example", "javascript:alert(1)", "http://a b.example",
     "http://x.example:99999/", "http://[::1", "http://http://x", "mailto:a@b.example", "ftp://a.example", "http://TODO",
     "http://a..example", "./", "/course/1", "http://x.example/\x00", "http://x.example/\ud800", "n/a", "www.a..b",
     "http://x.example/" + "a" * 3000],
)  # fmt: skip
def test_no_url(said: str) -> None:
    assert url(said) == (None, "declared", ("url.invalid",))
