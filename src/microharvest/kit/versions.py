"""Versions of the libraries the kit reads with, for `doctor`."""

from __future__ import annotations

from lxml import etree

__all__ = ["libxml2_version", "lxml_version"]


def libxml2_version() -> tuple[int, ...]:
    """The libxml2 in use, which may be newer or older than the one lxml was built with."""
    return tuple(etree.LIBXML_VERSION)


def lxml_version() -> tuple[int, ...]:
    """Major, minor, patch and build of lxml."""
    return tuple(etree.LXML_VERSION)
