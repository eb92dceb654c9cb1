"""One good feed for each profile, and for each of its rules the change that breaks it."""

from __future__ import annotations

import re

__all__ = ["ELM", "GOOGLE", "MOOCHUB", "QUALITY_LINK", "QUALITY_LINK_BREAKS", "XCRI", "Break", "elm_breaks"]

Break = tuple[str, str]
"""(what stands in the good feed, what the bad one has in its place)"""

LANGUAGE = "http://publications.europa.eu/resource/authority/language"
ELM = f"""<Courses xmlns="http://data.europa.eu/snb/model/application-profile/loq-constraints/"
 xmlns:skos="http://www.w3.org/2004/02/skos/core#" xsdVersion="3.3.1">
<learningOpportunityReferences><learningOpportunity id="urn:lo:1">
<identifier><skos:notation>LO-1</skos:notation></identifier>
<title language="en">Data protection for small companies</title>
<description language="en">&lt;p&gt;Eight evenings on the GDPR.&lt;/p&gt;</description>
<homepage><contentUrl>https://example.org/courses/1</contentUrl></homepage>
<temporal><startDate>2026-09-14T09:00:00</startDate><endDate>2026-11-02T12:00:00</endDate></temporal>
<providedBy idref="urn:org:1"/>
<learningAchievementSpecification idref="urn:spec:1"/>
<defaultLanguage uri="{LANGUAGE}/ENG"/>
</learningOpportunity></learningOpportunityReferences>
<learningAchievementSpecificationReferences>
<learningAchievementSpecification id="urn:spec:1">
<identifier><skos:notation>SPEC-1</skos:notation></identifier>
<title language="en">Data protection for small companies</title>
<ISCEDFCode uri="http://data.europa.eu/snb/isced-f/0421"/>
<volumeOfLearning>PT60H</volumeOfLearning>
<language uri="{LANGUAGE}/ENG"/>
<learningOutcome idref="urn:out:1"/>
</learningAchievementSpecification>
<qualification id="urn:spec:2">
<identifier><skos:notation>SPEC-2</skos:notation></identifier>
<title language="de">Schweißen</title>
<ISCEDFCode uri="http://data.europa.eu/snb/isced-f/0715"/>
<language uri="{LANGUAGE}/DEU"/>
<learningOutcome idref="urn:out:1"/>
<EQFLevel uri="http://data.europa.eu/snb/eqf/4"/><NQFLevel uri="http://data.europa.eu/snb/qdr/c_c392e7a2"/>
</qualification></learningAchievementSpecificationReferences>
<learningOutcomeReferences><learningOutcome id="urn:out:1">
<title language="en">Keeps a record of processing activities</title>
</learningOutcome></learningOutcomeReferences>
<agentReferences><organisation id="urn:org:1"><legalName language="en">University of Example</legalName>
<location idref="urn:loc:1"/></organisation></agentReferences>
<locationReferences><location id="urn:loc:1"><address>
<countryCode uri="http://publications.europa.eu/resource/authority/country/AUT"/>
</address></location></locationReferences>
</Courses>"""
_HOMEPAGE = "<homepage><contentUrl>https://example.org/courses/1</contentUrl></homepage>"
_ELM_BREAKS: dict[str, Break] = {
    "qdr.root": ("Courses", "Offers"),
    "qdr.title": (r"re:<title language=\"(en|de)\">(?!Keeps)[^<]*</title>", ""),
    "qdr.title_language": ('<title language="de">', "<title>"),
    "qdr.homepage": (_HOMEPAGE, _HOMEPAGE.replace("https:", "ftp:")),
    "qdr.provided_by": ('<providedBy idref="urn:org:1"/>', ""),
    "qdr.default_language": (f'<defaultLanguage uri="{LANGUAGE}/ENG"/>', ""),
    "qdr.specification": (r"re:<learningAchievementSpecification id=.*?</learningAchievementSpecification>", ""),
    "qdr.isced_f": ('<ISCEDFCode uri="http://data.europa.eu/snb/isced-f/0421"/>', ""),
    "qdr.isced_placeholder": ("isced-f/0421", "isced-f/0099"),
    "qdr.language": (f'<language uri="{LANGUAGE}/ENG"/>', ""),
    "qdr.language_placeholder": (f'<language uri="{LANGUAGE}/ENG"/>', f'<language uri="{LANGUAGE}/OP_DATPRO"/>'),
    "qdr.language_code": ("language/DEU", "language/GER"),
    "qdr.learning_outcomes": ('<learningOutcome idref="urn:out:1"/>', ""),
    "qdr.outcome_says_more": ("Keeps a record of processing activities", "Data Protection for small companies"),
    "qdr.outcome_title": ('<title language="en">Keeps a record of processing activities</title>', ""),
    "qdr.qualification_levels": ('<EQFLevel uri="http://data.europa.eu/snb/eqf/4"/>', ""),
    "qdr.legal_name": ('<legalName language="en">University of Example</legalName>', ""),
    "qdr.organisation_location": ('<location idref="urn:loc:1"/>', ""),
    "qdr.country": ("authority/country/AUT", "country/AT?"),
    "qdr.unique_notation": ("SPEC-2", "SPEC-1"),
    "qdr.id_uri": ('id="urn:spec:2"', 'id="course 2"'),
    "qdr.html": ("&lt;p&gt;Eight", "&lt;p&gt;&lt;a href='x'&gt;Eight&lt;/a&gt;"),
    "qdr.moments": ("2026-09-14T09:00:00", "2026-09-14"),
    "qdr.start_guessed": ("2026-09-14T", "2026-08-01T"),
    "qdr.workload": ("PT60H", "P60M"),
    "qdr.order": (r"re:(<homepage>.*?</homepage>)\s*(<temporal>.*?</temporal>)", r"\2\1"),
}


