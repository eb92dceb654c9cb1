"""Coding: accepted offers held against the vocabularies and registers that were imported.

Mapping stays pure and knows no store; what depends on imported editions happens here, between map and link, and is
done again when an edition comes. Nothing a source said is taken away: a link stands beside its words.
"""
