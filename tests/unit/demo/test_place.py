"""Where the demo stands: feeds belong to the visitor, source files follow the port."""

from __future__ import annotations

from pathlib import Path

from microharvest.demo.place import Place
from microharvest.sources import load_sources

BASE = "http://127.0.0.1:40321"


def test_feeds_are_copied_once_and_then_left_alone(tmp_path: Path) -> None:
    place = Place(tmp_path)
    place.prepare()
    feed = place.feeds / "hub" / "offers.jsonl"
    feed.write_text("{}\n", encoding="utf-8")
    place.prepare()
    assert feed.read_text(encoding="utf-8") == "{}\n"


def test_source_files_follow_the_port_and_others_stay(tmp_path: Path) -> None:
    place = Place(tmp_path)
    place.prepare()
    assert place.port == 0
    mine = place.config / "sources" / "mine.toml"
    mine.write_text("# mine\n", encoding="utf-8")
    ids = place.write_sources(BASE, place.source_files())
    assert place.port == 40321
    place.write_sources("http://127.0.0.1:40322", place.source_files())
    assert place.port == 40322
    assert mine.read_text(encoding="utf-8") == "# mine\n"
    mine.unlink()
    assert set(load_sources(place.config, {})) == set(ids)


def test_every_source_file_can_be_read(tmp_path: Path) -> None:
    for real in (None, tmp_path):
        place = Place(tmp_path / str(real is None), real)
        place.prepare()
        ids = place.write_sources(BASE, place.source_files())
        sources = load_sources(place.config, {})
        assert set(sources) == set(ids)
        assert all(source.network.allow == ("127.0.0.0/8",) for source in sources.values())
        assert all(source.url.startswith(f"{BASE}/") for source in sources.values())


def test_the_sitemap_names_the_server(tmp_path: Path) -> None:
    place = Place(tmp_path)
    place.prepare()
    listed = place.sitemap(BASE).decode()
    assert f"<loc>{BASE}/site/formations/eco-conception.html</loc>" in listed
    assert "@FEEDS@" not in listed
