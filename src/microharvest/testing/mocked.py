"""aioresponses on aiohttp 3.14, for what mocks can show: statuses, headers, retries. For bytes use a loopback server.

The newest aioresponses (0.7.9) neither passes the stream writer that `ClientResponse` now needs, nor survives a body
above 128 KiB (pnuckowski/aioresponses#289). It bypasses middlewares, decoding and time-outs.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

import aiohttp
from aiohttp.client_proto import ResponseHandler

__all__ = ["mocked_http"]


@contextmanager
def mocked_http() -> Iterator[Any]:
    """An `aioresponses` for the block. Needs that package; raises ImportError without it."""
    import aioresponses.core as core

    class Writer:
        output_size = 0

    class Response(aiohttp.ClientResponse):
        def __init__(self, method: str, url: Any, **kwargs: Any) -> None:
            kwargs.setdefault("stream_writer", Writer())
            super().__init__(method.upper(), url, **kwargs)

    def reader(loop: Any = None) -> aiohttp.StreamReader:
        return aiohttp.StreamReader(ResponseHandler(loop=loop), limit=2**31, loop=loop)

    with mock.patch.object(core, "ClientResponse", Response), mock.patch.object(core, "stream_reader_factory", reader):
        with core.aioresponses() as mocked:
            yield mocked
