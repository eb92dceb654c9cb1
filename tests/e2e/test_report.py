"""The report as a browser gets it: one file that asks for nothing, and no feed's markup in it."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from html.parser import HTMLParser

import pytest

from microharvest.demo import run_demo
from microharvest.demo.facts import Facts
from microharvest.demo.page import render

LOADING = {"src", "srcset", "poster", "data", "background", "action", "formaction", "ping", "manifest", "xlink:href"}
ALLOWED = {
    *("html", "head", "meta", "title", "style", "body", "header", "nav", "main", "section", "footer", "div", "span"),
    *("p", "h1", "h2", "h3", "b", "i", "s", "q", "br", "a", "ul", "ol", "li", "dl", "dt", "dd", "code"),
    *("table", "thead", "tbody", "tr", "th", "td", "svg", "path", "rect", "text"),
}


class Page(HTMLParser):
    """Every tag and attribute, the style sheet, and the text outside of it."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.style = self.text = ""
        self.ids: list[str] = []
        self._in_style = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._in_style = tag == "style"
        self.ids += [value for name, value in attrs if name == "id" and value]

    def handle_endtag(self, tag: str) -> None:
        self._in_style = self._in_style and tag != "style"

    def handle_data(self, data: str) -> None:
        if self._in_style:
            self.style += data
        else:
            self.text += data


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("report")
    run_demo(folder, None, environ={"MICROHARVEST_HARVEST__INLINE": "true"})
    return (folder / "demo" / "report.html").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def page(source: str) -> Page:
    return Page(source)


def test_nothing_is_loaded_from_anywhere(page: Page) -> None:
    for tag, attributes in page.tags:
        assert not LOADING & attributes.keys(), (tag, attributes)
        for name, value in attributes.items():
            assert "url(" not in (value or ""), (tag, name)
        if "href" in attributes:
            assert tag == "a"
            assert (attributes["href"] or "").startswith("#")
    assert "@import" not in page.style
    assert "url(" not in page.style
    policy = next(one for tag, one in page.tags if tag == "meta" and one.get("http-equiv") == "Content-Security-Policy")
    assert policy["content"] == "default-src 'none'; style-src 'unsafe-inline'"


def test_a_feeds_markup_is_text(page: Page, source: str) -> None:
    """One title of a feed holds a script, one description an image with a handler."""
    assert {tag for tag, _ in page.tags} <= ALLOWED
    assert not [name for _, attributes in page.tags for name in attributes if name.startswith("on")]
    assert "<script>alert('feed')</script>" in page.text
    assert "&lt;script&gt;alert(&#39;feed&#39;)&lt;/script&gt;" in source


def test_the_sections_people_look_for_are_there(page: Page) -> None:
    targets = [(one["href"] or "")[1:] for tag, one in page.tags if tag == "a"]
    assert len(targets) == 10
    assert set(targets) <= set(page.ids)
    assert len(set(page.ids)) == len(page.ids)
    for said in (
        "Foundations of AI for small companies", "fi-saimaanranta", "fi-register", "skills-hub",
        "180120", "credits.out_of_range", "The answer is an HTML page.", "source.not_a_feed",
        "The titles name different levels, parts, modules or numbers.",
        "One source gives the key to offers with different codes.", "redistribute", "microharvest explain mh-",
    ):  # fmt: skip
        assert said in page.text, said


def test_figures_agree_with_each_other(page: Page) -> None:
    found = re.search(r"(\d+) sources delivered (\d+) records\. (\d+) of them are offers, (\d+) once", page.text)
    assert found is not None
    sources, delivered, offers, clusters = map(int, found.groups())
    assert (sources, offers) == (8, 85)
    assert delivered > offers > clusters
    label = next(one["aria-label"] or "" for tag, one in page.tags if tag == "svg")
    assert label.startswith(f"Delivered {delivered}, accepted {offers}, offers {offers}, clusters {clusters}, ")


def test_the_page_fits_a_telephone_and_paper(page: Page) -> None:
    viewport = next(one for tag, one in page.tags if tag == "meta" and one.get("name") == "viewport")
    assert "width=device-width" in (viewport["content"] or "")
    for rule in ("prefers-color-scheme: dark", "max-width: 760px", "@media print"):
        assert rule in page.style


def test_a_page_of_an_empty_store_is_a_page() -> None:
    text = render(Facts(at=datetime(2026, 1, 1, tzinfo=UTC)), [])
    page = Page(text)
    for said in (
        "No source was harvested yet.",
        "No offers yet.",
        "Every value could be read.",
        "Nothing was left unread.",
    ):
        assert said in page.text
