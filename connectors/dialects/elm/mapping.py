"""European Learning Model: Learning Opportunities and Qualifications as XML (LOQ), as the Europass dataset takes it,
and as RDF, which is turned into the same tree first.

The format keeps everything once and links by `idref`; a record here is one specification with its opportunities and
copies of all they refer to, so that it can be read alone. What stays true: the record's id is the specification's
`@id`; nothing is read across a link that leads out of the record; hasPart and isPartOf are ids, never followed.
"""

from __future__ import annotations

from collections.abc import Iterator

from microharvest.connectors.dialects.elm.courses import (  # found by a path hook
    LEARNERS,
    LOQ,
    SPECIFICATIONS,
    Courses,
    LoqNames,
)
from microharvest.connectors.dialects.elm.rdf import QL, courses_of, credentials_in, is_given
from microharvest.connectors.dialects.elm.reading import (
    Things,
    say_address,
    say_concept,
    say_identifiers,
    say_note,
    say_one,
    skip,
    web_addresses,
)

from microharvest.kit import (
    DialectSettings,
    Document,
    Draft,
    Names,
    Record,
    Text,
    XmlObjects,
    compose,
    identify,
    is_credential,
    objects_of,
    part_credentials,
    record_from_json,
    record_from_xml,
)
from microharvest.kit.readers import Flattened, HeldObjects, Unreadable, nodes_of_json

__all__ = ["Mapping"]

DROPPED = frozenset(("contactPoint", "bannerImage", "logo"))
"""Not even kept as bytes: contact data (rule 12) and embedded images."""

ACTIVE = {"true": "active", "1": "active", "false": "inactive", "0": "inactive"}
EQF = "http://data.europa.eu/snb/eqf/"
SUPERVISION = "://data.europa.eu/snb/supervision-verification/"

SPECIFICATION_LEFT_OUT = {
    "additionalNote": "notes of any other subject than supervision",
    "supplementaryDocument": "documents beside the offer",
    "publisher": "who published the description",
    "maximumDuration": "how long a learner may take, not how long it takes",
    "specialisationOf": "a link between specifications without a field",
    "generalisationOf": "a link between specifications without a field",
    "isPartialQualification": "the model has no field for it",
    "qualificationCode": "a code for the qualification in a framework, without a stated scheme",
    "gradingScheme": "how results are told",
    "ql:version": "of the description",
    "ql:ISCEDFBroadField": "the first digits of the field",
    "ql:ISCEDFNarrowField": "the first digits of the field",
    "ql:passingRate": "how many passed, not what is offered",
    "ql:superseded": "a link to an older description",
    "ql:entryRequirementLearningOpportunity": "a link; the text is in entryRequirement",
    "ql:entryRequirementLearningOutcome": "a link; the text is in entryRequirement",
}
OPPORTUNITY_LEFT_OUT = {
    "additionalNote": "notes of any subject",
    "supplementaryDocument": "documents beside the offer",
    "scheduleInformation": "prose on the timetable",
    "admissionProcedure": "prose on how to apply",
    "publisher": "who published the description",
    "defaultLanguage": "the base language of the description, not of the teaching",
    "hasPart": "a link between opportunities; offers are linked by their specifications",
    "isPartOf": "a link between opportunities; offers are linked by their specifications",
    "ql:enrolledLearnerCount": "how many came, not what is offered",
    "ql:enrolmentCapacity": "seats",
    "ql:enrolmentMinimum": "seats",
    "ql:learnerGroupConditions": "what holds for one group of learners alone",
    "ql:registrationPortal": "where to apply, not where it is described",
    "ql:virtualLearningEnvironment": "where learners log in",
}
AGENT_LEFT_OUT = (
    "skos:altLabel", "additionalNote", "type", "groupMemberOf", "hasSubOrganization", "subOrganizationOf", "status",
    "modified", "publisher", "ql:isMemberOf",
)  # fmt: skip
"""Other names, notes, and links between organisations; status and dates are of the description."""


