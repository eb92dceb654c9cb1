"""Codes are documented, and no error of aiohttp speaks through a fault."""

from __future__ import annotations

import re
import socket
import ssl
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp.client_reqrep import ConnectionKey

import microharvest.harvest.fetch as package
from microharvest.errors import ERROR_CODES
from microharvest.harvest.fetch.address import Dialled
from microharvest.harvest.fetch.faults import fault_of

KEY = ConnectionKey("a.example", 443, True, True, None, None, None)
EXPIRED = ssl.SSLCertVerificationError(1, "certificate verify failed: canary")
EXPIRED.verify_message = "certificate has expired"
Dns, Connector = aiohttp.ClientConnectorDNSError, aiohttp.ClientConnectorError
Certificate, Tls = aiohttp.ClientConnectorCertificateError, aiohttp.ClientConnectorSSLError


@pytest.mark.parametrize(
    ("error", "code", "says"),
    [
        (Dns(KEY, socket.gaierror(socket.EAI_AGAIN, "canary")), "source.dns", "at the moment"),
        (Dns(KEY, socket.gaierror(socket.EAI_NONAME, "canary")), "source.dns", "resolve."),
        (Certificate(KEY, EXPIRED), "source.tls", "(certificate has expired)"),
        (Certificate(KEY, ssl.CertificateError("canary")), "source.tls", "trusted."),
        (Tls(KEY, ssl.SSLError(1, "canary")), "source.tls", "agreed"),
        (Tls(KEY, ssl.SSLEOFError(8, "canary")), "source.connect", "connection"),
        (Connector(KEY, ConnectionRefusedError(111, "canary")), "source.connect", "refused"),
        (aiohttp.ConnectionTimeoutError("canary"), "source.connect", "in time"),
        (aiohttp.SocketTimeoutError("canary"), "source.timeout", "silent"),
        (aiohttp.ClientPayloadError("canary"), "source.cut", "declared end"),
        (aiohttp.ServerDisconnectedError("canary"), "source.reset", "broke"),
        (aiohttp.ClientOSError(104, "canary"), "source.reset", "broke"),
        (aiohttp.InvalidURL("http://canary"), "source.protocol", "cannot be put"),
        (aiohttp.ClientError("canary"), "source.protocol", "well-formed"),
    ],
)
def test_every_error_has_its_code_and_our_own_words(error: Any, code: str, says: str) -> None:
    fault = fault_of(error, "a.example", Dialled())

    assert fault.code == code
    assert says in fault.detail
    assert "canary" not in fault.detail
    assert fault.detail.count(". ") == 0, "one sentence"


def test_a_refused_address_is_named_unless_another_one_was_dialled() -> None:
    error = Connector(KEY, OSError(13, "canary"))
    dialled = Dialled()
    dialled.refused.append("10.0.0.1")
    assert fault_of(error, "a.example", dialled).code == "source.address"
    assert "10.0.0.1" in fault_of(error, "a.example", dialled).detail
    dialled.opened.append("1.1.1.1")
    assert fault_of(error, "a.example", dialled).code == "source.connect"


def test_every_code_in_the_package_is_documented() -> None:
    folder = Path(str(package.__file__)).parent
    used = {code for file in folder.glob("*.py") for code in re.findall(r'"((?:source|store)\.\w+)"', file.read_text())}

    assert len(used) > 15
    assert used <= set(ERROR_CODES)
