"""Why a cluster is what it is: members, the keys that join them, blocked merges, the golden record's origin."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import json

from microharvest.errors import RunError
from microharvest.link.clustering import partition
from microharvest.link.keys import guard_of
from microharvest.link.neighbourhood import read_neighbourhood
from microharvest.store import links
from microharvest.store.database import Database

__all__ = ["explain_cluster"]


def explain_cluster(database: Database, cluster_id: str) -> dict[str, Any]:
    """{id, state, redirects, members, shared_keys, silenced_keys, blocked, golden, provenance}.

    `shared_keys`: keys that two or more members carry; `silenced_keys`: keys of members that join nobody, and why (a
    code of GUARDS); `blocked`: merges a conflict prevented (a code of CONFLICTS). Raises RunError
    `command.unknown_id`.
    """
    with database.read() as connection:
        state = links.cluster_states(connection, [cluster_id]).get(cluster_id)
        if state is None:
            raise RunError("command.unknown_id", f"There is no cluster {cluster_id}.")
        members = sorted(links.members_in(connection, [cluster_id]))
        around = read_neighbourhood(connection, members)
        redirects = links.redirects_of(connection, [cluster_id])
        golden = links.golden_of(connection, [cluster_id]).get(cluster_id)
        statuses = {(row.source, row.native_id): row.status for row in links.heads_of(connection, members)}
    own = set(members)
    shared, silenced = [], []
    for (kind, value), block in sorted(around.blocks.items()):
        carriers = sorted(facts.identity for facts in block if facts.identity in own)
        reason = guard_of(kind, value, block) if len(block) > 1 else None
        if carriers and reason is not None:
            silenced.append({"kind": kind, "value": value, "reason": reason, "records": len(block)})
        elif len(carriers) > 1:
            shared.append({"kind": kind, "value": value, "members": [list(one) for one in carriers]})
    said = list(around.assertions)
    found = partition([head.facts for head in around.records.values()], around.blocks, said)
    blocked = [one for one in found.blocked if one.one in own or one.other in own]
    return {
        "id": cluster_id,
        "state": state,
        "redirects": [{"old_id": row.old_id, "new_id": row.new_id, "reason": row.reason} for row in redirects],
        "members": [
            {"source": one[0], "native_id": one[1], "status": statuses.get(one, "forgotten")} for one in members
        ],
        "shared_keys": shared,
        "silenced_keys": silenced,
        "blocked": msgspec.to_builtins(blocked),
        "golden": json.decode(golden.doc) if golden is not None else None,
        "provenance": json.decode(golden.provenance) if golden is not None else None,
    }