class Mapping:
    """`Mapping(settings)`; see `kit.Dialect`."""

    version = 4
    reads_objects = True
    names: Names = LoqNames(
        {
            "": LOQ,
            "dc": ("http://purl.org/dc/terms/",),
            "skos": ("http://www.w3.org/2004/02/skos/core#",),
            "locn": ("http://www.w3.org/ns/locn#",),
            "adms": ("http://www.w3.org/ns/adms#",),
            "ql": (QL,),
        },
        lang_attributes=("language",),
    )

    def __init__(self, settings: DialectSettings) -> None:
        self._settings = settings

    def cut(self, document: Document) -> Iterator[Record]:
        """One record per specification, and one per opportunity whose specification is not in the document."""
        if document.deleted and document.xml is None:
            yield record_from_xml(
                None,
                self.names,
                native_id=document.native_id,
                datestamp=document.datestamp,
                deleted=True,
                raw_xml=document.raw_xml,
                url=document.url,
            )
        elif document.value is not None:
            yield from self._cut_graph(document)
        elif document.xml is not None or document.objects is not None:
            objects = objects_of(document)
            if objects.holds(LEARNERS):
                yield self._refused(document, [document.xml.get("id") or ""] if document.xml is not None else [])
            else:
                yield from self._cut_objects(objects, document)

    def _cut_graph(self, document: Document) -> Iterator[Record]:
        rest, held = (document.value, []) if isinstance(document.value, Flattened) else part_credentials(document.value)
        if held:
            keys = [each.get(name) for each in held if isinstance(each, dict) for name in ("@id", "id")]
            yield self._refused(document, [key for key in keys if isinstance(key, str)])
        if rest is None:
            return
        try:
            graph = nodes_of_json(rest, document.url)
        except Unreadable:
            yield record_from_json(rest, native_id=None, url=document.url)  # to quarantine
            return
        credentials = credentials_in(graph["@graph"])
        if credentials:
            yield self._refused(document, credentials)
        objects = HeldObjects(courses_of(graph["@graph"]))
        yield from self._cut_objects(objects, document, " ".join(graph.get("@context", ())))

    def _refused(self, document: Document, keys: list[str]) -> Record:
        """What stands for a learner's credential: its type and nothing of its content."""
        key = document.native_id or next(filter(None, keys), "credential")
        return record_from_json({"@type": "VerifiableCredential"}, native_id=key, url=document.url)

    def _cut_objects(self, objects: XmlObjects, document: Document, unknown: str = "") -> Iterator[Record]:
        courses = Courses(objects, self.names)
        # An envelope's id belongs to the first specification in it; a page's is for what has no id of its own.
        native_id, page = (None, document.native_id) if document.value is not None else (document.native_id, None)
        attributes = {"namespace": courses.namespace, **({"context": unknown} if unknown else {})}
        for specification, opportunities in courses.offers():
            heads = [*([specification] if specification is not None else []), *opportunities]
            record = record_from_xml(
                compose("offer", courses.closure(heads), attributes=attributes, drop=DROPPED),
                self.names,
                native_id=native_id or heads[0].get("id") or page,
                datestamp=document.datestamp,
                url=document.url,
            )
            if self._settings.identity:
                record.native_id = identify(record, self._settings.identity)
            yield record
            native_id = page = None

    def map_record(self, record: Record, draft: Draft) -> None:
        """The specification is the offer, its opportunities are the instances."""
        if is_credential(record):
            draft.refuse("record.credential_refused")
            return
        for context in (record.value("@context") or "").split():
            draft.issue("feed.unknown_context", "@context", context)
        if record.peek("@namespace") not in ([namespace] for namespace in LOQ):
            draft.issue("feed.namespace", "", "".join(record.peek("@namespace")))
        record.skip("@namespace", "set while cutting")
        things = Things(record, draft)
        specification = next((part for name in SPECIFICATIONS for part in record.each(name)), None)
        opportunities = list(record.each("learningOpportunity"))
        if specification is not None:
            _map_specification(specification, draft, things)
        _fill_from_opportunities(specification, opportunities, draft)
        _map_providers(specification, opportunities, draft, things)
        for opportunity in opportunities:
            _map_opportunity(opportunity, draft, things, dangling=specification is None)
        for organisation in (part for name in ("organisation", "agent") for part in record.each(name)):
            if organisation.peek("@id")[:1] not in things.mapped:
                skip(organisation, organisation.names(), "an accrediting agent; another provider is told by its link")
            skip(organisation, AGENT_LEFT_OUT)


