"""Moods of pages and tokens: what cannot be given, what is too much, too long or too late, what leads nowhere."""

from __future__ import annotations

from microharvest.testing.feed_server import Answer
from tests.moody_base import (
    HTML,
    POISON,
    Arguments,
    MoodyRepository,
    changed,
    days,
    error,
    later,
    lists,
    mood,
    token_of,
)

# --- pages that cannot be given


@mood
def poison_500(moody: MoodyRepository, arguments: Arguments, answer: Answer) -> Answer:
    """One record breaks every page it stands on, and GetRecord (datacite#941, MIT's harvester)."""
    poisoned = POISON.encode() + b"<" in answer.body and arguments["verb"] in {"ListRecords", "GetRecord"}
    return Answer(status=500, body=b"java.lang.NullPointerException") if poisoned else answer


@mood
def poison_cut(moody: MoodyRepository, arguments: Arguments, answer: Answer) -> Answer:
    """The answer ends within the record the server stumbles over (dataverse#8306)."""
    at = answer.body.find(POISON.encode() + b"<")
    if at < 0 or arguments["verb"] == "ListIdentifiers":
        return answer
    return Answer(headers=answer.headers, body=answer.body[: answer.body.index(b"<metadata>", at) + 10])


@mood
def poison_in_lists_only(moody: MoodyRepository, arguments: Arguments, answer: Answer) -> Answer:
    """The page fails, every record of it can be had alone."""
    poisoned = POISON.encode() + b"<" in answer.body and arguments["verb"] == "ListRecords"
    return Answer(status=502, body=b"Bad gateway") if poisoned else answer


@mood
def records_fail_alone(moody: MoodyRepository, arguments: Arguments, answer: Answer) -> Answer:
    """Second pages fail, and so does every GetRecord: that is no poison record, that is a broken server."""
    broken = "resumptionToken" in arguments if lists(arguments) else arguments["verb"] == "GetRecord"
    return Answer(status=500, body=b"oops") if broken else answer


@mood
def down_after_first_page(moody: MoodyRepository, arguments: Arguments, answer: Answer) -> Answer:
    """Everything but the first page fails."""
    return answer if arguments["verb"] == "Identify" or moody.once("page") else Answer(status=500, body=b"oops")


# --- too much, too long, too late


@mood
def too_large(moody: MoodyRepository, arguments: Arguments, answer: Answer) -> Answer:
    """`more than 100000 records, restrict the period`, as HTML (metha#6)."""
    return Answer(status=413, body=HTML) if lists(arguments) and days(arguments) > 62 else answer


@mood
def tokens_die_young(moody: MoodyRepository, arguments: Arguments, answer: Answer) -> Answer:
    """No list may be longer than two pages (sickle#19, arxiv-public-datasets#26)."""
    if "resumptionToken" in arguments and b'cursor="10"' not in answer.body:
        return error(answer, "badResumptionToken", text="expired")
    return answer


@mood
def tokens_die_in_plain_http(moody: MoodyRepository, arguments: Arguments, answer: Answer) -> Answer:
    """An expired token, once, as a 400 page without OAI-PMH in it."""
    return Answer(status=400, body=HTML) if later(arguments) and moody.once("token") else answer


@mood
def throttled_for_an_hour(moody: MoodyRepository, arguments: Arguments, answer: Answer) -> Answer:
    """429 with Retry-After: 3600 behind the first page (geoportal-server-harvester#89)."""
    return Answer(status=429, headers={"Retry-After": "3600"}) if later(arguments) else answer


@mood
def challenged(moody: MoodyRepository, arguments: Arguments, answer: Answer) -> Answer:
    """A firewall steps in behind the first page (regluit#1154)."""
    return Answer(status=403, headers={"cf-mitigated": "challenge"}, body=HTML) if later(arguments) else answer


