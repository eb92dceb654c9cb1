"""Kouta, the Finnish national register of education (Opintopolku): its documents and its search answers.

One record per koulutus (what is taught) with the toteutukset (when, where, how) of the same document inside; a toteutus
whose koulutus is not in the document is a record of its own. What stays true: the key is the oid; a season is no date;
an amount that two numbers were glued to (180120 for 180 + 120) is never taken for one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from microharvest.connectors.dialects.kouta.entities import (
    Entity,
    entities_in,
    organisations_of,
)  # a path hook finds it

from microharvest.kit import (
    DialectSettings,
    Document,
    Draft,
    Names,
    Record,
    Text,
    identify,
    is_credential,
    lookup_table,
    record_from_json,
)

__all__ = ["Mapping"]

FIELD = re.compile(r"kansallinenkoulutusluokitus2016koulutusalataso[1-3]_(\d{2,4})")
"""Finland's classification of fields in 2016 takes ISCED-F 2013 over with its codes."""
LEVEL = re.compile(r"eqf_([1-8])")
OUTCOMES, CONTENT = "koulutuksenlisatiedot_13", "koulutuksenlisatiedot_12"
OPH = "1.2.246.562.10.00000000001"
"""The national agency owns the common vocational educations and teaches none of them."""
SNB_EQF = "http://data.europa.eu/snb/eqf/"

LEFT_OUT = {
    "esikatselu": "of the entry", "julkinen": "of the entry", "timestamp": "of the entry",
    "kielivalinta": "languages of the entry, not of the teaching", "formatoituModified": "modified once more",
    "haut": "rounds of application", "hakuAuki": "is application open now", "organisaatiot": "oids of all owners above",
    "oppilaitokset": "the institutions' oids", "koulutukset": "codes of the national classification of educations",
    "koulutustyyppiPath": "the type once more", "johtaaTutkintoon": "no field", "sorakuvaus": "fitness rules",
    "sorakuvausId": "fitness rules", "ePerusteId": "the national curriculum", "_enrichedData": "the name once more",
    "liitetytOsaamismerkit": "badges beside the course", "toteutustenTarjoajat": "how many provide it",
    "tutkintonimikkeet": "titles of degrees: no field", "koulutusOhjelmatLkm": "counts",
}  # fmt: skip
METADATA_LEFT_OUT = {
    "tyyppi": "the type once more", "isMuokkaajaOphVirkailija": "who edited it", "tutkintonimike": "titles of degrees",
    "eperuste": "the national curriculum", "linkkiEPerusteisiin": "the national curriculum",
    "osaamisalat": "specialisations within it", "hakutermi": "a word of the form", "hakulomaketyyppi": "of the form",
    "hakulomakeLinkki": "where to apply, not where it is described", "aloituspaikkakuvaus": "seats",
    "aloituspaikat": "seats", "isAvoinKorkeakoulutus": "no field", "isTyovoimakoulutus": "no field",
    "isTaydennyskoulutus": "no field", "hasJotpaRahoitus": "no field", "opinnonTyyppi": "no field",
    "lisatietoaValintaperusteista": "how applicants are chosen", "lisatietoaHakeutumisesta": "how to apply",
    "ammatillinenPerustutkintoErityisopetuksena": "no field", "tunniste": "read above",
}  # fmt: skip
TEACHING_LEFT_OUT = {
    "maksullisuusKuvaus": "prose on the fee", "suunniteltuKestoKuvaus": "prose on the duration",
    "opetustapaKuvaus": "prose on the mode", "opetuskieletKuvaus": "prose on the language",
    "opetusaika": "time of day: no field", "opetusaikaKuvaus": "time of day: no field", "onkoApuraha": "see apuraha",
    "maksullisuustyyppi": "read above", "maksunMaara": "read above", "lisatiedot": "read above",
}  # fmt: skip
TARGET_LEFT_OUT = {
    "hakulomakeKuvaus": "of the form", "hakulomaketyyppi": "of the form", "hakulomakeLinkki": "of the form",
    "hakulomakeAtaruId": "of the form", "aloituspaikat": "seats", "jarjestyspaikkaHierarkiaNimi": "the place once more",
    "hasValintaperustekuvausData": "how applicants are chosen", "valintaperusteId": "how applicants are chosen",
    "organisaatio": "the owner once more", "formatoituModified": "of the entry", "modified": "of the entry",
    "esikatselu": "of the entry", "hakuajat": "its end is read", "metadata": "points and queues of applicants",
    "hakuAuki": "is application open now",
}  # fmt: skip


