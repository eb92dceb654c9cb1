"""Source files: layers and origins, checks across keys, secrets by reference, hashes that mean what they say."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import msgspec
import pytest

from microharvest.errors import ConfigError
from microharvest.kit.manifest import connector_folder
from microharvest.settings import Effective
from microharvest.sources import (
    Column,
    convert_options,
    effective,
    load_source,
    load_sources,
    mapping_hash,
    options_hash,
    resolve_auth,
)
from microharvest.sources.checks import COLUMN_FIELDS
from microharvest.sources.licences import grant_of

ROOT = Path(__file__).resolve().parents[2]

LEAST = """
title = "A feed"
protocol = "oai_pmh"
dialect = "elm"
url = "https://oai.example.org/oai"
licence = "unknown"
"""
TABLE = """
title = "A table"
protocol = "file"
dialect = "columns"
url = "https://example.org/x.csv"
licence = "unknown"
identity.key = ["id"]
columns.title = "Title"
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    (tmp_path / "sources").mkdir()
    return tmp_path


def put(config: Path, text: str, name: str = "sources/feed.toml") -> Path:
    path = config / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def load(config: Path, text: str, **environ: str) -> Any:
    put(config, text)
    return load_sources(config, environ)["feed"]


def failure(config: Path, text: str) -> ConfigError:
    path = put(config, text)
    with pytest.raises(ConfigError) as caught:
        load_sources(config, {})
    assert str(path) in caught.value.sentence
    return caught.value


def test_five_keys_are_enough(config: Path) -> None:
    source = load(config, LEAST)
    assert (source.id, source.authority, source.redistribute, source.shown) == ("feed", "provider", "unknown", False)
    assert source.credit == "A feed"
    assert source.withdraw.runs == 2


def test_the_guide_s_examples_load(config: Path) -> None:
    guide = (ROOT / "config" / "sources" / "README.md").read_text(encoding="utf-8")
    examples = re.findall(r"```toml\n(.*?)```", guide, re.DOTALL)
    assert len(examples) == 2
    for number, text in enumerate(examples):
        put(config, text, f"sources/example-{number}.toml")
    complete, table = load_sources(config, {}).values()
    assert complete.shown
    assert set(table.columns) <= set(COLUMN_FIELDS)
    mentioned = {row.key.partition(".")[0] for row in effective("example-0", config, {})}
    shown = set(msgspec.toml.decode(examples[0])) | set(msgspec.toml.decode(examples[1])) | {"schema"}
    assert mentioned == shown


@pytest.mark.parametrize(
    ("text", "code", "parts"),
    [
        ("title = 'x'\n", "config.missing_key", ["protocol"]),
        (LEAST + "[withdrw]\n", "config.unknown_key", ['did you mean "withdraw"?']),
        (LEAST + "[withdraw]\nrun = 3\n", "config.unknown_key", ["withdraw.run", 'did you mean "runs"?']),
        (LEAST + "[withdraw]\nmax_ratio = 3\n", "config.invalid", ["withdraw.max_ratio"]),
        (LEAST + "[withdraw]\nstrategy = 'all'\n", "config.invalid", ["withdraw.strategy", '"snapshot"']),
        (TABLE + "[withdraw]\nstrategy = 'tombstone'\n", "config.invalid", ["withdraw.strategy", '"file"']),
        (LEAST + "id = 'other'\n", "config.unknown_key", ["id"]),
        (LEAST + "schema = 2\n", "config.invalid", ["schema", "upgrade"]),
        (LEAST + "country = 'Norway'\n", "config.invalid", ["country", "ISO 3166-1"]),
        (LEAST + "languages = ['norsk bokmål']\n", "config.invalid", ["languages", "BCP 47"]),
        (LEAST + "authority = 'me'\n", "config.invalid", ["authority", '"aggregator"']),
        (LEAST + "redistribute = true\n", "config.invalid", ["redistribute"]),
        (LEAST + "[schedule]\ncron = '1 2 * * sun'\nevery = 'PT1H'\n", "config.invalid", ["schedule", "not both"]),
        (LEAST + "[schedule]\ntimezone = 'Mars/Base'\n", "config.invalid", ["schedule.timezone"]),
        (LEAST + "[expect]\nrecords = {min = 5, max = 4}\n", "config.invalid", ["expect.records"]),
        (LEAST + "[expect]\nfill = {title = 2}\n", "config.invalid", ["expect.fill"]),
        (LEAST + "[network]\nallow = ['intranet']\n", "config.invalid", ["network.allow"]),
        (LEAST + "[auth]\ntype = 'oauth2'\ntoken = 'env:T'\n", "config.invalid", ["auth.type", "not supported"]),
        (LEAST + "[auth]\ntype = 'bearer'\n", "config.missing_key", ["auth.token"]),
        (LEAST + "[auth]\ntype = 'bearer'\ntoken = 'env:T'\nheader = 'X'\n", "config.unknown_key", ["auth.header"]),
        (LEAST + "[auth]\ntype = 'header'\ntoken = 'env:T'\nheader = 'X Y'\n", "config.invalid", ["auth.header"]),
        (LEAST.replace("https://oai.example.org/oai", "ftp://x/y"), "config.invalid", ["url", "http"]),
        (LEAST.replace("https://oai.example.org/oai", "feed.xml"), "source.no_local", ["url", "local"]),
        (
            LEAST.replace('"unknown"', '"CC-BY-4.0"'),
            "config.invalid",
            ["licence", "creativecommons.org/licenses/by/4.0"],
        ),
        (TABLE.replace('identity.key = ["id"]', ""), "config.missing_key", ["identity.key"]),
        (TABLE.replace('columns.title = "Title"', ""), "config.missing_key", ["columns"]),
        (TABLE + "columns.titel = 'T'\n", "config.unknown_key", ["columns.titel", 'did you mean "title"?']),
        (TABLE + "columns.ects = {frm = 'E'}\n", "config.unknown_key", ["columns.ects.frm", 'did you mean "from"?']),
        (TABLE + "columns.ects = {from = 'E', lookup = 'x'}\n", "config.invalid", ["columns.ects.lookup"]),
        (TABLE + "columns.ects = 3\n", "config.invalid", ["columns.ects"]),
        (TABLE + "defaults.contry = 'NO'\n", "config.unknown_key", ["defaults.contry", 'did you mean "country"?']),
    ],
)
def test_what_is_wrong_is_said_with_file_and_key(config: Path, text: str, code: str, parts: list[str]) -> None:
    error = failure(config, text)
    assert error.code == code
    for part in parts:
        assert part in error.sentence
    assert "\n" not in error.sentence


