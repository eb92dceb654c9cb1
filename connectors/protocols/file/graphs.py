"""RDF in any syntax: the whole graph as one document."""

from __future__ import annotations

from collections.abc import Iterator

from microharvest.connectors.protocols.file.options import Options  # found by a path hook
from microharvest.connectors.protocols.file.plain import Plain

from microharvest.kit import Batch, Document, Evidence, Finding
from microharvest.kit.readers import MAX_RDF_BYTES, find_syntax, read_rdf

__all__ = ["read_graph"]


def read_graph(plain: Plain, options: Options) -> Iterator[Batch]:
    """One `kit.readers.Flattened`. Turtle does not prove its end."""
    content = plain.stream.read(MAX_RDF_BYTES + 1)
    syntax = find_syntax(content[:4096], plain.extension, plain.media_type) or "turtle"
    graph, findings = read_rdf(content, syntax, plain.url)
    unknown = [Finding(code="feed.unknown_context", detail=address[:200]) for address in graph.get("@context", ())]
    evidence = Evidence(ended=True, closed=syntax in ("rdfxml", "jsonld"))
    yield Batch(documents=(Document(value=graph, url=plain.url),), findings=(*findings, *unknown), evidence=evidence)