class Mapping:
    """`Mapping(settings)`; see `kit.Dialect`."""

    version = 3
    names = Names()

    def __init__(self, settings: DialectSettings) -> None:
        self._settings = settings
        self._tables = {
            name: lookup_table(__file__, name)
            for name in ("opetustapa", "opetuskieli", "laajuusyksikko", "koulutustyyppi", "koulutusala")
        }

    def cut(self, document: Document) -> Iterator[Record]:
        """One record per koulutus or lone toteutus. Institutions and application targets alone are refused as no
        offers; what the list said of a detail page (`document.context`) goes into its record."""
        if document.deleted:
            yield record_from_json({}, native_id=document.native_id, datestamp=document.datestamp, deleted=True)
            return
        whole = record_from_json(document.value, native_id=document.native_id, url=document.url)
        if is_credential(whole):
            yield record_from_json({"type": "VerifiableCredential"}, native_id=document.native_id or "credential")
            return
        found = list(entities_in(document.value))
        listed = {each.oid: each.value for each in entities_in(document.context)}
        institutions = [each for each in found if each.kind == "oppilaitos"]
        educations = {each.oid for each in found if each.kind == "koulutus"}
        carried: dict[str, list[Entity]] = {}
        for each in found:
            if each.kind == "toteutus":
                carried.setdefault(str(each.value.get("koulutusOid")), []).append(each)
        for each in found:
            if each.kind in ("oppilaitos", "hakukohde"):
                yield self._record(document, each, {each.kind: {"oid": each.oid}})
                continue
            below = carried.get(each.oid, []) if each.kind == "koulutus" else []
            if each.kind == "toteutus" and str(each.value.get("koulutusOid")) in educations:
                continue
            named = organisations_of(each.value).union(*(organisations_of(one.value) for one in below))
            value: dict[str, Any] = {each.kind: each.value}
            if each.oid in listed:
                value["hit"] = listed[each.oid]
            if below:
                value["toteutukset"] = [one.value for one in sorted(below, key=lambda one: one.oid)]
            joined = [one.value for one in institutions if one.oid in named]
            if joined:
                value["oppilaitokset"] = joined
            yield self._record(document, each, value)

    def _record(self, document: Document, entity: Entity, value: dict[str, Any]) -> Record:
        record = record_from_json(value, native_id=entity.oid, datestamp=document.datestamp, url=document.url)
        if self._settings.identity:
            record.native_id = identify(record, self._settings.identity)
        return record

    def map_record(self, record: Record, draft: Draft) -> None:
        """The koulutus is the offer, its toteutukset and their hakukohteet are the instances."""
        if is_credential(record):
            draft.refuse("record.credential_refused")
            return
        education, carried = record.first("koulutus"), record.first("toteutus")
        offer = education or carried
        if offer is None:
            draft.refuse("record.not_an_offer")
            return
        reader = _Reader(draft, self._tables, list(record.each("oppilaitokset")))
        reader.map_offer(offer, record.first("hit"))
        details = list(record.each("toteutukset"))
        known = {oid for detail in details for oid in detail.peek("oid")}
        for short in offer.each("toteutukset"):
            if not known.isdisjoint(short.peek("oid")):
                _skip(short, short.names(), "told in full by the toteutus itself")
            else:
                reader.map_carrying_out(short)
        for detail in details:
            reader.fill_from(detail)
            reader.map_carrying_out(detail)
        if carried is not None and education is None:
            reader.map_carrying_out(carried)