@mood
def challenged_softly(moody: MoodyRepository, arguments: Arguments, answer: Answer) -> Answer:
    """AWS WAF: status 202 and nothing in it (dspace-angular#5478)."""
    return Answer(status=202, headers={"x-amzn-waf-action": "challenge"}) if lists(arguments) else answer


# --- tokens


@mood
def token_lost(moody: MoodyRepository, arguments: Arguments, answer: Answer) -> Answer:
    """An empty token behind the first page (pkp-lib#7214); the total is right."""
    return changed(answer, (r"(<resumptionToken[^>]*>)[^<]*", r"\1")) if lists(arguments) else answer


@mood
def endless(moody: MoodyRepository, arguments: Arguments, answer: Answer) -> Answer:
    """Ever new tokens, always the same page (geoportal-server-harvester#79: 300,000 of 36,000)."""
    if not lists(arguments):
        return answer
    moody.counted["page"] += 1
    first = moody.honest({"verb": "ListRecords", "metadataPrefix": "oai_dc"})
    return changed(first, (r"<resumptionToken.*", f"<resumptionToken>{moody.counted['page']}</resumptionToken>"
                            "</ListRecords></OAI-PMH>"))  # fmt: skip


@mood
def cycle(moody: MoodyRepository, arguments: Arguments, answer: Answer) -> Answer:
    """A, B, A, B (scythe#411)."""
    if not lists(arguments):
        return answer
    token = {"": "A", "A": "B", "B": "A"}[arguments.get("resumptionToken", "")]
    first = moody.honest({"verb": "ListRecords", "metadataPrefix": "oai_dc"})
    return changed(
        first, (r"<resumptionToken.*", f"<resumptionToken>{token}</resumptionToken></ListRecords></OAI-PMH>")
    )


@mood
def one_token(moody: MoodyRepository, arguments: Arguments, answer: Answer) -> Answer:
    """The server keeps the position itself: the token never changes, the pages do (the kind of gssrjournal)."""
    if not lists(arguments):
        return answer
    token = "" if "resumptionToken" in arguments else None
    if token is None:
        moody.counted["page"] = 0
    elif arguments["resumptionToken"] != "session":
        return error(answer, "badResumptionToken")
    wanted: Arguments = {"verb": "ListRecords", "metadataPrefix": "oai_dc"}
    for _ in range(moody.counted["page"]):
        wanted = {"verb": "ListRecords", "resumptionToken": token_of(moody.honest(wanted))}
    moody.counted["page"] += 1
    return changed(moody.honest(wanted), (r"(<resumptionToken[^>]*>)[^<]+<", r"\1session<"))


@mood
def token_needs_prefix(moody: MoodyRepository, arguments: Arguments, answer: Answer) -> Answer:
    """badArgument for a token that comes alone (zenodo#783)."""
    if not later(arguments):
        return answer
    if "metadataPrefix" not in arguments:
        return error(answer, "badArgument", text="metadataPrefix is required")
    return moody.honest({"verb": "ListRecords", "resumptionToken": arguments["resumptionToken"]})


@mood
def token_in_cdata(moody: MoodyRepository, arguments: Arguments, answer: Answer) -> Answer:
    """White space, CDATA and single quotes around a token."""
    written = r"<resumptionToken completeListSize='\1'>\n <![CDATA[\2]]>\n<"
    return changed(answer, (r'<resumptionToken completeListSize="(\d+)"[^>]*>([^<]+)<', written))


@mood
def page_lost(moody: MoodyRepository, arguments: Arguments, answer: Answer) -> Answer:
    """No completeListSize, and the second page is not there; only the cursor of the last one tells."""
    bare = changed(answer, (r' completeListSize="\d+"', ""))
    if b'cursor="0"' not in bare.body:
        return bare
    second = moody.honest({"verb": "ListRecords", "resumptionToken": token_of(bare)})
    return changed(bare, (r"(<resumptionToken[^>]*>)[^<]+<", rf"\1{token_of(second)}<"))