def _map_specification(part: Record, draft: Draft, things: Things) -> None:
    if is_given("".join(part.peek("@id"))):
        say_address(part, draft)
    part.skip("@id", "a key made of others")
    say_identifiers(draft, part, {"identifier": "code"})
    fields = {
        "title": "title", "skos:altLabel": "alt_title", "description": "description", "category": "credential_type",
        "volumeOfLearning": "workload", "status": "status", "modified": "modified",
    }  # fmt: skip
    for name, field in fields.items():
        for text in part.texts(name):
            draft.say(field, text)
    for category in part.peek("category")[:1]:
        draft.say("source_label", category)
    for address in web_addresses(part, "homepage"):
        draft.say("homepage", address)
    for text in part.texts("ql:isActive"):
        draft.say("status", ACTIVE.get(text.value.casefold(), text.value))
    concepts = {
        "type": "credential_type", "dc:type": "credential_type", "ISCEDFCode": "isced_f",
        "educationSubject": "subject", "language": "languages", "mode": "mode", "targetGroup": "target_group",
        "learningSetting": "setting",
        "EQFLevel": "eqf_level", "NQFLevel": "nqf_level",
    }  # fmt: skip
    for name, field in concepts.items():
        for concept in part.each(name):
            say_concept(draft, field, concept)
    for level in part.each("educationLevel"):
        is_eqf = any(uri.startswith(EQF) for uri in level.peek("@uri"))
        say_concept(draft, "eqf_level" if is_eqf else "nqf_level", level)
    for points in part.each("creditPoint"):
        framework = next((each.value("@uri") for each in points.each("framework")), None)
        draft.say("credits", points.text("point"), framework=framework)
    _say_supervision(part, draft)
    say_note(draft, "entry_requirement", part, "entryRequirement")
    say_note(draft, "learning_outcomes", part, "learningOutcomeSummary")
    for name, field in (("hasPart", "has_part"), ("isPartOf", "part_of")):
        for link in part.each(name):
            draft.say(field, link.text("@idref") or link.text("@id"), scheme="uri")
    _map_linked(part, draft, things)
    skip(part, SPECIFICATION_LEFT_OUT)


def _map_linked(part: Record, draft: Draft, things: Things) -> None:
    for outcome in things.linked(part, "learningOutcome"):
        nested = draft.part("learning_outcome")
        for text in outcome.texts("title"):
            nested.say("title", text)
        for name in ("relatedESCOSkill", "relatedSkill"):
            for concept in outcome.each(name):
                say_concept(nested, "skills", concept)
        for name, field in (("type", "type"), ("reusabilityLevel", "reuse_level")):
            for concept in outcome.each(name):
                say_concept(nested, field, concept)
        skip(outcome, ("identifier", "additionalNote"), "no field of an outcome")
    for activity in things.linked(part, "influencedBy"):
        _map_activity(activity, draft, draft)
    for assessment in things.linked(part, "provenBy"):
        kinds = list(assessment.each("type"))
        for kind in kinds:
            say_concept(draft, "assessment", kind)
        if not kinds:
            say_one(draft, "assessment", list(assessment.texts("title")))
        _say_supervision(assessment, draft)
        skip(assessment, assessment.names(), "of an assessment type and supervision are kept")
    for entitlement in things.linked(part, "entitlesTo"):
        _map_entitlement(entitlement, draft)
    for opportunity in part.each("awardingOpportunity"):
        for body in things.linked(opportunity, "awardingBody"):
            country = _map_organisation(body, draft.part("awarding_body"), things)
            draft.say("country", country, basis="derived")
            _map_accreditations(body, draft, things)
        skip(opportunity, ("identifier", "location", "temporal", "learningAchievementSpecification"))
    _map_accreditations(part, draft, things)


