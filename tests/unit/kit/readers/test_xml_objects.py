"""Documents larger than memory: linked objects give the same records from disk, selected elements stream past."""

from __future__ import annotations

import io
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from microharvest.connectors.dialects.elm.mapping import Mapping

from microharvest.kit import DialectSettings, Document
from microharvest.kit.readers import Pull, SpilledObjects, Unreadable, read_tree, xml_objects
from microharvest.kit.readers import xml as xml_reader
from microharvest.kit.record import Names, XmlRecord
from tests.bench.large import write_loq

ROOT = Path(__file__).resolve().parents[4]
LOQ = "http://data.europa.eu/snb/model/ap/loq-constraints/"


def records(document: Document) -> list[tuple[str | None, bytes]]:
    return [(record.native_id, record.raw) for record in Mapping(DialectSettings()).cut(document)]


def both(content: bytes) -> tuple[list[Any], list[Any]]:
    """The records of a document, from its tree and from spilled objects."""
    whole = records(Document(xml=read_tree(content)))
    with SpilledObjects(io.BytesIO(content)) as objects:
        return whole, records(Document(objects=objects))


@pytest.mark.parametrize("name", ["national.xml", "edition33.xml"])
def test_records_have_the_same_bytes_from_disk(name: str) -> None:
    whole, spilled = both((ROOT / "connectors" / "dialects" / "elm" / "samples" / name).read_bytes())
    assert whole == spilled
    assert whole


@pytest.mark.parametrize("above", [0, 70_000])
def test_objects_from_disk_stand_on_the_lines_of_the_document(monkeypatch: pytest.MonkeyPatch, above: int) -> None:
    monkeypatch.setattr(xml_objects, "_CHUNK", 17)
    made = (
        f"<l:Courses xmlns:l='{LOQ}'>{chr(10) * above}<l:s>\n<l:a id='1'\n x='2'>\n<!--\n\n--><l:b><l:c/></l:b>\n"
        "<l:d>\r\ntext\n</l:d><?p\n?><l:e/>\n</l:a>\n\n<l:a id='2'/>\n</l:s></l:Courses>"
    ).encode()
    whole = [one for one in read_tree(made).iter() if one.tag.endswith("}a")]
    lines = [[XmlRecord(part, Names(), native_id=None).line for part in one.iter()] for one in whole]
    with SpilledObjects(io.BytesIO(made)) as objects:
        spilled = [objects.at(position) for position in objects.positions(lambda tag: tag.endswith("}a"))]
        assert [[XmlRecord(part, Names(), native_id=None).line for part in one.iter()] for one in spilled] == lines
    assert [part[0] for part in lines] == ([None, None] if above else [3, 13])


LEARNER = "<l:learningAchievementSpecification id='x'><l:title>Some One</l:title></l:learningAchievementSpecification>"


@pytest.mark.parametrize(
    "body",
    [
        f"<l:credentialSubject id='s'>{LEARNER}</l:credentialSubject>",
        f"<l:credentialSubject>{LEARNER}</l:credentialSubject>",
        f"<l:list>{LEARNER}<l:a id='a'><l:b><credentialSubject\txmlns='urn:x'/></l:b></l:a></l:list>",
        f"<l:list>{LEARNER}</l:list><l:list><l:link idref='x'><l:learner/></l:link></l:list>",
        f"<l:verifiableCredential/>{LEARNER}",
    ],
)
@pytest.mark.parametrize("chunk", [17, 65_536])
def test_a_credential_of_any_size_is_refused(monkeypatch: pytest.MonkeyPatch, body: str, chunk: int) -> None:
    monkeypatch.setattr(xml_objects, "_CHUNK", chunk)
    whole, spilled = both(f"<l:europeanX xmlns:l='{LOQ}'>{body}</l:europeanX>".encode())
    assert [raw for _, raw in whole] == [raw for _, raw in spilled] == [b'{"@type":"VerifiableCredential"}']


@pytest.mark.parametrize("chunk", [17, 65_536])
def test_words_about_learners_are_no_credential(monkeypatch: pytest.MonkeyPatch, chunk: int) -> None:
    monkeypatch.setattr(xml_objects, "_CHUNK", chunk)
    text = LEARNER.replace("Some One", "<![CDATA[<learner/>]]> &lt;learner&gt;<l:learners a='&lt;learner>'/>")
    whole, spilled = both(f"<l:X xmlns:l='{LOQ}'><l:list>{text}<!-- <learner/> --></l:list></l:X>".encode())
    assert whole == spilled
    assert [native_id for native_id, _ in whole] == ["x"]


@pytest.mark.shared
def test_the_loq_sample_has_the_same_records_from_disk(shared: Path) -> None:
    whole, spilled = both((shared / "feeds" / "elm" / "loq.xml").read_bytes())
    assert (len(whole), whole) == (2, spilled)