class _Reader:
    """One record on its way into a draft."""

    def __init__(self, draft: Draft, tables: dict[str, dict[str, dict[str, str]]], institutions: list[Record]) -> None:
        self._draft, self._tables, self._institutions = draft, tables, institutions

    def map_offer(self, offer: Record, hit: Record | None) -> None:
        draft = self._draft
        metadata = offer.first("metadata")
        parts = [part for part in (offer, metadata, hit) if part is not None]
        for name, field in (("nimi", "title"), ("kuvaus", "description"), ("osaamistavoitteet", "learning_outcomes")):
            self._say_first(parts, name, field)
        self._say_further(parts)
        draft.say("identifier", offer.text("oid"), scheme="oid")
        for part in parts:
            for name in ("externalId", "tunniste"):
                draft.say("code", part.text(name))
        draft.say("part_of", offer.text("koulutusOid"), scheme="oid")
        for name, field in (("kuuluuOpintokokonaisuuksiin", "part_of"), ("liitetytOpintojaksot", "has_part")):
            for link in offer.each(name):
                draft.say(field, link.text("oid"), scheme="oid")
                _skip(link, link.names(), "of the linked course")
        draft.say("status", offer.text("tila"))
        draft.say("modified", offer.text("modified"))
        self._map_type(parts)
        self._map_size(parts)
        self._map_levels_and_fields(parts)
        self._map_provider(offer, hit)
        for part in parts:
            _skip(part, LEFT_OUT)
            self._map_units(list(part.each("tutkinnonOsat")))
        if hit is not None:
            _skip(hit, ("oid", "nimi", "kuvaus", "koulutustyyppi", "eqf", "nqf", "tila"), "the detail page says it")
        if metadata is not None:
            _skip(metadata, METADATA_LEFT_OUT)

    def _map_units(self, units: list[Record]) -> None:
        """A unit of a qualification: its name in more languages, and the qualification it is a part of."""
        for unit in units if len(units) == 1 else ():
            for named in unit.each("tutkinnonOsat"):
                for text in _spoken(named, "nimi"):
                    self._draft.say("title", text)
            for whole in unit.each("koulutus"):
                self._draft.say("part_of", _code(whole), scheme="koulutus")
        for unit in units:
            _skip(unit, unit.names(), "what is told of a unit is read above")

    def fill_from(self, detail: Record) -> None:
        """What a toteutus says of the teaching itself, where its koulutus does not."""
        for metadata in detail.each("metadata"):
            for name, field in (("kuvaus", "description"), ("osaamistavoitteet", "learning_outcomes")):
                self._say_first([metadata], name, field)
            self._map_size([metadata])
            self._map_levels_and_fields([metadata])

    def _say_first(self, parts: list[Record], name: str, field: str) -> None:
        """Texts by language of the first part that has any."""
        for part in parts:
            if not self._draft.has(field):
                for text in _spoken(part, name):
                    self._draft.say(field, text)

    def _say_further(self, parts: list[Record]) -> None:
        """Texts under a heading: outcomes and content; other headings have no field."""
        places = [*parts, *(teaching for part in parts for teaching in part.each("opetus"))]
        has_outcomes = self._draft.has("learning_outcomes")
        for further in (each for place in places for each in place.each("lisatiedot")):
            heading = next((_code(each) for each in further.each("otsikko")), "")
            field = {OUTCOMES: "learning_outcomes", CONTENT: "description"}.get(heading)
            if field is not None and not (field == "learning_outcomes" and has_outcomes):
                for text in _spoken(further, "teksti"):
                    self._draft.say(field, text)
            _skip(further, ("otsikko", "teksti"), "a heading without a field, or said already")

    def _map_type(self, parts: list[Record]) -> None:
        for part in parts:
            kind = part.text("koulutustyyppi") or part.text("tyyppi")
            if kind is not None and not self._draft.has("source_label"):
                row = self._tables["koulutustyyppi"].get(kind.value.casefold())
                self._draft.say("source_label", kind)
                if row is not None:
                    self._draft.say("credential_type", kind, uri=row["uri"], basis="mapped")

    def _map_size(self, parts: list[Record]) -> None:
        """How large it is: the label where it says more than one number, else the number, with its unit."""
        units = [each for part in parts for each in part.each("tutkinnonOsat")]
        for part in [*parts, *(units if len(units) == 1 else ())]:
            number = part.text("opintojenLaajuusNumero") or _range(part)
            labels = list(_labels(part, "opintojenLaajuus"))
            label = labels[0] if labels else None
            chosen = label if label is not None and (number is None or "+" in label.value) else number
            named = part.first("opintojenLaajuusyksikko")
            code = _code(named) if named is not None else ""
            unit = next(iter(_labels(part, "opintojenLaajuusyksikko")), None)
            word = unit.value.casefold() if unit is not None else ""
            if named is not None:
                _skip(named, named.names(), "the unit is looked up")
            table = self._tables["laajuusyksikko"]
            row = table.get(code) or table.get(word) or {"field": "credits", "unit": word}
            if chosen is not None and not any(self._draft.has(field) for field in ("credits", "workload", "duration")):
                self._draft.say(row["field"], chosen, unit=row["unit"])

    def _map_levels_and_fields(self, parts: list[Record]) -> None:
        draft = self._draft
        for part in parts:
            if not draft.has("eqf_level"):
                for concept in part.each("eqf"):
                    code = LEVEL.fullmatch(_code(concept))
                    text = concept.text("koodiUri")
                    draft.say("eqf_level", text, uri=SNB_EQF + code[1] if code is not None else None)
                    _skip(concept, ("nimi",), "the level is kept")
            if not draft.has("nqf_level"):
                self._say_coded(part, "nqf", "nqf_level")
            self._say_coded(part, "koulutusala", "subject")
            for concept in part.each("asiasanat"):
                draft.say("subject", concept.text("arvo"), lang=concept.value("kieli"))
            for concept in part.each("ammattinimikkeet"):
                draft.say("occupations", concept.text("arvo"), lang=concept.value("kieli"))
        fields: dict[str, Text] = {
            str(found[1]): text
            for part in parts
            for text in (
                *(
                    text
                    for each in part.each("koulutuskoodienAlatJaAsteet")
                    for text in each.texts("koulutusalaKoodiUrit")
                ),
                *(text for each in part.each("koulutusala") for text in each.texts("koodiUri")),
            )
            if (found := FIELD.fullmatch(text.value.partition("#")[0])) is not None
        }
        for number, said in fields.items():
            if not any(other != number and other.startswith(number) for other in fields):
                national = self._tables["koulutusala"].get(number)
                isced = national["isced"] if national is not None else number
                draft.say("isced_f", Text(isced, None, said.path), basis="mapped")
        for part in parts:
            for each in part.each("koulutuskoodienAlatJaAsteet"):
                _skip(each, ("koulutusKoodiUri", "koulutusasteKoodiUrit"), "codes of the national classification")

    def _say_coded(self, part: Record, name: str, field: str) -> None:
        for concept in part.each(name):
            for text in _spoken(concept, "nimi"):
                self._draft.say(field, text, code=_code(concept))
            concept.skip("koodiUri", "kept as the concept's code")

    def _map_provider(self, offer: Record, hit: Record | None) -> None:
        """The one provider there is; else the owner, unless that is the national agency."""
        providers, owner = list(offer.each("tarjoajat")), offer.first("organisaatio")
        chosen = providers[0] if len(providers) == 1 else owner
        if chosen is not None and chosen.peek("oid") != [OPH]:
            self._say_organisation(chosen, self._draft.part("provider"))
        elif chosen is None:
            for part in filter(None, (offer, hit)):
                for several in part.each("toteutustenTarjoajat"):
                    if several.peek("count") == ["1"]:
                        provider = self._draft.part("provider")
                        for text in _spoken(several, "nimi"):
                            provider.say("name", text)
        for each in (*providers, *([owner] if owner is not None else [])):
            if each is not chosen or each.peek("oid") == [OPH]:
                _skip(each, each.names(), "one of several providers, or the owner of the entry")

    def _say_organisation(self, part: Record, organisation: Draft) -> None:
        key = part.text("oid")
        for text in _spoken(part, "nimi"):
            organisation.say("name", text)
        organisation.say("identifier", key, scheme="oid")
        for text in list(_labels(part, "paikkakunta"))[:1]:
            organisation.say("city", text)
        for institution in self._institutions:
            own = [*institution.peek("oid"), *(oid for unit in institution.each("osat") for oid in unit.peek("oid"))]
            if key is not None and key.value in own:
                for site in (each for name in ("oppilaitos",) for each in institution.each(name)):
                    for page in (page for meta in site.each("metadata") for page in meta.each("wwwSivu")):
                        organisation.say("homepage", next(iter(_spoken(page, "url")), None))
            _skip(institution, institution.names(), "of an institution only its homepage is joined")
        _skip(part, part.names(), "names, oid and town are kept")

    def map_carrying_out(self, part: Record) -> None:
        """An instance for each application target; without one, for the toteutus itself."""
        metadata = part.first("metadata")
        targets: list[tuple[Record | None, Record]] = [
            (target, round_) for round_ in part.each("hakutiedot") for target in round_.each("hakukohteet")
        ]
        for target, round_ in targets or [(None, part)]:
            instance = self._draft.part("instance")
            source = target if target is not None else part
            for text in _spoken(source, "nimi"):
                instance.say("title", text)
            instance.say("identifier", source.text("hakukohdeOid") or source.text("oid"), scheme="oid")
            instance.say("status", source.text("tila"))
            if target is not None:
                self._map_target(target, round_, instance)
            if metadata is not None:
                self._say_teaching(metadata, instance)
            if target is None:
                for place in part.each("tarjoajat"):
                    self._say_place(place, instance)
                owner = part.first("organisaatio")
                if owner is not None:
                    _skip(owner, owner.names(), "the owner of the entry")
        for round_ in part.each("hakutiedot"):
            _skip(round_, ("hakuOid", "nimi", "hakutapa", "kohdejoukko", "koulutuksenAlkamiskausi"), "the round")
        left_out = ("nimi", "oid", "koulutusOid", "tila", "modified", "externalId", "koulutustyyppi", *LEFT_OUT)
        _skip(part, (*left_out, "tarjoajat", "kuuluuOpintokokonaisuuksiin", "liitetytOpintojaksot"), "of the offer")
        if metadata is not None:
            of_offer = ("kuvaus", "osaamistavoitteet", "opintojenLaajuusNumero", "opintojenLaajuusyksikko")
            _skip(metadata, (*METADATA_LEFT_OUT, *of_offer, "asiasanat", "ammattinimikkeet"), "of the offer")

    def _say_teaching(self, metadata: Record, instance: Draft) -> None:
        for period in metadata.each("hakuaika"):
            if not instance.has("application_deadline"):
                instance.say("application_deadline", period.text("paattyy"))
            _skip(period, ("alkaa", "formatoituPaattyy", "formatoituAlkaa"), "of the application")
        for teaching in metadata.each("opetus"):
            for concept in teaching.each("opetustapa"):
                row = self._tables["opetustapa"].get(_code(concept))
                texts = list(_spoken(concept, "nimi")) or [
                    code if row is None else Text(row["uri"], None, code.path) for code in concept.texts("koodiUri")
                ]
                for text in texts if row is not None else texts[:1]:
                    instance.say("mode", text, uri=row["uri"] if row is not None else None)
                concept.skip("koodiUri", "looked up")
            for concept in teaching.each("opetuskieli"):
                row = self._tables["opetuskieli"].get(_code(concept))
                said = next(iter(_spoken(concept, "nimi")), None) or concept.text("koodiUri")
                if row is not None and said is not None:
                    said = Text(row["languages"], None, said.path)
                instance.say("languages", said, basis="mapped")
                _skip(concept, ("koodiUri", "nimi"), "looked up")
            self._say_money(teaching, instance)
            years, months = (teaching.value(f"suunniteltuKesto{name}") or "0" for name in ("Vuodet", "Kuukaudet"))
            spelt = "".join(f"{amount}{sign}" for amount, sign in ((years, "Y"), (months, "M")) if amount != "0")
            instance.say("duration", f"P{spelt}" if spelt else None)
            for start in teaching.each("koulutuksenAlkamiskausi"):
                _say_start(start, instance)  # said once: the target's own day goes first
            _skip(teaching, TEACHING_LEFT_OUT)

    def _say_money(self, teaching: Record, instance: Draft) -> None:
        """Fees are in euros; the fee of an academic year is asked of some applicants alone and is no price."""
        for fee in [*teaching.each("maksut"), teaching]:
            kind, amount = fee.text("maksullisuustyyppi"), fee.text("maksunMaara")
            if kind is not None and kind.value == "maksuton":
                instance.say("price", kind, currency="EUR")
            elif kind is not None and kind.value == "maksullinen":
                instance.say("price", amount, currency="EUR", basis="mapped")
        for grant in teaching.each("apuraha"):
            texts = list(_spoken(grant, "kuvaus"))
            for text in texts:
                self._draft.say("grants", text)
            low, high, unit = (grant.value(name) or "" for name in ("min", "max", "yksikko"))
            if not texts and (low or high):
                self._draft.say("grants", f"{low}-{high} {unit}".strip(" -"), lang="fi")

    def _map_target(self, target: Record, round_: Record, instance: Draft) -> None:
        deadlines = [text for period in target.each("hakuajat") for text in period.texts("paattyy")]
        instance.say("application_deadline", max(deadlines, default=None))
        starts = list(target.each("koulutuksenAlkamiskausi")) or list(round_.each("koulutuksenAlkamiskausi"))
        for start in starts:
            _say_start(start, instance)
        for place in target.each("jarjestyspaikka"):
            self._say_place(place, instance)
        for name in ("pohjakoulutusvaatimus", "pohjakoulutusvaatimusTarkenne"):
            concepts = list(target.each(name)) if name == "pohjakoulutusvaatimus" else [target]
            for concept in concepts:
                for text in _spoken(concept, "nimi" if concept is not target else name):
                    self._draft.say("entry_requirement", text)
                concept.skip("koodiUri", "the label is kept")
        _skip(target, (*TARGET_LEFT_OUT, "koulutuksenAlkamiskausi", "oid"))

    def _say_place(self, place: Record, instance: Draft) -> None:
        location = instance.part("location")
        names, towns = list(_spoken(place, "nimi")), list(_labels(place, "paikkakunta"))
        for text in towns[:1]:
            location.say("city", text)
        for text in names[:1]:
            location.say("address", text)
        _skip(place, place.names(), "a name and a town are kept")


