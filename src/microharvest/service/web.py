"""The daemon's face on HTTP: health and readiness, read-only, on loopback.

aiohttp.web has no time-out for slow headers and tells its version in every answer, so it listens on loopback only and
the `Server` header is dropped; a web server with TLS and limits stands in front where it is to be seen from outside.
"""

from __future__ import annotations

import asyncio
import ipaddress
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import msgspec
from aiohttp import web

from microharvest import __version__
from microharvest.errors import ConfigError
from microharvest.service.health import Health, is_well
from microharvest.telemetry import logger

__all__ = ["check_host", "listening", "make_app"]

_log = logger("microharvest.web")

POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
}
READ_METHODS = ("GET", "HEAD")
MAX_BODY = 64 * 1024
SLOW_S = 10.0

PAGE = f"""<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>microharvest</title>
<h1>microharvest {__version__}</h1>
<p>This service harvests offers of microcredentials from their providers' feeds, finds the same offer across feeds
and publishes the result as one catalogue.</p>
<p><a href="/healthz">Health of this service</a></p>
</html>
"""

HEALTH: web.AppKey[Callable[[], Health]] = web.AppKey("health")
TICK_S: web.AppKey[float] = web.AppKey("tick_s")

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


def check_host(host: str) -> None:
    """Raise ConfigError config.invalid for an address that others could reach."""
    try:
        loopback = host == "localhost" or ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        loopback = False
    if not loopback:
        raise ConfigError(
            "config.invalid",
            f"[serve] host {host!r} could be reached from outside, without TLS and limits: keep 127.0.0.1, and put a "
            "reverse proxy (Caddy, nginx) before it.",
        )


def make_app(health: Callable[[], Health], *, tick_s: float) -> web.Application:
    """The application; `health` is asked at each request and must not block."""
    app = web.Application(middlewares=[_guard], client_max_size=MAX_BODY)
    app[HEALTH], app[TICK_S] = health, tick_s
    app.on_response_prepare.append(_dress)
    app.router.add_get("/", _front)
    app.router.add_get("/healthz", _healthz)
    app.router.add_get("/readyz", _readyz)
    return app


@asynccontextmanager
async def listening(app: web.Application, host: str, port: int) -> AsyncIterator[str]:
    """Serve `app` for the time of the block; yields its URL. Raises ConfigError config.invalid."""
    check_host(host)
    runner = web.AppRunner(app, access_log=None, handle_signals=False, keepalive_timeout=15.0, shutdown_timeout=2.0)
    await runner.setup()
    try:
        try:
            await web.TCPSite(runner, host, port).start()
        except OSError as error:
            raise ConfigError(
                "config.invalid",
                f"Port {port} of {host} cannot be opened ({error.strerror or error}): choose another with --port.",
            ) from None
        bound = runner.addresses[0]
        url = f"http://{'[' + bound[0] + ']' if ':' in bound[0] else bound[0]}:{bound[1]}"
        _log.info("serve.listening", url=url)
        yield url
    finally:
        await runner.cleanup()


@web.middleware
async def _guard(request: web.Request, handler: Answer) -> web.StreamResponse:
    """Reading only, in time, and one log event per request."""
    began = time.monotonic()
    status = 500
    try:
        if request.method not in READ_METHODS:
            raise web.HTTPMethodNotAllowed(request.method, READ_METHODS)
        async with asyncio.timeout(SLOW_S):
            response = await handler(request)
        status = response.status
        return response
    except web.HTTPException as refusal:
        status = refusal.status
        raise
    except TimeoutError:
        status = 503
        raise web.HTTPServiceUnavailable from None
    finally:
        took = round((time.monotonic() - began) * 1000, 1)
        _log.info("http.request", method=request.method, path=request.path[:500], status=status, ms=took)


async def _dress(request: web.Request, response: web.StreamResponse) -> None:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    response.headers.popall("Server", None)


async def _front(request: web.Request) -> web.Response:
    return web.Response(text=PAGE, content_type="text/html")


async def _healthz(request: web.Request) -> web.Response:
    health = request.app[HEALTH]()
    well = is_well(health, request.app[TICK_S])
    return _json({"ok": well, **msgspec.to_builtins(health), "version": __version__}, well)


async def _readyz(request: web.Request) -> web.Response:
    health = request.app[HEALTH]()
    ready = is_well(health, request.app[TICK_S]) and health.last_tick_s is not None and not health.stopping
    return _json({"ready": ready, "role": health.role}, ready)


def _json(value: object, good: bool) -> web.Response:
    return web.Response(body=msgspec.json.encode(value), content_type="application/json", status=200 if good else 503)
