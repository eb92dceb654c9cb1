"""Under which rules everything is linked: the scorecard and the operator's aliases of organisations; one epoch each.

What must stay true: link compares under the rules that stand in the store, whatever stands in the files, until
`link --all` makes the files' rules those of the store: figures of one epoch are comparable, and incremental equals
batch.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import msgspec

from microharvest.errors import ConfigError
from microharvest.link.features import VERSION
from microharvest.link.scorecard import Scorecard, completed, load_scorecard, shipped
from microharvest.store.database import Connection

__all__ = ["LinkRules", "load_link_rules", "rules_from_row", "rules_wait"]


class LinkRules(msgspec.Struct, frozen=True, kw_only=True):
    """`aliases`: lists of names that are one organisation each."""

    card: Scorecard
    aliases: tuple[tuple[str, ...], ...] = ()

    @property
    def version(self) -> str:
        """`<scorecard>-<aliases>`, both hashes; equal versions link alike."""
        said = msgspec.json.encode(sorted(sorted(names) for names in self.aliases))
        return f"{self.card.version}-{hashlib.blake2b(said, digest_size=3).hexdigest()}"

    def row(self) -> dict[str, Any]:
        """The columns of `match_epoch` but for `since`."""
        return {
            "version": self.version,
            "scorecard": msgspec.json.encode(self.card).decode(),
            "aliases": msgspec.json.encode(self.aliases).decode(),
            "features": VERSION,
        }


class _Aliases(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`organisations.toml`."""

    same: tuple[tuple[str, ...], ...] = ()


def load_link_rules(config_dir: Path) -> LinkRules:
    """`scorecard.toml` and `organisations.toml` of the configuration, each optional. Raises ConfigError."""
    path = config_dir / "organisations.toml"
    if not path.exists():
        return LinkRules(card=load_scorecard(config_dir))
    try:
        said = msgspec.toml.decode(path.read_bytes(), type=_Aliases)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ConfigError("config.invalid", f"{path}: {error}.") from None
    short = [names for names in said.same if len({name.strip() for name in names} - {""}) < 2]
    if short:
        raise ConfigError(
            "config.invalid", f"{path}: each list of `same` needs two names or more, not {list(short[0])}."
        )
    return LinkRules(card=load_scorecard(config_dir), aliases=said.same)


def rules_wait(connection: Connection, rules: LinkRules) -> bool:
    """Is everything linked under other rules than these, the configuration's? `link --all` makes them the store's."""
    row = _epoch(connection)
    return row is not None and rules_from_row(row).version != rules.version


def rules_from_row(row: Any) -> LinkRules:
    """The rules of the store's epoch. Buckets that are newer than its scorecard weigh what the shipped one says."""
    return LinkRules(
        card=completed(msgspec.json.decode(row.scorecard, type=Scorecard)),
        aliases=msgspec.json.decode(row.aliases, type=tuple[tuple[str, ...], ...]),
    )


def shipped_rules() -> LinkRules:
    """What holds without any file."""
    return LinkRules(card=shipped())


def scorecard_in_force(connection: Connection) -> Scorecard:
    """The scorecard of the store's epoch, before the first link the shipped one."""
    row = _epoch(connection)
    return shipped() if row is None else rules_from_row(row).card


def _epoch(connection: Connection) -> Any:
    from microharvest.store import matching  # numpy: 14 MB that a daemon does without until it links

    return matching.epoch(connection)
