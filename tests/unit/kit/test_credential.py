"""A learner's credential is recognised in every wrapper seen, and nothing else is taken for one."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from typing import Any

import msgspec
import pytest

from microharvest.kit.credential import holds_credential, is_credential_text, part_credentials

HELD = {"type": ["VerifiableCredential"], "credentialSubject": {"name": "Some One"}}


def b64(value: Any) -> str:
    return urlsafe_b64encode(msgspec.json.encode(value)).decode().rstrip("=")


def token(claims: Any, **header: str) -> str:
    return f"{b64({'alg': 'RS256', **header})}.{b64(claims)}.{'c2ln' * 8}"


@pytest.mark.parametrize(
    "value",
    [
        HELD,
        {"credentialSubject": {}},
        {"https://www.w3.org/2018/credentials#credentialSubject": []},
        {"@type": "https://w3id.org/openbadges#Assertion"},
        {"type": "ob:ClrCredential"},
        {"type": "VerifiablePresentation", "verifiableCredential": []},
        {"credential": HELD},
        {"credential": {"payload": HELD, "signatures": []}},
        {"payload": b64(HELD), "signatures": [{}]},
        {"verifiableCredential": [token(HELD)]},
        {"@graph": [{"@type": "Person"}, HELD]},
        [{"x": 1}, HELD],
        token(HELD),
        token({"vc": HELD, "sub": "did:x"}),
        token({"vct": "urn:badge"}) + "~WyJzIiwibiIsIlNvbWUgT25lIl0~",
        token({"sub": "x"}, typ="vc+jwt"),
        token({"sub": "x"}, typ="application/vc+ld+jwt"),
    ],
)
def test_credentials_are_recognised(value: Any) -> None:
    assert holds_credential(value)
    assert is_credential_text(msgspec.json.encode(value))


@pytest.mark.parametrize(
    "value",
    [
        {"type": "Course", "credential": "diploma"},
        {"@type": "EducationalOccupationalCredential", "credentialCategory": "badge"},
        {"type": "Achievement", "name": "a badge class"},
        {"payload": {"courses": []}},
        {"payload": "bm90IGpzb24", "jwt": "a.b.c"},
        {"type": 5, "@type": [None, {}]},
        token({"sub": "x", "scope": "feed"}),
        "www.example.org.uk",
        "text", None, 5, [], {},
    ],
)  # fmt: skip
def test_nothing_else_is_taken_for_one(value: Any) -> None:
    assert not holds_credential(value)
    assert not is_credential_text(msgspec.json.encode(value))


def test_bytes_that_are_no_json_are_judged_by_what_they_say() -> None:
    assert is_credential_text(b' {"type": ["VerifiableCredential"], "credentialSubject": {"na')
    assert is_credential_text(token(HELD).encode())
    for harmless in (b"", b"\xff\xfe", b"<xml/>", b'{"type": "Course", broken', b"id,title\n1,2\n"):
        assert not is_credential_text(harmless)


def test_credentials_are_parted_from_what_stands_beside_them() -> None:
    course = {"@type": "Course"}
    assert part_credentials([course, HELD, [HELD, course]]) == ([course, [course]], [HELD, HELD])
    assert part_credentials({"@context": "c", "@graph": [HELD, course]}) == (
        {"@context": "c", "@graph": [course]},
        [HELD],
    )
    assert part_credentials(HELD) == (None, [HELD])
    assert part_credentials([None, course]) == ([None, course], [])
    assert part_credentials(course) == (course, [])
