"""`vocab` on both databases: editions side by side, wholly imported or not at all, and what they say of links."""

from __future__ import annotations

import zipfile
from collections import Counter
from pathlib import Path
from typing import Any

import msgspec
import pytest

from microharvest.cli import main
from microharvest.store.vocabularies import newest_first
from tests.conftest import SHARED

VOCABULARIES = SHARED / "vocab"
SKILL = "http://data.europa.eu/esco/skill/"
OLD, KEPT, NEW = SKILL + "0001-old", SKILL + "0002-kept", SKILL + "0003-new"
HEAD = "conceptType,conceptUri,preferredLabel,altLabels,status\n"
SOURCE = """
title = "Courses"
protocol = "file"
dialect = "columns"
url = "{url}"
licence = "https://creativecommons.org/licenses/by/4.0/"
languages = ["en"]
[network]
allow = ["local"]
[identity]
key = ["id"]
[columns]
title = "title"
skills = "skill"
"""


class Desk:
    """The command line over one store, and files to import."""

    def __init__(self, folder: Path, store: str, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder, self._store, self._capsys = folder, store, capsys
        self.config = folder / "config"
        (self.config / "sources").mkdir(parents=True)
        (self.config / "microharvest.toml").write_text("[harvest]\ninline = true\n", encoding="utf-8")
        assert main(["init", *self._place()]) == 0

    def _place(self) -> list[str]:
        return ["--config", str(self.config), "--store", self._store]

    def file(self, name: str, *uris: str, label: str = "skill") -> str:
        """A file of skills, each with a label."""
        rows = "".join(f"KnowledgeSkillCompetence,{uri},{label} {uri[-4:]},,released\n" for uri in uris)
        path = self.folder / name
        path.write_text(HEAD + rows, encoding="utf-8")
        return str(path)

    def run(self, *words: str) -> tuple[int, list[Any]]:
        """Exit status and JSON lines."""
        self._capsys.readouterr()
        status = main([*words, *self._place(), "--json"])
        return status, [msgspec.json.decode(line) for line in self._capsys.readouterr().out.splitlines()]

    def said(self, *words: str) -> str:
        """What people read."""
        self._capsys.readouterr()
        main([*words, *self._place()])
        return self._capsys.readouterr().out

    def editions(self) -> dict[str, Any]:
        return {one["edition"]: one for one in self.run("vocab", "list")[1]}


@pytest.fixture
def desk(tmp_path: Path, store_url: str, capsys: pytest.CaptureFixture[str]) -> Desk:
    return Desk(tmp_path, store_url, capsys)


def test_two_editions_stand_side_by_side(desk: Desk) -> None:
    assert desk.run("vocab", "import", "esco-skills", desk.file("skills_v1.0_en.csv", OLD, KEPT))[0] == 0
    assert desk.run("vocab", "import", "esco-skills", desk.file("skills_v1.2.0_en.csv", KEPT, NEW))[0] == 0
    found = desk.editions()
    assert [(one["concepts"], one["languages"]) for one in found.values()] == [(2, {"en": 2}), (2, {"en": 2})]
    status, lines = desk.run("vocab", "diff", "esco-skills", "1.0", "1.2.0")
    assert status == 0
    assert [(line["what"], line["uri"], line["name"]) for line in lines] == [
        ("withdrawn", OLD, "skill -old"),
        ("added", NEW, "skill -new"),
    ]
    assert "1 withdrawn" in desk.said("vocab", "diff", "esco-skills", "1.0", "1.2.0")


def test_another_language_adds_names_and_the_same_file_nothing(desk: Desk) -> None:
    english = desk.file("skills_en.csv", OLD, KEPT)
    for number in range(2):
        _, (line,) = desk.run("vocab", "import", "esco-skills", english, "--edition", "1")
        assert line["new"] == (2 if number == 0 else 0)
    desk.run("vocab", "import", "esco-skills", desk.file("skills_fr.csv", OLD, KEPT, label="nom"), "--edition", "1")
    (one,) = desk.editions().values()
    assert (one["concepts"], one["languages"], len(one["files"])) == (2, {"en": 2, "fr": 2}, 2)


def test_a_file_with_less_takes_nothing_away(desk: Desk) -> None:
    desk.run("vocab", "import", "esco-skills", desk.file("skills_en.csv", KEPT), "--edition", "1")
    relations = desk.folder / "broaderRelations.csv"
    relations.write_text(f"conceptType,conceptUri,broaderUri\nSkillGroup,{KEPT},x\nSkillGroup,{NEW},x\n", "utf-8")
    desk.run("vocab", "import", "esco-skills", str(relations), "--edition", "1")
    (one,) = desk.editions().values()
    assert one["types"] == {"KnowledgeSkillCompetence": 1, "SkillGroup": 1}


def test_nothing_is_half_imported(desk: Desk) -> None:
    path = Path(desk.file("skills_en.csv", *(f"{SKILL}{number:04}" for number in range(7000))))
    with path.open("a", encoding="utf-8") as file:
        file.write("KnowledgeSkillCompetence,too,short\n")
    status, (line,) = desk.run("vocab", "import", "esco-skills", str(path), "--edition", "1")
    assert (status, line["error"]["code"]) == (2, "vocab.unreadable")
    assert "Line 7002 has 3 cells" in line["error"]["message"]
    assert desk.editions() == {}


def test_a_store_that_refuses_keeps_nothing(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("microharvest.commands.vocab.note_action", fail)
    assert desk.run("vocab", "import", "esco-skills", desk.file("skills_en.csv", KEPT), "--edition", "1")[0] == 130
    assert desk.editions() == {}


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["import", "esco-skils", "skills_en.csv"], "vocab.unknown_kind"),
        (["import", "esco-skills", "absent.csv", "--edition", "1"], "vocab.unreadable"),
        (["import", "esco-skills", "skills_en.csv"], "vocab.no_edition"),
        (["import", "esco-skills", "skills_en.csv", "--edition", "1", "--lang", "klingonese"], "command.invalid"),
        (["diff", "esco-skills", "1", "2"], "vocab.unknown_edition"),
    ],
)
def test_mistakes_have_codes(desk: Desk, words: list[str], code: str) -> None:
    desk.file("skills_en.csv", KEPT)
    words = [str(desk.folder / word) if word.endswith(".csv") else word for word in words]
    status, (line,) = desk.run("vocab", *words)
    assert (status, line["error"]["code"]) == (2, code)


