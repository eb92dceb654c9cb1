"""What fetching for one source may cost and where it may go. A value; the settings make it, the client obeys it."""

from __future__ import annotations

import re
from collections.abc import Mapping

import msgspec

from microharvest.telemetry import Secret

__all__ = ["FetchPolicy"]

MIB = 1024 * 1024


class FetchPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """Limits, addresses and credentials of one source.

    `allow`: CIDR networks that may be dialled though they are not public, and the word `local` for files.
    `rate_per_s`: requests a second to one host, without bursts; 0 = no limit. `concurrency`: per host.
    Where several sources share a host, the tightest of their rates holds.
    `deadline_s`: one attempt with all its redirects, waiting for our own turn not counted.
    `read_s`: silence between two reads. `min_rate_*`: fewer wire bytes than that over the window end an attempt.
    `max_wire_bytes` as sent, `max_bytes` decoded; `max_ratio` decoded:wire, looked at after 1 MiB;
    `max_members`: gzip members in a body. `max_wait_s`: a Retry-After or postponement beyond it is returned as
    `Failed.not_before` instead of being slept. `robots`: obey robots.txt, also of hosts a redirect leads to.
    `final_error`: an error status whose body holds this (in its first 64 KiB) is an answer, and not asked again.
    `headers`: not secret. `auth`: header name -> its whole secret value.
    """

    source: str = ""
    allow: tuple[str, ...] = ()
    rate_per_s: float = 2.0
    concurrency: int = 2
    deadline_s: float = 900.0
    connect_s: float = 10.0
    read_s: float = 30.0
    min_rate_bytes_s: int = 1024
    min_rate_window_s: float = 60.0
    max_wire_bytes: int = 512 * MIB
    max_bytes: int = 2048 * MIB
    max_ratio: float = 200.0
    max_members: int = 64
    max_redirects: int = 5
    attempts: int = 4
    retry_base_s: float = 1.0
    retry_max_s: float = 60.0
    max_wait_s: float = 300.0
    robots: bool = False
    final_error: re.Pattern[bytes] | None = None
    headers: dict[str, str] = {}
    auth: Mapping[str, Secret] = {}
