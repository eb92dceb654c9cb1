"""Which addresses may be dialled: the public ones, and those the operator allowed for a source.

The check stands where the socket is made (`TCPConnector(socket_factory=…)`): every spelling of a host, every
redirect and every changed DNS answer has become a plain address there. `is_global` of Python 3.11 alone would let
through 15 of 43 addresses that must be blocked (NAT64 and 6to4 of private ones, Azure's 168.63.129.16, fec0::/10,
multicast and others), hence the list.
"""

from __future__ import annotations

import errno
import ipaddress
import socket
from collections.abc import Sequence
from contextvars import ContextVar
from typing import Any

from microharvest.errors import ConfigError

__all__ = ["LOCAL", "Dialled", "Network", "allowed_networks", "may_dial", "open_guarded_socket", "watch_dials"]

LOCAL = "local"
"""The word in `[network] allow` that permits paths and file: URLs."""

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_BLOCKED: tuple[Network, ...] = tuple(
    ipaddress.ip_network(text)
    for text in (
        "0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "198.18.0.0/15",
        "198.51.100.0/24", "203.0.113.0/24", "240.0.0.0/4", "168.63.129.16/32", "::/96", "64:ff9b:1::/48",
        "100::/64", "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20", "5f00::/16", "fec0::/10",
    )
)  # fmt: skip


class Dialled:
    """Which addresses one request wanted to dial: those refused by policy, those a socket was opened for."""

    __slots__ = ("opened", "refused")

    def __init__(self) -> None:
        self.refused: list[str] = []
        self.opened: list[str] = []


_watched: ContextVar[Dialled | None] = ContextVar("microharvest_dialled", default=None)


def watch_dials() -> Dialled:
    """Start noting what this task (and the tasks it starts) dials."""
    dialled = Dialled()
    _watched.set(dialled)
    return dialled


def allowed_networks(allow: Sequence[str]) -> tuple[Network, ...]:
    """The networks of a source's `allow` (the word `local` is none). ConfigError for what is no network."""
    networks: list[Network] = []
    for text in allow:
        if text == LOCAL:
            continue
        try:
            networks.append(ipaddress.ip_network(text, strict=False))
        except ValueError:
            raise ConfigError(
                "config.invalid", f'[network] allow holds {text!r}: write a network such as "10.0.0.0/8", or "local".'
            ) from None
    return tuple(networks)


def may_dial(address: str, allow: Sequence[Network]) -> bool:
    """Whether this numeric address is public, or within an allowed network.

    IPv4-mapped and NAT64 addresses are judged by the IPv4 inside, so that networks with DNS64 work; 6to4, Teredo and
    local-use NAT64 are blocked. Anything that is no numeric address is refused.
    """
    try:
        ip: ipaddress.IPv4Address | ipaddress.IPv6Address = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.ipv4_mapped is not None:
            ip = ip.ipv4_mapped
        elif ip in _NAT64:
            ip = ipaddress.IPv4Address(int(ip) & 0xFFFF_FFFF)
    if any(ip in network for network in allow):
        return True
    if not ip.is_global or ip.is_multicast or ip.is_reserved or ip.is_link_local or ip.is_private:
        return False
    return not any(ip in network for network in _BLOCKED)


def open_guarded_socket(address_info: Any, allow: Sequence[Network]) -> socket.socket:
    """A socket for the address about to be dialled; OSError(EACCES) where the policy refuses it."""
    family, kind, protocol, _, target = address_info
    address = str(target[0])
    dialled = _watched.get()
    if family not in (socket.AF_INET, socket.AF_INET6) or not may_dial(address, allow):
        if dialled is not None:
            dialled.refused.append(address)
        raise OSError(errno.EACCES, "refused by the address policy")
    if dialled is not None:
        dialled.opened.append(address)
    return socket.socket(family=family, type=kind, proto=protocol)