def test_links_carry_their_edition_and_withdrawn_ones_are_told(desk: Desk) -> None:
    linked = enumerate([OLD, KEPT, SKILL + "never", OLD], 1)
    rows = "".join(f"{number},Course {number},{uri}\n" for number, uri in linked)
    feed = desk.folder / "courses.csv"
    feed.write_text("id,title,skill\n" + rows, encoding="utf-8")
    (desk.config / "sources" / "courses.toml").write_text(SOURCE.format(url=feed.as_uri()), encoding="utf-8")
    assert desk.run("harvest", "courses")[0] == 0
    assert {line["edition"] for line in desk.run("vocab", "check")[1]} == {None}
    desk.run("vocab", "import", "esco-skills", desk.file("skills_en.csv", KEPT, NEW), "--edition", "1.10")
    desk.run("vocab", "import", "esco-skills", desk.file("skills_en.csv", OLD, KEPT), "--edition", "1.9")
    _, lines = desk.run("vocab", "check")
    assert [(line["uri"], line["edition"], line["code"], line["offers"]) for line in lines] == [
        (OLD, "1.9", "concept.withdrawn", 2),
        (KEPT, "1.10", None, 1),
        (SKILL + "never", None, "concept.unresolved", 1),
    ]
    assert "concept.withdrawn" in desk.said("vocab", "check")


def test_editions_are_ordered_by_number() -> None:
    assert newest_first(["1.9", "1.10", "x", "1.2.0"]) == ["1.10", "1.9", "1.2.0", "x"]


@pytest.mark.shared
@pytest.mark.skipif(not VOCABULARIES.is_dir(), reason="the real files do not stand beside the project")
def test_what_esco_withdrew_and_added(desk: Desk) -> None:
    for name in ("esco-1.0/skills_en-us.csv", "esco-1.2.0/broaderRelationsSkillPillar_en.csv"):
        assert desk.run("vocab", "import", "esco-skills", str(VOCABULARIES / name))[0] == 0
    _, lines = desk.run("vocab", "diff", "esco-skills", "1.0", "1.2.0")
    assert Counter((line["what"], line["type"]) for line in lines) == {
        ("withdrawn", "KnowledgeSkillCompetence"): 299,
        ("added", "KnowledgeSkillCompetence"): 753,
        ("added", "SkillGroup"): 416,
    }


ROR = (
    '[{"admin": {"created": {"date": "2018-11-14", "schema_version": "1.0"}, "last_modified": {"date": "2024-12-11", '
    '"schema_version": "2.1"}}, "domains": [], "established": 1900, "external_ids": [{"all": ["grid.1.a"], '
    '"preferred": null, "type": "grid"}], "id": "https://ror.org/00abc1234", "links": [{"type": "website", "value": '
    '"https://ex.example"}, {"type": "wikipedia", "value": "https://en.wikipedia.org/wiki/X"}], "locations": '
    '[{"geonames_details": {"continent_code": "EU", "continent_name": "Europe", "country_code": "FR", "country_name": '
    '"France", "country_subdivision_code": null, "lat": 45.7, "lng": 4.8, "name": "Lyon"}, "geonames_id": 2996944}], '
    '"names": [{"lang": null, "types": ["acronym"], "value": "UdE"}, {"lang": "en", "types": ["ror_display", "label"], '
    '"value": "Example University"}], "relationships": [], "status": "active", "types": ["education", "funder"]}]'
)


def dump(path: Path, *names: str) -> str:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in names:
            archive.writestr(name, ROR if "schema_v2" in name or "-2026" in name else '[{"id": "old"}]')
    return str(path)


@pytest.mark.parametrize(
    ("name", "members"),
    [
        ("v1.58-2024-12-11-ror-data.zip", ("ror-data.csv", "ror-data.json", "ror-data_schema_v2.csv",
                                           "ror-data_schema_v2.json")),
        ("v2.4-2026-03-02-ror-data.zip", ("v2.4-2026-03-02-ror-data.csv", "v2.4-2026-03-02-ror-data.json",
                                          "__MACOSX/._v2.4-2026-03-02-ror-data.json")),
    ],
)  # fmt: skip
def test_rors_dump_is_imported_as_it_is_given_out(desk: Desk, name: str, members: tuple[str, ...]) -> None:
    status, (said,) = desk.run("vocab", "import", "ror", dump(desk.folder / name, *members))
    assert (status, said["concepts"], said["edition"]) == (0, 1, name.partition("-")[0][1:])


def test_an_archive_of_several_tables_is_not_guessed_at(desk: Desk) -> None:
    status, _ = desk.run("vocab", "import", "ror", dump(desk.folder / "v1.0-x.zip", "a.json", "b.json"))
    assert status == 2
    (desk.folder / "v1.0-cut.zip").write_bytes(b"PK\x03\x04cut")
    assert desk.run("vocab", "import", "ror", str(desk.folder / "v1.0-cut.zip"))[0] == 2