@pytest.mark.parametrize(
    "text",
    [
        "[auth]\ntype = 'bearer'\ntoken = 'hunter22'\n",
        "[auth]\ntype = 'basic'\nusername = 'me'\npassword = 'hunter22'\n",
        "[fetch]\napi_key = 'hunter22'\n",
        "[fetch.headers]\nX-Api-Key = 'hunter22'\n",
        "[fetch.headers]\nAuthorization = 'Bearer hunter22'\n",
        "[fetch]\nstart = 'https://me:hunter22@example.org/'\n",
        "[fetch]\npages = ['https://example.org/?api_key=hunter22']\n",
    ],
)
def test_a_secret_written_out_is_refused_and_not_repeated(config: Path, text: str) -> None:
    error = failure(config, LEAST + text)
    assert error.code == "config.literal_secret"
    assert "hunter22" not in error.sentence


def test_words_that_only_look_like_secrets_pass(config: Path) -> None:
    text = "[fetch]\nnext_token = 'meta.next'\nstart = 'https://example.org/?resumptionToken=abc'\n"
    assert load(config, LEAST + text).fetch["next_token"] == "meta.next"
    assert load(config, TABLE + "columns.description = 'secret'\n[lookups.password]\nsecret = 'x'\n").lookups


@pytest.mark.parametrize(
    ("auth", "header", "value"),
    [
        ("type = 'bearer'\ntoken = 'env:T'", "Authorization", "Bearer hunter22"),
        ("type = 'header'\nheader = 'X-Key'\ntoken = 'env:T'", "X-Key", "hunter22"),
        ("type = 'basic'\nusername = 'me'\npassword = 'env:T'", "Authorization", "Basic bWU6aHVudGVyMjI="),
    ],
)
def test_references_become_headers(config: Path, auth: str, header: str, value: str) -> None:
    source = load(config, f"{LEAST}[auth]\n{auth}\n")
    headers = resolve_auth(source, {"T": "hunter22"})
    assert {name: secret.reveal() for name, secret in headers.items()} == {header: value}
    assert "hunter22" not in repr(headers)
    with pytest.raises(ConfigError, match="T is not set") as caught:
        resolve_auth(source, {})
    assert caught.value.code == "config.missing_secret"


def test_a_secret_file_is_read_and_must_be_one_line(config: Path) -> None:
    secret = put(config, "hunter22\n", "secret")
    source = load(config, f"{LEAST}[auth]\ntype = 'bearer'\ntoken = 'file:{secret}'\n")
    assert resolve_auth(source, {})["Authorization"].reveal() == "Bearer hunter22"
    secret.write_text("hunter22\r\nX-Evil: 1", encoding="utf-8")
    with pytest.raises(ConfigError, match="control characters"):
        resolve_auth(source, {})
    assert resolve_auth(load(config, LEAST), {}) == {}