def _say_supervision(part: Record, draft: Draft) -> None:
    """The model's own property, which LOQ's shapes leave out, or a note whose subject is a concept of its list."""
    for concept in part.each("idVerification"):
        say_concept(draft, "supervision", concept)
    for note in part.each("additionalNote"):
        for concept in (each for name in ("dc:subject", "subject") for each in note.each(name)):
            if any(SUPERVISION in uri for uri in concept.peek("@uri")):
                say_concept(draft, "supervision", concept)


def _map_entitlement(entitlement: Record, draft: Draft) -> None:
    nested = draft.part("entitlement")
    for text in entitlement.texts("title"):
        nested.say("title", text)
    for name, field in (("type", "type"), ("entitlementStatus", "entitlement_status")):
        for concept in entitlement.each(name):
            say_concept(nested, field, concept)
    for name in ("limitOccupation", "limitNationalOccupation"):
        for concept in entitlement.each(name):
            say_concept(draft, "occupations", concept)
            say_concept(nested, "occupations", concept)
    skip(entitlement, entitlement.names(), "title, type, status and occupations are kept")


def _map_activity(activity: Record, owner: Draft, draft: Draft) -> None:
    """An activity's type is the offer's; it says mode and language where its specification or opportunity (`owner`)
    does not."""
    for concept in activity.each("type"):
        say_concept(draft, "activities", concept)
    for name, field in (("mode", "mode"), ("language", "languages")):
        if not owner.has(field):
            for concept in activity.each(name):
                say_concept(owner, field, concept)
    skip(activity, activity.names(), "of an activity type, mode and language are kept")


def _map_accreditations(part: Record, draft: Draft, things: Things) -> None:
    for accreditation in things.accreditations(part):
        nested = draft.part("quality_assurance")
        for concept in accreditation.each("type"):
            say_concept(nested, "type", concept)
        for name, field in (("title", "title"), ("valid", "valid_from"), ("expiryDate", "valid_to")):
            for text in accreditation.texts(name):
                nested.say(field, text)
        for address in web_addresses(accreditation, "report"):
            nested.say("report", address)
        for agent in things.linked(accreditation, "accreditingAgent"):
            for text in agent.texts("legalName" if agent.peek("legalName") else "skos:prefLabel"):
                nested.say("agent", text)
            nested.say("agent_country", _seat_country(agent, things))
        skip(accreditation, accreditation.names(), "type, agent and validity are kept")


def _map_organisation(organisation: Record, draft: Draft, things: Things) -> Text | None:
    """Names, registers, homepage and country; returns the country's URI."""
    things.mapped.append(organisation.peek("@id")[:1])
    say_address(organisation, draft)
    for text in organisation.texts("legalName" if organisation.peek("legalName") else "skos:prefLabel"):
        draft.say("name", text)
    registers = {
        "identifier": "code", "registration": "registration", "eidasLegalIdentifier": "eidas",
        "vatIdentifier": "vat", "taxIdentifier": "tax",
    }  # fmt: skip
    say_identifiers(draft, organisation, registers)
    for page in web_addresses(organisation, "homepage"):
        draft.say("homepage", page)
    country = _seat_country(organisation, things)
    draft.say("country", country)
    organisation.skip("skos:prefLabel", "the legal name is kept")
    return country


def _seat_country(organisation: Record, things: Things) -> Text | None:
    country: Text | None = None
    for location in things.linked(organisation, "location"):
        for address in location.each("address"):
            for concept in address.each("countryCode"):
                country = country or concept.text("@uri")
            skip(address, ("identifier", "fullAddress"), "of a seat only the country is kept")
        skip(location, [name for name in location.names() if name != "address"], "of a seat only the country is kept")
    return country


