"""Normalisers, one noun a file: a source's word goes in, a value or a refusal with an issue code comes out.

Each returns a `Taken`; none raises on anything a feed may say; none guesses: what can be read in two ways is refused.
"""

from __future__ import annotations
