"""Rules across the keys of one source file, and values whose shape a type cannot say. Pure.

Each raises one ConfigError that names file and key path.
"""

from __future__ import annotations

import ipaddress
import re
import zoneinfo
from typing import Any
from urllib.parse import urlsplit

from microharvest.errors import ConfigError
from microharvest.settings.reading import convert, invalid, proposal
from microharvest.sources.auth import check_auth
from microharvest.sources.cron import check_cron
from microharvest.sources.licences import uri_of_name
from microharvest.sources.model import Column, SourceConfig

__all__ = ["COLUMN_FIELDS", "check_source"]

COLUMN_FIELDS = (
    *("title", "alt_title", "description", "provider", "provider_id", "provider_url", "awarding_body", "country"),
    *("city", "code", "identifier", "homepage", "ects", "credits", "hours", "duration", "eqf_level", "nqf_level"),
    *("isced_f", "subject", "skills", "occupations", "sectors", "languages", "mode", "schedule", "assessment"),
    *("supervision", "qa_agent", "qa_agent_country", "qa_valid_from", "qa_valid_to", "qa_report"),
    *("start_date", "end_date", "application_deadline", "price", "currency", "grants", "learning_outcomes"),
    *("entry_requirement", "target_group", "accessibility", "quality_assurance", "credential_type", "part_of"),
    *("status", "modified"),
)
"""What a `[columns]` table may name (a test ties this list to the kit, which lies above)."""

DEFAULT_FIELDS = (*COLUMN_FIELDS, "language")
FEEDS_WITHOUT_TOMBSTONES = frozenset({"file", "pages", "site"})
LANGUAGE = re.compile(r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$")


def check_source(config: SourceConfig, where: str) -> None:
    """Everything that makes no sense together, or has the wrong shape."""
    if config.schema != 1:
        raise invalid(where, "schema", "1; run `microharvest upgrade` to migrate the file")
    _check_words(config, where)
    _check_address(config, where)
    _check_schedule(config, where)
    _check_withdraw(config, where)
    _check_expect(config, where)
    _check_columns(config, where)
    if config.auth is not None:
        check_auth(config.auth, where)


def _check_words(config: SourceConfig, where: str) -> None:
    if config.licence != "unknown" and not re.match(r"^(https?://\S+\.\S+|urn:\S+)$", config.licence):
        known = uri_of_name(config.licence)
        hint = f", such as {known}" if known else ""
        raise invalid(where, "licence", f'the URI of a licence{hint}, or "unknown"')
    if config.country is not None and not re.fullmatch(r"[A-Z]{2}", config.country):
        raise invalid(where, "country", 'two capital letters (ISO 3166-1), such as "NO"')
    for tag in config.languages:
        if not LANGUAGE.match(tag):
            raise invalid(where, "languages", 'language tags (BCP 47), such as "no" or "sr-Latn"')


def _check_address(config: SourceConfig, where: str) -> None:
    scheme = urlsplit(config.url).scheme
    if scheme not in {"http", "https", "file"}:
        raise invalid(where, "url", "an http or https address, a file: URL or a path")
    if scheme != "file" and not urlsplit(config.url).hostname:
        raise invalid(where, "url", "an address with a host name")
    if config.local_path is not None and (urlsplit(config.url).netloc or not config.local_path.is_absolute()):
        raise invalid(where, "url", "a path, or a file: URL with an absolute path such as file:///srv/feed.csv")
    if scheme == "file" and "local" not in config.network.allow:
        raise ConfigError("source.no_local", f'{where}: url: a path needs [network] allow = ["local"].')
    for entry in config.network.allow:
        if entry == "local":
            continue
        try:
            ipaddress.ip_network(entry)
        except ValueError:
            raise invalid(where, "network.allow", '"local" or networks such as "127.0.0.0/8"') from None


def _check_schedule(config: SourceConfig, where: str) -> None:
    schedule = config.schedule
    if schedule.cron is not None and schedule.every is not None:
        raise ConfigError("config.invalid", f"{where}: schedule: expected either every or cron, not both.")
    if schedule.cron is not None:
        check_cron(schedule.cron, where, "schedule.cron")
    if schedule.timezone != "UTC":
        try:
            zoneinfo.ZoneInfo(schedule.timezone)
        except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
            raise invalid(where, "schedule.timezone", 'a time zone name, such as "Europe/Oslo"') from None
    for name in ("every", "full_every", "max_runtime"):
        duration = getattr(schedule, name)
        if duration is not None and duration.total_seconds() <= 0:
            raise invalid(where, f"schedule.{name}", "a duration above zero")


def _check_withdraw(config: SourceConfig, where: str) -> None:
    if config.withdraw.grace.total_seconds() < 0:
        raise invalid(where, "withdraw.grace", "a duration of zero or more")
    tombstones = "tombstone" in config.withdraw.strategy
    if tombstones and config.protocol in FEEDS_WITHOUT_TOMBSTONES and config.dialect != "microharvest":
        expectation = f'"snapshot" or "expire": a feed read by "{config.protocol}" cannot say that a record is deleted'
        raise invalid(where, "withdraw.strategy", expectation)


def _check_expect(config: SourceConfig, where: str) -> None:
    bounds = config.expect.records
    if bounds.max is not None and bounds.max < bounds.min:
        raise invalid(where, "expect.records", "min to be no larger than max")


def _check_columns(config: SourceConfig, where: str) -> None:
    if config.dialect == "columns":
        if not config.columns:
            raise ConfigError("config.missing_key", f'{where}: columns: dialect "columns" requires this table.')
        if not config.identity.key:
            raise ConfigError("config.missing_key", f'{where}: identity.key: dialect "columns" requires this key.')
    for field, value in config.columns.items():
        _known(field, COLUMN_FIELDS, where, f"columns.{field}")
        for column in _long_forms(value, where, f"columns.{field}"):
            if column.source is None and column.const is None:
                raise ConfigError("config.missing_key", f"{where}: columns.{field} requires `from` (or `const`).")
            if column.lookup is not None and column.lookup not in config.lookups:
                hint = proposal(column.lookup, config.lookups)
                message = f"{where}: columns.{field}.lookup: there is no table [lookups.{column.lookup}]{hint}"
                raise ConfigError("config.invalid", message)
    for field in config.defaults:
        _known(field, DEFAULT_FIELDS, where, f"defaults.{field}")


def _known(field: str, fields: tuple[str, ...], where: str, key: str) -> None:
    if field not in fields:
        raise ConfigError("config.unknown_key", f'{where}: {key}: nobody reads "{field}"{proposal(field, fields)}')


def _long_forms(value: Any, where: str, key: str) -> list[Column]:
    """The tables in a `[columns]` value; a name or a list of names and tables is fine too."""
    if isinstance(value, dict):
        return [convert(value, Column, where, f"{key}.")]
    if isinstance(value, list) and value:
        return [column for item in value for column in _long_forms(item, where, key)]
    if isinstance(value, str) and value:
        return []
    raise invalid(where, key, "a column name, a list of them, or a table with `from`")