def _fill_from_opportunities(specification: Record | None, opportunities: list[Record], draft: Draft) -> None:
    """Title, description and modified of the first opportunity that has them, where the specification has none."""
    for name in ("title", "description", "modified"):
        if specification is not None and specification.peek(name):
            continue
        giver = next((each for each in opportunities if each.peek(name)), None)
        for text in giver.texts(name) if giver is not None else ():
            draft.say(name, text)


def _map_providers(specification: Record | None, opportunities: list[Record], draft: Draft, things: Things) -> None:
    """The first provider is the offer's; another one stays unread and is reported. Where no opportunity names one,
    QualityLink's publisher is it ("typically the education provider")."""
    chosen: str | None = None
    publishers = [(specification, "ql:publisher")] if specification is not None else []
    for opportunity, name in (*((each, "providedBy") for each in opportunities), *publishers):
        if chosen is None:
            provider = next(things.linked(opportunity, name), None)
            if provider is None:
                continue
            chosen = "".join(provider.peek("@id")[:1])
            country = _map_organisation(provider, draft.part("provider"), things)
            if not draft.has("country"):
                draft.say("country", country, basis="derived")
            _map_accreditations(provider, draft, things)
        for link in opportunity.each(name):
            if link.peek("@idref") == [chosen]:
                link.skip("@idref", "the provider once more")


def _map_opportunity(part: Record, draft: Draft, things: Things, *, dangling: bool) -> None:
    instance = draft.part("instance")
    say_address(part, instance)
    say_identifiers(instance, part, {"identifier": "code"})
    same = (("title", "title"), ("duration", "duration"), ("status", "status"))
    for name, field in (*same, ("applicationDeadline", "application_deadline")):
        for text in part.texts(name):
            instance.say(field, text)
    for address in web_addresses(part, "homepage"):
        instance.say("homepage", address)
    for name, field in (("mode", "mode"), ("learningSchedule", "schedule")):
        for concept in part.each(name):
            say_concept(instance, field, concept)
    for kind in part.each("type"):
        say_concept(draft, "credential_type", kind)
    for period in part.each("temporal"):
        instance.say("start_date", period.text("startDate"))
        instance.say("end_date", period.text("endDate"))
        period.skip("skos:prefLabel", "a name for the period")
    _map_money(part, draft, instance)
    for location in things.linked(part, "location"):
        _map_location(location, instance.part("location"))
    for activity in things.linked(part, "learningActivitySpecification"):
        _map_activity(activity, instance, draft)
    for link in part.each("learningAchievementSpecification"):
        reference = link.value("@idref")
        if dangling:
            draft.issue("record.dangling_reference", "learningAchievementSpecification", reference or "")
    left_out = {**OPPORTUNITY_LEFT_OUT, "description": "an instance has none", "modified": "of the instance"}
    skip(part, left_out)


def _map_money(part: Record, draft: Draft, instance: Draft) -> None:
    for price in part.each("priceDetail"):
        amounts = list(price.each("amount"))
        for amount in amounts:
            currency = next((unit.value("@uri") for unit in amount.each("unit")), None)
            instance.say("price", amount.text("value"), currency=currency)
        for text in price.texts("description") if not amounts else ():
            instance.say("price", text)
        skip(price, ("identifier", "skos:prefLabel", "description", "additionalNote"), "the amount is kept")
    for grant in part.each("grant"):
        say_one(draft, "grants", list(grant.texts("title")))
        skip(grant, ("description", "dc:type", "supplementaryDocument", "contentUrl"), "the grant's name is kept")


def _map_location(location: Record, draft: Draft) -> None:
    address = location.first("address")
    if address is not None:
        for concept in address.each("countryCode"):
            draft.say("country", concept.text("@uri"))
        say_note(draft, "address", address, "fullAddress")
        address.skip("identifier", "of an address")
    if not draft.has("address"):
        for text in location.texts("geographicName"):
            draft.say("address", text)
    left_out = ("identifier", "geographicName", "spatialCode", "description", "locn:geometry")
    skip(location, left_out, "country and address are kept")
