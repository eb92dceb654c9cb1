"""pytest for connector authors: `pytest --connector PATH [--strictness silver]` holds a folder to the contract.

Loaded by its entry point wherever microharvest is installed; without `--connector` it does nothing. A MUST that does
not hold fails, a SHOULD is skipped with its sentence, a bypass is skipped with the reason connector.toml gives.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

__all__ = ["pytest_addoption", "pytest_configure"]


def pytest_addoption(parser: pytest.Parser) -> None:
    """The two options."""
    group = parser.getgroup("microharvest")
    group.addoption(
        "--connector", action="append", default=[], metavar="PATH", help="a connector folder to hold to the contract"
    )
    group.addoption(
        "--strictness", choices=("bronze", "silver", "gold"), default="silver", help="how much of the contract counts"
    )


def pytest_configure(config: pytest.Config) -> None:
    """Nothing is added to a session without `--connector`."""
    if config.getoption("--connector"):
        config.pluginmanager.register(_Contract(config), "microharvest-contract")


class _Contract:
    """Adds the items of the contract to a session."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config

    def pytest_collection_modifyitems(self, session: pytest.Session, items: list[pytest.Item]) -> None:
        """The contract's items stand after whatever else was named."""
        items.extend(self._items(session))

    def _items(self, session: pytest.Session) -> Iterator[pytest.Item]:
        from microharvest.testing.checks import Folder, checks_for
        from microharvest.testing.contract import make_findable

        for name in self._config.getoption("--connector"):
            path = Path(name).resolve()
            if path.parent.name not in {"protocols", "dialects"} or not (path / "connector.toml").is_file():
                raise pytest.UsageError(f"{path} is no connector: a folder protocols/<name> or dialects/<name>.")
            make_findable(path)
            folder = Folder(path)
            parent = _Group.from_parent(session, name=f"{path.parent.name}/{path.name}")
            for check in checks_for(folder, self._config.getoption("--strictness")):
                yield _CheckItem.from_parent(parent, name=check.code, check=check, folder=folder)


class _Group(pytest.Collector):
    """One connector."""

    def collect(self) -> list[pytest.Item]:
        """Its items are made by the plugin."""
        return []


class _CheckItem(pytest.Item):
    """One check over one folder."""

    def __init__(self, *, check: Any, folder: Any, **rest: Any) -> None:
        super().__init__(**rest)
        self._check, self._folder = check, folder

    def runtest(self) -> None:
        """Fails with every sentence the check yields."""
        from microharvest.testing.checks import bad_bypasses, bypassed

        reason = bypassed(self._folder, self._check)
        wrong = [text for code, text in bad_bypasses(self._folder) if code == self._check.code]
        if reason is not None and not wrong:
            pytest.skip(f"bypassed: {reason}")
        found = [f"bypass: {text}" for text in wrong] or self._check.found(self._folder)
        if found and self._check.level == "SHOULD":
            pytest.skip("; ".join(found)[:500])
        if found:
            raise _BrokenContractError("\n".join(found))

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """The sentences alone, where the check did its work."""
        if isinstance(excinfo.value, _BrokenContractError):
            return f"{self._check.code} {self._check.title}:\n{excinfo.value}"
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """Where the connector stands, and what is checked."""
        return self._folder.path, None, f"{self._folder.path.name}: {self._check.code} {self._check.title}"


class _BrokenContractError(Exception):
    """The sentences of a check."""