def elm_breaks(edition: str) -> tuple[str, dict[str, Break]]:
    """The good feed of an edition (3.1 or 3.3), and what breaks it."""
    old, new = "ap/loq-constraints", "application-profile/loq-constraints"
    feed = ELM if edition == "3.3" else ELM.replace(new, old).replace("3.3.1", "3.1.0")
    breaks = {**_ELM_BREAKS, "qdr.namespace": (new, old) if edition == "3.3" else (old, new)}
    return feed, breaks


def broken(feed: str, change: Break) -> str:
    """The feed with the change made."""
    old, new = change
    made = re.sub(old[3:], new, feed, flags=re.DOTALL) if old.startswith("re:") else feed.replace(old, new)
    assert made != feed, f"the good feed does not hold {old!r}"
    return made


GOOGLE = """{"@context": "https://schema.org", "@type": "Course", "@id": "https://example.org/courses/1",
"name": "Data protection", "description": "Eight evenings on the GDPR for people who run a company without a lawyer.",
"provider": {"@type": "Organization", "name": "University of Example"}, "inLanguage": "en",
"educationalCredentialAwarded": "Micro-credential", "url": "https://example.org/courses/1",
"offers": {"@type": "Offer", "category": "Paid", "price": 120, "priceCurrency": "EUR"},
"hasCourseInstance": {"@type": "CourseInstance", "courseMode": "Blended", "courseWorkload": "PT22H",
"courseSchedule": {"@type": "Schedule", "repeatFrequency": "Weekly", "repeatCount": 8}}}
"""
GOOGLE_BREAKS: dict[str, Break] = {
    "google.type": ('"@type": "Course",', '"@type": "EducationalOccupationalProgram",'),
    "google.name": ('"name": "Data protection", ', ""),
    "google.description": (r're:"description": "[^"]*",', ""),
    "google.description_length": (" for people who run a company without a lawyer", ""),
    "google.provider": (', "name": "University of Example"', ""),
    "google.offers": ('"offers"', '"offer"'),
    "google.offer_category": ('"category": "Paid"', '"category": "paid course"'),
    "google.offer_price": ('"price": 120', '"price": "from 120"'),
    "google.instance": ('"hasCourseInstance"', '"instance"'),
    "google.course_mode": ('"Blended"', '"evenings"'),
    "google.workload": (r're:"courseWorkload": "PT22H",\s*"courseSchedule"', '"other"'),
    "google.workload_form": ("PT22H", "2 hours a week"),
    "google.schedule": (', "repeatCount": 8', ""),
    "google.language": ('"inLanguage": "en"', '"inLanguage": "English, German"'),
    "google.url": ("https://example.org/courses/1", "/courses/1"),
    "google.credential": ('"educationalCredentialAwarded": "Micro-credential", ', ""),
}

