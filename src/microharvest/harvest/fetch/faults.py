"""What went wrong, as a code of `errors.ERROR_CODES` and one sentence.

The sentence is ours: `str()` of an aiohttp error holds the full URL and `repr()` the Authorization header, so neither
is ever used, and no fault keeps such an error as its cause.
"""

from __future__ import annotations

import asyncio
import errno
import socket
import ssl

import aiohttp

from microharvest.harvest.fetch.address import Dialled

__all__ = ["Fault", "fault_of"]

_DIAL_REASONS = {
    errno.ECONNREFUSED: "refused",
    errno.EHOSTUNREACH: "no route to the host",
    errno.ENETUNREACH: "no route to the network",
    errno.ETIMEDOUT: "timed out",
    errno.ECONNRESET: "reset",
    errno.EADDRNOTAVAIL: "address not available",
    errno.EMFILE: "too many open files here",
}


class Fault(Exception):  # noqa: N818 - a value on its way to becoming a Failure, not an error of the program
    """One attempt gave no usable answer. `final`: asking again is of no use, whatever the code says elsewhere."""

    def __init__(self, code: str, detail: str, *, status: int | None = None, final: bool = False) -> None:
        super().__init__(code, detail)
        self.code, self.detail, self.status, self.final = code, detail, status, final


def fault_of(error: Exception, host: str, dialled: Dialled, *, status: int | None = None) -> Fault:
    """The fault behind an error of aiohttp or of the socket; `status` is set once the headers had come."""
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        again = isinstance(error.os_error, socket.gaierror) and error.os_error.errno == socket.EAI_AGAIN
        return Fault("source.dns", f"The name {host} does not resolve{' at the moment' if again else ''}.")
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        return Fault("source.tls", f"The certificate of {host} cannot be trusted{_certificate_reason(error)}.")
    if isinstance(error, aiohttp.ClientConnectorSSLError) and not isinstance(error.os_error, ssl.SSLEOFError):
        return Fault("source.tls", f"No TLS connection could be agreed with {host}.")
    if isinstance(error, aiohttp.ClientConnectorError):
        if dialled.refused and not dialled.opened:
            return Fault("source.address", f"{host} is at {dialled.refused[0]}, which is not a public address.")
        reason = _DIAL_REASONS.get(error.os_error.errno or 0, "no connection")
        return Fault("source.connect", f"The connection to {host} failed: {reason}.")
    if isinstance(error, aiohttp.ConnectionTimeoutError):
        return Fault("source.connect", f"{host} did not take the connection in time.")
    if isinstance(error, asyncio.TimeoutError):
        return Fault("source.timeout", f"{host} was silent for too long.", status=status)
    if isinstance(error, aiohttp.ClientPayloadError):
        return Fault("source.cut", f"The answer of {host} ended before its declared end.", status=status)
    if isinstance(error, aiohttp.ServerDisconnectedError | OSError):
        return Fault("source.reset", f"{host} broke the connection.", status=status)
    if isinstance(error, aiohttp.InvalidURL | ValueError):
        return Fault("source.protocol", f"The request to {host} cannot be put on the wire as it is.", final=True)
    return Fault("source.protocol", f"{host} does not answer in well-formed HTTP.", status=status)


def _certificate_reason(error: aiohttp.ClientConnectorCertificateError) -> str:
    said = getattr(error.certificate_error, "verify_message", None)  # OpenSSL's own words; absent in old-style errors
    return f" ({said.split(',')[0].strip().rstrip('.')[:100]})" if isinstance(said, str) and said else ""
