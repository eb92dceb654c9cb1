"""How an OAI-PMH endpoint behaves: some forty questions, and pure functions over the recorded answers."""

from __future__ import annotations