MOOCHUB = """{"id": "5f0c7a52-4f53-4f4c-9c06-0d2f8f8b1a00", "type": "Course", "attributes": {"name": "Making",
"learningResourceType": {"identifier": "https://w3id.org/kim/hcrt/course", "type": "Concept"},
"publisher": {"name": "iMooX", "type": "Organization"}, "url": "https://imoox.example/course/maker",
"license": [{"identifier": "CC-BY-SA-4.0", "url": "https://creativecommons.org/licenses/by-sa/4.0/"}],
"creator": [{"name": "Graz University", "type": "Organization"}], "inLanguage": ["de", "en"], "duration": "P7W",
"courseMode": ["online", "asynchronous"], "workload": {"timeValue": 3, "timeUnit": "h/week"},
"startDate": ["2026-10-19T12:00:00+02:00"], "access": ["free"],
"image": {"contentUrl": "https://imoox.example/i.png", "license": [{"identifier": "CC0-1.0"}]},
"teaches": [{"name": [{"name": "3D printing", "inLanguage": "en"}], "educationalFramework": "ESCO"}]}}
"""
MOOCHUB_BREAKS: dict[str, Break] = {
    "moochub.type": ('"type": "Course"', '"type": "courses"'),
    "moochub.id": ("5f0c7a52-4f53-4f4c-9c06-0d2f8f8b1a00", "3"),
    "moochub.name": ('"name": "Making",', ""),
    "moochub.resource_type": ("hcrt/course", "hcrt/video"),
    "moochub.publisher": ('"publisher": {"name": "iMooX", ', '"publisher": {'),
    "moochub.url": ("https://imoox.example/course/maker", "course/maker"),
    "moochub.license": ('"identifier": "CC-BY-SA-4.0", ', ""),
    "moochub.creator": ('"name": "Graz University", ', ""),
    "moochub.language": ('["de", "en"]', '["Mehrsprachig"]'),
    "moochub.duration": ("P7W", "seven weeks"),
    "moochub.course_mode": ('"online", ', '"MOOC", '),
    "moochub.workload_unit": ('{"timeValue": 3, "timeUnit": "h/week"}', "3"),
    "moochub.workload": ('"workload"', '"effort"'),
    "moochub.start": ("2026-10-19T12:00:00+02:00", "2026-10-19"),
    "moochub.access": ('"access": ["free"]', '"access": ["gratis"]'),
    "moochub.image": (', "license": [{"identifier": "CC0-1.0"}]', ""),
    "moochub.skills": ('"educationalFramework": "ESCO"', '"educationalFramework": "own"'),
    "moochub.version_2": ('"duration"', '"languages": ["de"], "duration"'),
}

XCRI = """<catalog xmlns="http://xcri.org/profiles/1.2/catalog" xmlns:credit="http://purl.org/net/cm"
 xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:mlo="http://purl.org/net/mlo" generated="2026-03-01T08:30:00Z">
<provider><dc:identifier>https://example.ac.uk</dc:identifier><dc:title>Northmoor College</dc:title>
<mlo:url>https://example.ac.uk</mlo:url><mlo:location><mlo:town>Northmoor</mlo:town></mlo:location>
<course><dc:identifier>https://example.ac.uk/course/1</dc:identifier><dc:subject>Literature</dc:subject>
<dc:title>Start writing fiction</dc:title><mlo:url>https://example.ac.uk/1</mlo:url>
<abstract>Write short stories.</abstract>
<mlo:qualification><dc:title>Award in writing</dc:title></mlo:qualification>
<mlo:credit><credit:scheme>ECTS</credit:scheme><credit:level>4</credit:level><credit:value>5</credit:value></mlo:credit>
<presentation><dc:identifier>1-2026</dc:identifier><mlo:start dtf="2026-10-03">3 October 2026</mlo:start>
<mlo:duration interval="P4M">4 months</mlo:duration><applyTo>https://example.ac.uk/apply</applyTo>
<studyMode identifier="PT">Part time</studyMode><attendanceMode identifier="ON">Online</attendanceMode>
<attendancePattern identifier="EV">Evening</attendancePattern><mlo:cost>GBP155</mlo:cost></presentation></course>
<course><dc:identifier>https://example.ac.uk/course/2</dc:identifier><dc:subject>History</dc:subject>
<dc:title>Local history</dc:title><abstract>Read a parish register.</abstract>
<mlo:qualification><dc:title>Award in history</dc:title></mlo:qualification>
<mlo:credit><credit:scheme>ECTS</credit:scheme><credit:level>4</credit:level><credit:value>3</credit:value></mlo:credit>
<presentation><mlo:start>2026-10</mlo:start><applyTo>https://example.ac.uk/apply</applyTo>
<studyMode identifier="FT"/><attendanceMode identifier="CM"/><attendancePattern identifier="DT"/>
</presentation></course>
</provider></catalog>"""
XCRI_BREAKS: dict[str, Break] = {
    "xcri.catalog": ("catalog", "catalogue"),
    "xcri.namespace": ("profiles/1.2/catalog", "profiles/catalog"),
    "xcri.generated": (' generated="2026-03-01T08:30:00Z"', ""),
    "xcri.provider_identifier": ("<dc:identifier>https://example.ac.uk</dc:identifier>", ""),
    "xcri.provider_title": ("<dc:title>Northmoor College</dc:title>", ""),
    "xcri.provider_url": ("<mlo:url>https://example.ac.uk</mlo:url>", ""),
    "xcri.provider_location": ("<mlo:location><mlo:town>Northmoor</mlo:town></mlo:location>", ""),
    "xcri.identifier_once": ("course/2", "course/1"),
    "xcri.identifier_url": ("https://example.ac.uk/course/1", "A174"),
    "xcri.title": ("<dc:title>Start writing fiction</dc:title>", ""),
    "xcri.subject": ("<dc:subject>History</dc:subject>", ""),
    "xcri.subject_single": (">History<", ">History; parish registers<"),
    "xcri.description": ("<abstract>Write short stories.</abstract>", ""),
    "xcri.abstract_length": ("Write short stories.", "Write short stories. " * 10),
    "xcri.url": ("https://example.ac.uk/1<", "www.example.ac.uk/1<"),
    "xcri.presentation": (r"re:<presentation><dc:identifier>.*?</presentation>", ""),
    "xcri.start": ('<mlo:start dtf="2026-10-03">3 October 2026</mlo:start>', ""),
    "xcri.start_date": (' dtf="2026-10-03"', ""),
    "xcri.duration_interval": (' interval="P4M"', ""),
    "xcri.study_mode": ('identifier="PT"', 'identifier="C"'),
    "xcri.attendance_mode": ('<attendanceMode identifier="ON">', "<attendanceMode>"),
    "xcri.attendance_pattern": ('identifier="EV"', 'identifier="Evenings"'),
    "xcri.apply_to": ("<applyTo>https://example.ac.uk/apply</applyTo>", ""),
    "xcri.cost": ("GBP155", "UK fee: GBP155; Ireland fee: GBP340"),
    "xcri.credit_scheme": ("<credit:scheme>ECTS</credit:scheme>", ""),
    "xcri.credit_there": (r"re:<mlo:credit>.*?</mlo:credit>", ""),
    "xcri.qualification": ("<dc:title>Award in writing</dc:title>", ""),
    "xcri.parts": ("<abstract>Write", "<mlo:hasPart>x</mlo:hasPart><abstract>Write"),
}