def _say_start(start: Record, instance: Draft) -> None:
    """An exact day, or the year; the season beside the year is no date."""
    year = start.text("koulutuksenAlkamisvuosi")
    for field, day in (
        ("start_date", start.text("koulutuksenAlkamispaivamaara") or year),
        ("end_date", start.text("koulutuksenPaattymispaivamaara")),
    ):
        if not instance.has(field):
            instance.say(field, day)
    left_out = ("alkamiskausityyppi", "henkilokohtaisenSuunnitelmanLisatiedot", "koulutuksenAlkamiskausi")
    formatted = ("formatoituKoulutuksenalkamispaivamaara", "formatoituKoulutuksenpaattymispaivamaara")
    _skip(start, (*left_out, *formatted), "the date once more, or a season")


def _spoken(part: Record, name: str) -> Iterator[Text]:
    """Kielistetty: an object of language to text, Finnish first; a bare text has no language."""
    for spoken in part.each(name):
        own = spoken.own()
        if own is not None:
            yield own
        for language in sorted(
            spoken.names(),
            key=lambda each: (("fi", "sv", "en").index(each), each) if each in ("fi", "sv", "en") else (3, each),
        ):
            for text in spoken.texts(language):
                yield Text(text.value, language, text.path)


def _labels(part: Record, name: str) -> Iterator[Text]:
    """The names of a coded value, Finnish first."""
    for concept in part.each(name):
        yield from _spoken(concept, "nimi")
        concept.skip("koodiUri", "the name is kept")


def _code(concept: Record) -> str:
    """`opintojenlaajuusyksikko_2#1` -> `opintojenlaajuusyksikko_2`: the number behind # is the code's version."""
    return "".join(concept.peek("koodiUri")[:1]).partition("#")[0].casefold()


def _range(part: Record) -> Text | None:
    low, high = part.text("opintojenLaajuusNumeroMin"), part.text("opintojenLaajuusNumeroMax")
    if low is None or high is None or low.value == high.value:
        return low or high
    return Text(f"{low.value}-{high.value}", None, low.path)


def _skip(part: Record, left_out: Any, reason: str = "see the tables of this module") -> None:
    for name in left_out:
        part.skip(name, reason)
