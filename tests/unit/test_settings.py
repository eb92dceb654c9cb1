"""Settings: layers in order, unknown keys with a proposal, wrong values with file and key path."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from microharvest.errors import ConfigError
from microharvest.model.offer import OFFER_FIELDS
from microharvest.settings import (
    MERGE_FIELDS,
    MergeSettings,
    Settings,
    effective_settings,
    load_merge,
    load_publish,
    load_quality,
    load_settings,
)


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def failure(config_dir: Path | None, environ: dict[str, str] | None = None, store: str | None = None) -> ConfigError:
    with pytest.raises(ConfigError) as caught:
        load_settings(config_dir, store, environ or {})
    return caught.value


def test_without_files_the_built_in_defaults_hold(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert load_settings(None, None, {}) == Settings()


def test_later_layers_win_key_by_key(tmp_path: Path) -> None:
    write(tmp_path, "microharvest.toml", 'contact = "a@example.org"\n[harvest]\nworkers = 3\nbatch_size = 7\n')
    write(tmp_path, "local.toml", "[harvest]\nworkers = 4\nlease_s = 90\n")
    environ = {"MICROHARVEST_HARVEST__LEASE_S": "120", "MICROHARVEST_STORE": "sqlite:///env.db"}
    settings = load_settings(tmp_path, None, environ)
    assert (settings.harvest.workers, settings.harvest.batch_size, settings.harvest.lease_s) == (4, 7, 120)
    assert settings.store == "sqlite:///env.db"
    assert load_settings(tmp_path, "sqlite:///line.db", environ).store == "sqlite:///line.db"
    origins = {row.key: row.origin for row in effective_settings(tmp_path, environ)}
    assert origins["harvest.batch_size"] == str(tmp_path / "microharvest.toml")
    assert origins["harvest.workers"] == str(tmp_path / "local.toml")
    assert origins["harvest.lease_s"] == "environment MICROHARVEST_HARVEST__LEASE_S"
    assert origins["log.level"] == "built-in default"


def test_the_environment_is_typed(tmp_path: Path) -> None:
    environ = {
        "MICROHARVEST_SCHEDULE__EVERY": "PT1H",
        "MICROHARVEST_HARVEST__INLINE": "true",
        "MICROHARVEST_NETWORK__RATE_PER_S": "0.5",
        "MICROHARVEST_SERVE__PORT": "0",
        "MICROHARVEST_CONTACT": "17",
    }
    settings = load_settings(tmp_path, None, environ)
    assert settings.schedule.every == timedelta(hours=1)
    assert settings.harvest.inline is True
    assert settings.network.rate_per_s == 0.5
    assert settings.serve.port == 0
    assert settings.contact == "17"


@pytest.mark.parametrize(
    ("text", "code", "parts"),
    [
        ("[harvst]\n", "config.unknown_key", ["harvst", 'did you mean "harvest"?']),
        ("[harvest]\nworker = 2\n", "config.unknown_key", ["harvest.worker", 'did you mean "workers"?']),
        ("[harvest]\nworkers = 'two'\n", "config.invalid", ["harvest.workers", "a whole number"]),
        ("[harvest]\nworkers = 0\n", "config.invalid", ["harvest.workers", "a whole number >= 1"]),
        ("[harvest]\ninline = 1\n", "config.invalid", ["harvest.inline", "true or false"]),
        ("[log]\nlevel = 'loud'\n", "config.invalid", ["log.level", '"warning"']),
        ("[schedule]\nevery = 'daily'\n", "config.invalid", ["schedule.every", "PT24H"]),
        ("[schedule]\nevery = 'P1M'\n", "config.invalid", ["schedule.every", "PT24H"]),
        ("[publish]\nevery = 'PT0S'\n", "config.invalid", ["publish.every", "above zero"]),
        ("[withdraw]\ngrace = '-P1D'\n", "config.invalid", ["withdraw.grace", "duration"]),
        ("harvest = 3\n", "config.invalid", ["harvest", "a table"]),
        ("store = 'mysql://x/y'\n", "config.invalid", ["store", "postgresql://"]),
        ("store = \n", "config.syntax", ["line 1"]),
    ],
)
def test_what_is_wrong_is_said_with_file_and_key(tmp_path: Path, text: str, code: str, parts: list[str]) -> None:
    path = write(tmp_path, "microharvest.toml", text)
    error = failure(tmp_path)
    assert error.code == code
    for part in [str(path), *parts]:
        assert part in error.sentence
    assert error.sentence.endswith((".", "?"))


def test_each_file_answers_for_its_own_values(tmp_path: Path) -> None:
    write(tmp_path, "microharvest.toml", "[log]\nlevel = 'info'\n")
    local = write(tmp_path, "local.toml", "[log]\nlevel = 'loud'\n")
    assert str(local) in failure(tmp_path).sentence


@pytest.mark.parametrize(
    ("name", "proposed"),
    [
        ("MICROHARVEST_HARVEST__WROKERS", "MICROHARVEST_HARVEST__WORKERS"),
        ("MICROHARVEST_STROE", "MICROHARVEST_STORE"),
        ("MICROHARVEST_NOTHING__LIKE_IT", ""),
    ],
)
def test_a_variable_nobody_reads_is_an_error(tmp_path: Path, name: str, proposed: str) -> None:
    error = failure(tmp_path, {name: "1"})
    assert error.code == "config.unknown_key"
    assert name in error.sentence
    assert proposed in error.sentence


def test_variables_that_are_no_settings_are_left_alone(tmp_path: Path) -> None:
    environ = {"MICROHARVEST_CONNECTORS": "/srv/connectors", "MICROHARVEST_HKDIR_TOKEN": "secret"}
    assert load_settings(tmp_path, None, environ) == Settings()


def test_a_folder_that_was_asked_for_must_be_there(tmp_path: Path) -> None:
    assert failure(tmp_path / "absent").code == "config.not_found"


def test_a_file_with_a_byte_order_mark_and_windows_line_ends_reads(tmp_path: Path) -> None:
    (tmp_path / "microharvest.toml").write_bytes(b"\xef\xbb\xbf[log]\r\nlevel = 'error'\r\n")
    assert load_settings(tmp_path, None, {}).log.level == "error"


def test_a_password_never_stands_in_a_file_and_is_never_repeated(tmp_path: Path) -> None:
    write(tmp_path, "microharvest.toml", 'store = "postgresql://me:hunter22@host/db"\n')
    error = failure(tmp_path)
    assert error.code == "config.literal_secret"
    assert "hunter22" not in error.sentence


def test_a_store_url_may_be_a_reference(tmp_path: Path) -> None:
    secret = write(tmp_path, "url", "postgresql://me:hunter22@host/db\n")
    write(tmp_path, "microharvest.toml", f'store = "env:DB"\n[publish]\nstore = "file:{secret}"\n')
    settings = load_settings(tmp_path, None, {"DB": "sqlite:///x.db"})
    assert settings.store == "sqlite:///x.db"
    assert settings.publish.store == "postgresql://me:hunter22@host/db"
    assert failure(tmp_path).code == "config.missing_secret"
    assert "hunter22" not in repr(effective_settings(tmp_path, {"DB": "sqlite:///x.db"}))


def test_who_we_are_is_said_honestly(tmp_path: Path) -> None:
    write(tmp_path, "microharvest.toml", 'contact = "mailto:ops@example.org"\n')
    agent = load_settings(tmp_path, None, {}).user_agent
    assert agent.startswith("microharvest/")
    assert "ops@example.org" in agent


@pytest.mark.parametrize(
    ("settings", "name"),
    [
        (Settings(store="sqlite:////srv/mh/store.db"), "/srv/mh/store.spool"),
        (Settings(store="sqlite:///store.db"), "store.spool"),
        (Settings(store="sqlite:///store.db", spool="/var/spool/mh"), "/var/spool/mh"),
    ],
)
def test_the_spool_lies_beside_the_store(settings: Settings, name: str) -> None:
    assert settings.spool_dir == Path(name)


def test_the_spool_of_a_server_store_is_in_the_temp_folder() -> None:
    assert Settings(store="postgresql://host/db").spool_dir.name.startswith("microharvest-")


def test_rules_are_read_and_checked(tmp_path: Path) -> None:
    assert load_merge(tmp_path) == MergeSettings()
    write(tmp_path, "merge.toml", '[precedence]\neqf_level = ["national", "provider", "aggregator"]\n')
    merge = load_merge(tmp_path)
    assert merge.order("eqf_level")[0] == "national"
    assert merge.order("title")[0] == "provider"
    write(tmp_path, "publish.toml", 'require = ["titel"]\n')
    with pytest.raises(ConfigError, match='did you mean "title"'):
        load_publish(tmp_path)
    write(tmp_path, "quality.toml", "freshness = -1\n")
    with pytest.raises(ConfigError, match="freshness"):
        load_quality(tmp_path)


@pytest.mark.parametrize(
    "text",
    [
        'default = ["provider", "national"]\n',
        'default = ["provider", "provider", "national"]\n',
        '[precedence]\neqf = ["provider", "national", "aggregator"]\n',
    ],
)
def test_an_order_names_every_authority_once_and_real_fields(tmp_path: Path, text: str) -> None:
    write(tmp_path, "merge.toml", text)
    with pytest.raises(ConfigError):
        load_merge(tmp_path)


def test_the_fields_merge_may_name_are_those_of_an_offer() -> None:
    assert set(MERGE_FIELDS) == set(OFFER_FIELDS)