@pytest.mark.parametrize(
    ("licence", "redistribute", "derive"),
    [
        ("http://creativecommons.org/licenses/by/4.0", "yes", "yes"),
        ("https://www.creativecommons.org/publicdomain/zero/1.0/deed.de", "yes", "yes"),
        ("https://creativecommons.org/licenses/by-nd/4.0/", "yes", "no"),
        ("https://creativecommons.org/licenses/by-nc/4.0/", "unknown", "unknown"),
        ("https://creativecommons.org/licenses/by-nc-nd/4.0/", "unknown", "unknown"),
        ("https://www.govdata.de/dl-de/by-2-0", "yes", "yes"),
        ("http://publications.europa.eu/resource/authority/licence/CC_BYSA_4_0", "yes", "yes"),
        ("https://example.org/terms", "unknown", "unknown"),
        ("unknown", "unknown", "unknown"),
    ],
)
def test_an_open_licence_implies_what_it_allows(config: Path, licence: str, redistribute: str, derive: str) -> None:
    source = load(config, LEAST.replace('licence = "unknown"', f'licence = "{licence}"'))
    assert (source.redistribute, source.derive) == (redistribute, derive)


def test_what_the_file_says_stands_above_what_a_licence_implies(config: Path) -> None:
    text = LEAST.replace('"unknown"', '"https://creativecommons.org/licenses/by/4.0/"') + 'redistribute = "no"\n'
    source = load(config, text)
    assert (source.redistribute, source.derive) == ("no", "yes")
    assert grant_of("https://evil.example/creativecommons.org/licenses/by/4.0/") is None


@pytest.mark.parametrize(
    ("line", "good"),
    [
        ("17 2 * * sun", True),
        ("*/15 0-6,22 1 jan-mar mon-fri", True),
        ("0 0 * * *", True),
        ("17 2 * * 0", False),
        ("17 2 * * 1-5", False),
        ("17 2 * *", False),
        ("@daily", False),
        ("60 2 * * *", False),
        ("5-1 2 * * *", False),
        ("*/0 2 * * *", False),
        ("0 0 L * *", False),
        ("0 0 * * mon#1", False),
    ],
)
def test_cron_lines_mean_one_thing(config: Path, line: str, good: bool) -> None:
    text = f"{LEAST}[schedule]\ncron = '{line}'\n"
    if good:
        schedule = load(config, text).schedule
        assert (schedule.cron, schedule.every) == (line, None)
    else:
        assert "schedule.cron" in failure(config, text).sentence


def test_each_value_names_its_origin(config: Path) -> None:
    put(config, "[network]\nrate_per_s = 9.0\nattempts = 2\n[schedule]\nevery = 'PT6H'\n", "microharvest.toml")
    put(config, "country = 'NO'\n[network]\nattempts = 3\nallow = ['local']\n", "sources/defaults.toml")
    put(config, "authority = 'national'\n", "sources/north/defaults.toml")
    put(config, LEAST + "[network]\nconcurrency = 7\n", "sources/north/feed.toml")
    put(config, "[sources.feed]\ncountry = 'SE'\n[log]\nlevel = 'debug'\n", "local.toml")
    environ = {"MICROHARVEST_NETWORK__DEADLINE_S": "5"}
    rows = {row.key: row for row in effective("feed", config, environ)}
    expected = {
        "network.rate_per_s": (9.0, "microharvest.toml"),
        "network.attempts": (3, "sources/defaults.toml"),
        "network.concurrency": (7, "sources/north/feed.toml"),
        "authority": ("national", "sources/north/defaults.toml"),
        "country": ("SE", "local.toml"),
    }
    for key, (value, origin) in expected.items():
        assert rows[key] == Effective(key, value, str(config / origin))
    assert rows["network.deadline_s"] == Effective(
        "network.deadline_s", 5.0, "environment MICROHARVEST_NETWORK__DEADLINE_S"
    )
    assert rows["withdraw.runs"].origin == "built-in default"
    source = load_sources(config, environ)["feed"]
    assert source.schedule.every is not None
    assert source.schedule.every.total_seconds() == 6 * 3600


def test_a_cron_line_replaces_an_inherited_interval_and_the_other_way_round(config: Path) -> None:
    put(config, "[schedule]\nevery = 'PT6H'\n", "microharvest.toml")
    assert load(config, LEAST + "[schedule]\ncron = '0 2 * * *'\n").schedule.every is None
    put(config, "[schedule]\ncron = '0 2 * * *'\n", "sources/defaults.toml")
    assert load(config, LEAST + "[schedule]\nevery = 'PT1H'\n").schedule.cron is None