def test_every_way_to_be_linked_gives_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xml_objects, "_CHUNK", 17)  # the parser stops within every object
    monkeypatch.setattr(xml_objects, "_CACHED", 1)
    content = (
        f'<l:Courses xmlns:l="{LOQ}" xmlns:x="urn:x"><l:s>text<l:qualification id="q1"><l:title>A</l:title>'
        '<l:learningOutcome idref="o1"/><l:learningOutcome idref="inner"/><x:extra>1</x:extra></l:qualification>'
        '<l:qualification id="q2"/>tail<l:qualification id="q1"><l:title>again</l:title></l:qualification>'
        '<l:qualification/></l:s><l:learningOpportunity id="p0"><l:learningAchievementSpecification idref="q2"/>'
        '</l:learningOpportunity><l:s><l:learningOpportunity id="p1"><l:providedBy idref="org"/>'
        '<l:learningAchievementSpecification idref="q1"/></l:learningOpportunity><l:learningOpportunity id="p2">'
        '<l:learningAchievementSpecification idref="q1"/></l:learningOpportunity><l:learningOpportunity id="p3">'
        '<l:learningAchievementSpecification idref="gone"/></l:learningOpportunity></l:s><l:s/>'
        '<l:s><l:learningOutcome id="o1"><l:title>é</l:title><l:learningOutcome id="inner"/></l:learningOutcome>'
        '<l:organisation id="org"><l:location idref="place"/></l:organisation><l:location id="place"/></l:s>'
        "</l:Courses>"
    ).encode()
    whole, spilled = both(content)
    assert [key for key, _ in whole] == ["q1", "q2", "q1", None, "p3"]
    assert whole == spilled


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (f'<Courses xmlns="{LOQ}"><s><qualification id="a"/>', "source.cut"),
        (f'<Courses xmlns="{LOQ}"><s><qualification id="a"></s></Courses>', "source.protocol"),
        ('<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>', "source.protocol"),
        ("no xml", "source.protocol"),
    ],
)
def test_nothing_is_given_of_a_document_that_is_not_whole(content: str, code: str) -> None:
    with pytest.raises(Unreadable) as caught:
        SpilledObjects(io.BytesIO(content.encode()))
    assert caught.value.code == code


def test_an_endless_object_and_endless_kinds_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xml_objects, "MAX_OBJECT_BYTES", 300_000)
    monkeypatch.setattr(xml_objects, "_CHUNK", 65_536)
    monkeypatch.setattr(xml_objects, "MAX_TAGS", 100)
    for content, code in (
        ("<a><s><o>" + "<x/>" * 200_000 + "</o></s></a>", "source.too_large"),
        ("<a><s>" + "".join(f"<o{number}/>" for number in range(101)) + "</s></a>", "source.protocol"),
    ):
        with pytest.raises(Unreadable) as caught:
            SpilledObjects(io.BytesIO(content.encode()))
        assert caught.value.code == code


def test_a_tree_is_made_of_what_is_not_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    with SpilledObjects(io.BytesIO(b'<a><s><o id="1"/></s></a>')) as objects:
        assert objects.tree().tag == "a"
        monkeypatch.setattr(xml_objects, "MAX_WHOLE_BYTES", 10)
        with pytest.raises(Unreadable, match="select"):
            objects.tree()


def peak_of(work: Iterator[Any]) -> int:
    """Bytes that Python holds at most; libxml2's own memory shows in the elements still in the tree."""
    tracemalloc.start()
    try:
        for _ in work:
            pass
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_twenty_megabytes_of_linked_xml_take_little_memory(tmp_path: Path) -> None:
    source = tmp_path / "large.xml"
    write_loq(source, 4000, 6000)
    assert source.stat().st_size > 20_000_000
    count = 0

    def cut() -> Iterator[Any]:
        nonlocal count
        with source.open("rb") as stream, SpilledObjects(stream) as objects:
            for record in Mapping(DialectSettings()).cut(Document(objects=objects)):
                count += 1
                yield record

    assert peak_of(cut()) < 8_000_000
    assert count == 4000


def left_in_tree(root: Any) -> int:
    return sum(1 for _ in root.iter())


@pytest.mark.parametrize("name", ["course", "absent"])
def test_what_lies_between_selected_elements_does_not_pile_up(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xml_reader, "MAX_IDLE_BYTES", 500_000)
    provider = "<provider><title>P{0}</title>" + "<course id='{0}'><t/></course><venue/><venue/>" * 3 + "</provider>"
    content = "<r>" + "".join(provider.format(number) for number in range(20_000)) + "</r>"
    pull = Pull(io.BytesIO(content.encode()), name, keep_rest=False)
    most = seen = 0
    for batch in pull.batches():
        for course in batch:
            assert course.getparent().findtext("title") == f"P{course.get('id')}"  # what stands before is left
        seen += len(batch)
        most = max(most, left_in_tree(pull.root))
    assert seen == (60_000 if name == "course" else 0)
    assert max(most, left_in_tree(pull.root)) < 60_000  # of 360,000


def test_what_stands_before_is_left_however_far_apart_the_elements_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xml_reader, "MAX_IDLE_BYTES", 100_000)
    far = "<venue/>" * 40_000
    content = f"<r><p><title>P</title><c/>{far}<c/>{far}</p>{far}<p><title>Q</title><c/>{far}<c/></p></r>"
    titles = [
        element.getparent().findtext("title")
        for batch in Pull(io.BytesIO(content.encode()), "c", keep_rest=False).batches()
        for element in batch
    ]
    assert titles == ["P", "P", "Q", "Q"]


def test_an_element_that_never_ends_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xml_reader, "MAX_IDLE_BYTES", 100_000)
    monkeypatch.setattr(xml_reader, "MAX_ELEMENT_BYTES", 400_000)
    content = "<r><c><n/></c><c>" + "<x/>" * 200_000 + "</c></r>"
    with pytest.raises(Unreadable) as caught:
        list(Pull(io.BytesIO(content.encode()), "c", keep_rest=False).batches())
    assert caught.value.code == "source.too_large"


def test_elements_larger_than_the_pause_are_given_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xml_reader, "MAX_IDLE_BYTES", 100_000)
    one = "<c>" + "<x/>" * 60_000 + "</c>"
    pull = Pull(io.BytesIO(f"<r><y/>{one}<y/>{one}</r>".encode()), "c", keep_rest=False)
    assert [len(element) for batch in pull.batches() for element in batch] == [60_000, 60_000]
