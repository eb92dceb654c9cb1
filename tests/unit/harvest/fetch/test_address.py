"""The whole table of addresses, as pure values: nothing here is dialled."""

from __future__ import annotations

import ipaddress
import socket

import pytest

from microharvest.errors import ConfigError
from microharvest.harvest.fetch.address import allowed_networks, may_dial, open_guarded_socket, watch_dials

PUBLIC = [
    "1.1.1.1", "8.8.8.8", "93.184.216.34", "193.0.6.139", "168.63.129.17", "100.63.255.255", "100.128.0.1",
    "172.15.255.255", "172.32.0.1", "192.88.98.1", "198.17.255.255", "198.20.0.1", "223.255.255.254",
    "2606:4700:4700::1111", "2a00:1450:4001::1", "2001:200::1", "2003::1", "2c0f::1",
    "::ffff:8.8.8.8", "64:ff9b::808:808", "2606:4700:4700::1111%eth0",
]  # fmt: skip
PRIVATE = [
    "0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255", "100.64.0.1", "100.127.255.254", "127.0.0.1", "127.255.0.1",
    "169.254.169.254", "169.254.0.1", "172.16.0.1", "172.31.255.255", "192.0.0.1", "192.0.0.8", "192.0.0.170",
    "192.0.0.192", "192.0.2.1", "192.88.99.1", "192.168.1.1", "198.18.0.1", "198.19.255.255", "198.51.100.1",
    "203.0.113.1", "224.0.0.1", "239.1.1.1", "240.0.0.1", "255.255.255.255", "168.63.129.16",
    "::", "::1", "::127.0.0.1", "::8.8.8.8", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254",
    "::ffff:168.63.129.16", "64:ff9b::7f00:1", "64:ff9b::a00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::7f00:1",
    "64:ff9b:1::808:808", "100::1", "2001::1", "2001:0:7f00:1::1", "2001:10::1", "2001:20::1", "2001:db8::1",
    "2002:7f00:1::", "2002:808:808::1", "3fff::1", "5f00::1", "fc00::1", "fd00:ec2::254", "fe80::1", "fe80::1%eth0",
    "fec0::1", "ff02::1", "ff0e::1",
]  # fmt: skip
NO_ADDRESS = ["", "localhost", "127.1", "2130706433", "0x7f.1", "0177.0.0.1", "1.1.1.1.1", "1.1.1.1 ", "①.①.①.①", "%"]


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_may_be_dialled(address: str) -> None:
    assert may_dial(address, ())


@pytest.mark.parametrize("address", PRIVATE + NO_ADDRESS)
def test_all_others_may_not(address: str) -> None:
    assert not may_dial(address, ())


@pytest.mark.parametrize(
    ("address", "allow", "expected"),
    [
        ("10.1.2.3", ("10.0.0.0/8",), True),
        ("10.1.2.3", ("10.1.2.3",), True),
        ("11.1.2.3", ("10.0.0.0/8",), True),  # public anyway
        ("192.168.0.1", ("10.0.0.0/8",), False),
        ("127.0.0.2", ("127.0.0.1/32",), False),
        ("::ffff:10.1.2.3", ("10.0.0.0/8",), True),
        ("64:ff9b::a01:203", ("10.0.0.0/8",), True),
        ("fd00::1", ("fd00::/8", "local"), True),
        ("10.1.2.3", ("local",), False),
        ("::1", ("127.0.0.0/8",), False),
    ],
)
def test_the_operator_may_allow_networks(address: str, allow: tuple[str, ...], expected: bool) -> None:
    assert may_dial(address, allowed_networks(allow)) is expected


def test_what_is_no_network_is_a_configuration_error() -> None:
    with pytest.raises(ConfigError, match="allow holds 'intranet'"):
        allowed_networks(("local", "intranet"))


def test_a_refused_address_gets_no_socket_and_is_noted() -> None:
    dialled = watch_dials()
    with pytest.raises(OSError, match="refused"):
        open_guarded_socket((socket.AF_INET, socket.SOCK_STREAM, 6, "", ("10.0.0.1", 80)), ())
    with pytest.raises(OSError, match="refused"):
        open_guarded_socket((socket.AF_UNIX, socket.SOCK_STREAM, 0, "", "/run/docker.sock"), ())
    opened = open_guarded_socket(
        (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", 80)), [ipaddress.ip_network("127.0.0.1/32")]
    )
    opened.close()

    assert dialled.refused == ["10.0.0.1", "/"]
    assert dialled.opened == ["127.0.0.1"]