def test_a_wrong_value_is_laid_at_the_door_of_its_own_file(config: Path) -> None:
    defaults = put(config, "[network]\nattempts = 'many'\n", "sources/defaults.toml")
    put(config, LEAST)
    with pytest.raises(ConfigError, match=re.escape(f"{defaults}: network.attempts")):
        load_sources(config, {})


def test_one_broken_file_need_not_stop_the_others(config: Path) -> None:
    put(config, LEAST)
    put(config, "title = 3\n", "sources/bad.toml")
    broken: dict[str, ConfigError] = {}
    assert list(load_sources(config, {}, broken)) == ["feed"]
    assert list(broken) == ["bad"]
    with pytest.raises(ConfigError):
        load_sources(config, {})


def test_ids_are_file_names_and_unique(config: Path) -> None:
    put(config, LEAST, "sources/Feed One.toml")
    with pytest.raises(ConfigError, match="source id"):
        load_sources(config, {})
    (config / "sources" / "Feed One.toml").unlink()
    put(config, LEAST, "sources/a/feed.toml")
    put(config, LEAST, "sources/b/feed.toml")
    with pytest.raises(ConfigError, match="has it already"):
        load_sources(config, {})


def test_unknown_sources_are_named(config: Path) -> None:
    put(config, LEAST)
    with pytest.raises(ConfigError, match='did you mean "feed"') as caught:
        effective("fead", config, {})
    assert caught.value.code == "config.unknown_source"
    put(config, "[sources.fede]\ncountry = 'SE'\n", "local.toml")
    with pytest.raises(ConfigError, match="fede"):
        load_sources(config, {})


def test_a_path_is_meant_from_the_file_it_stands_in(config: Path, tmp_path: Path) -> None:
    text = LEAST.replace("https://oai.example.org/oai", "../feeds/åpne kurs.xml") + "[network]\nallow = ['local']\n"
    source = load_source(put(config, text), config, {})
    assert source.url.startswith("file:///")
    assert source.local_path is not None
    assert source.local_path.resolve() == (tmp_path / "feeds" / "åpne kurs.xml").resolve()
    assert load(config, LEAST).local_path is None


class Options(msgspec.Struct, frozen=True, kw_only=True):
    sets: tuple[str, ...] = ()
    page_size: int = 100


def test_protocol_options_are_checked_like_everything_else(config: Path) -> None:
    source = load(config, LEAST + "[fetch]\nsets = ['a']\n")
    assert convert_options(source.fetch, Options, "feed") == Options(sets=("a",))
    with pytest.raises(ConfigError, match=r'fetch\.set: .*did you mean "sets"'):
        convert_options({"set": ["a"]}, Options, "feed")
    with pytest.raises(ConfigError, match=r"fetch\.page_size: expected a whole number"):
        convert_options({"page_size": "many"}, Options, "feed")


def test_hashes_change_with_what_they_stand_for_and_nothing_else(config: Path) -> None:
    base = load(config, LEAST)
    again = load(config, LEAST + "[schedule]\njitter_s = 1\n")
    assert (options_hash(base), mapping_hash(base)) == (options_hash(again), mapping_hash(again))
    fetched = load(config, LEAST + "[fetch]\nsets = ['a']\n")
    assert options_hash(fetched) != options_hash(base)
    assert mapping_hash(fetched) == mapping_hash(base)
    mapped = load(config, LEAST + "[defaults]\nprovider = 'X'\n")
    assert options_hash(mapped) == options_hash(base)
    assert mapping_hash(mapped) != mapping_hash(base)
    ids = load(config, LEAST + "[identity]\nkey = ['url']\n")
    assert options_hash(ids) != options_hash(base)
    assert mapping_hash(ids) != mapping_hash(base)


def test_columns_name_fields_the_dialect_knows() -> None:
    from microharvest.connectors.dialects.columns.mapping import COLUMN_FIELDS as READ

    assert set(COLUMN_FIELDS) <= READ
    readme = (connector_folder("dialect", "columns") / "README.md").read_text(encoding="utf-8")
    assert {name for name in COLUMN_FIELDS if f"`{name}`" not in readme} == set()


def test_the_long_form_of_a_column_is_what_the_dialect_reads() -> None:
    """Source files are checked here, before a dialect is loaded; both must know the same keys."""
    from microharvest.connectors.dialects.columns.mapping import Column as Read  # type: ignore[import-not-found]

    assert set(Column.__struct_encode_fields__) == set(Read.__struct_encode_fields__)