QUALITY_LINK = f"""@prefix ql: <http://data.quality-link.eu/ontology/v1#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix elm: <http://data.europa.eu/snb/model/ontology/> .
@prefix adms: <http://www.w3.org/ns/adms#> .
@prefix dcterms: <http://purl.org/dc/terms/> .
<https://example.si/org> a ql:HigherEducationInstitution ;
  adms:identifier [ a ql:OrgRegIdentifier ; elm:schemeId ql:OrgReg ; skos:notation "SI0001" ] .
<urn:out:1> a elm:LearningOutcome ; dcterms:title "Explains what RDF is"@en .
<urn:course:1> a ql:LearningOpportunitySpecification ; ql:isActive true ;
  adms:identifier [ a elm:Identifier ; skos:notation "123" ] ;
  elm:EQFLevel <http://data.europa.eu/snb/eqf/7> ;
  dcterms:title "Linked open data"@en ;
  dcterms:description "A course about linked open data, its formats, its uses and its limits, in twelve weeks."@en ;
  dcterms:language <{LANGUAGE}/SLV> ;
  elm:learningOutcome <urn:out:1>, [ a elm:LearningOutcome ; dcterms:title "Writes Turtle"@en ] ;
  elm:ISCEDFCode <http://data.europa.eu/snb/isced-f/0611> .
<urn:course:1/2026> a ql:LearningOpportunityInstance ;
  elm:learningAchievementSpecification <urn:course:1> ;
  elm:defaultLanguage <{LANGUAGE}/SLV> ;
  elm:providedBy <https://example.si/org> .
"""
QUALITY_LINK_BREAKS: dict[str, Break] = {
    "ql.identifier": ('adms:identifier [ a elm:Identifier ; skos:notation "123" ] ;', ""),
    "ql.title": ('dcterms:title "Linked open data"@en ;', ""),
    "ql.language": (f"dcterms:language <{LANGUAGE}/SLV> ;", ""),
    "ql.isced_f": ("isced-f/0611", "isced-f/061101"),
    "ql.eqf_level": ("elm:EQFLevel <http://data.europa.eu/snb/eqf/7> ;", ""),
    "ql.learning_outcomes": (r"re:elm:learningOutcome <.*?\] ;", ""),
    "ql.outcome_title": ('; dcterms:title "Writes Turtle"@en ', ""),
    "ql.description": (" about linked open data, its formats, its uses and its limits, in twelve weeks", ""),
    "ql.provided_by": (" ;\n  elm:providedBy <https://example.si/org>", ""),
    "ql.specification": ("elm:learningAchievementSpecification <urn:course:1> ;", ""),
    "ql.default_language": (f"elm:defaultLanguage <{LANGUAGE}/SLV> ;", ""),
    "ql.instance": (r"re:<urn:course:1/2026>.*", ""),
    "ql.provider_identifier": ('"SI0001"', '"University 1"'),
    "ql.active": ("ql:isActive true ;", ""),
}
