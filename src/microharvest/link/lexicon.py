"""Words that tell siblings, runs and frames of titles apart, in the languages of the feeds; folded. Data alone.

A word stands here because it is a common word of course titles, never because one feed has it.
"""

from __future__ import annotations

__all__ = [
    "BUNDLES", "COHORTS", "CONJUNCTIONS", "EDITIONS", "FRAMES", "GRADES", "LANGUAGES", "MARKERS", "MONTHS", "NUMBERS",
    "OF", "ROMANS", "SEASONS", "STAGES", "STARTS", "STOPWORDS",
]  # fmt: skip


def _words(said: str) -> frozenset[str]:
    return frozenset(said.split())


def _turned(said: dict[str, str]) -> dict[str, str]:
    return {word: kind for kind, words in said.items() for word in words.split()}


MARKERS = _turned({
    "level": "level niveau nivel nivell livello niva nivaa stufe taso poziom stupen stopnja razina lvl seviye",
    "part": "part parte partie teil del osa deel dio czesc cast cz tome",
    "module": "module modul modulo modulen moduuli modulis modulet einheit unit unidad unite enhet",
    "unit": "block bloque bloc blokk kurs course curso cours corso kurssi cursus volume vol band chapter capitulo",
})  # fmt: skip
"""Word before or after a number -> kind of the number."""

_NUMBER_WORDS = {
    1: "one first eins erste erster erstes primero primera premier premiere primo prima en forste ensimmainen uno un "
    "une een eerste pierwszy primeiro primeira forsta",
    2: "two second zwei zweite zweiter zweites segundo segunda deuxieme seconde secondo seconda to andre toinen dos "
    "deux twee tweede drugi dois duas andra due",
    3: "three third drei dritte dritter drittes tercero tercera troisieme terzo terza tre tredje kolmas tres trois "
    "drie derde trzeci terceiro",
    4: "four fourth vier vierte vierter cuarto cuarta quatrieme quarto quarta fire fjerde neljas cuatro quatre "
    "quattro vierde fyra",
    5: "five fifth funf funfte quinto quinta cinquieme fem femte viides cinco cinq cinque vijf vijfde",
    6: "six sixth sechs sechste sexto sexta sixieme seks sjette seis sei zes zesde",
}
NUMBERS = {word: number for number, words in _NUMBER_WORDS.items() for word in words.split()}
ROMANS = {"i": 1, "ii": 2, "iii": 3, "iv": 4, "v": 5, "vi": 6, "vii": 7, "viii": 8, "ix": 9, "x": 10}

GRADES = _turned({
    "intro": "introduction introductory intro beginner beginners fundamentals fundamental basics basic foundations "
    "foundation einfuhrung grundlagen basiswissen grundkurs anfanger einsteiger initiation debutant debutants notions "
    "bases introduccion fundamentos iniciacion basico basicos principiantes introduzione fondamenti principianti "
    "inleiding introductie basis beginselen beginners introduksjon innforing grunnkurs grundkurs introduktion "
    "begynnere begynner nybegynnere "
    "johdatus johdanto perusteet alkeet peruskurssi wprowadzenie podstawy introducao conceptos iniciantes",
    "middle": "intermediate mittelstufe intermedio intermedia intermediaire halverwege keskitaso mellomniva",
    "advanced": "advanced fortgeschrittene fortgeschrittenen fortgeschritten aufbaukurs vertiefung avanzado avanzada "
    "avanzato avanzata avance avancee approfondissement perfectionnement gevorderden gevorderd viderekommende "
    "videregaende avancerad fordjupning jatkokurssi syventava edistyneet zaawansowany avancado expert masterclass more",
})  # fmt: skip
STAGES = _turned({
    "primary": "elementary primary primaria primaire grundschule alakoulu barneskole basisschool primar",
    "secondary": "secondary secundaria secondaire sekundarstufe ylakoulu ungdomsskole sekundar",
    "preschool": "preschool kindergarten infantil maternelle esiopetus barnehage kleuter",
})  # fmt: skip
BUNDLES = _words(
    "certificate certificates programme program specialization specialisation zertifikatsprogramm zertifikatslehrgang "
    "zertifikat certifiant certificat certificacion certificado certificazione certificaatprogramma certificaat "
    "todistusohjelma diploma nanodegree bundle lehrgang xseries micromasters professional-certificate programa "
    "programma ohjelma programmet specializzazione especializacion"
)
LANGUAGES = _words(
    "java javascript typescript python c++ c# php ruby kotlin swift scala rust perl matlab fortran haskell golang "
    "cobol julia lua dart vba"
)
"""Programming languages: one course in two of them is two courses."""

EDITIONS = (
    "edition editions edicion edizione edicao ausgabe fassung editie painos utgave upplaga versio version wydanie"
)
SEASONS = (
    "autumn fall spring summer winter herbst fruhjahr fruhling sommer wintersemester sommersemester ws wise ss sose "
    "automne printemps hiver ete otono primavera invierno verano autunno estate inverno najaar voorjaar zomer herfst "
    "lente syksy kevat kesa talvi rentree semester term semestre trimester trimestre host hosten var varen sommar "
    "jesien wiosna lato zima outono verao academic-year curso-academico"
)
COHORTS = (
    "cohort kohorte kohort cohorte gruppe groep group grupo gruppo groupe ryhma session sesion sessione convocatoria "
    "promotion promocion durchgang intake run kull jahrgang batch"
)
STARTS = "start starts starting debut inicio alkaa alkaen beginn begin beginnt ab from des-le oppstart inizio vanaf fra"
MONTHS = (
    "january february march april may june july august september october november december jan feb mar apr jun jul "
    "aug sep sept oct nov dec januar februar marz mai juni juli oktober dezember janvier fevrier mars avril juin "
    "juillet aout septembre octobre novembre decembre enero febrero marzo abril mayo junio julio agosto septiembre "
    "octubre noviembre diciembre gennaio febbraio aprile maggio giugno luglio settembre ottobre dicembre januari "
    "februari maart mei augustus tammikuu helmikuu maaliskuu huhtikuu toukokuu kesakuu heinakuu elokuu syyskuu "
    "lokakuu marraskuu joulukuu desember"
)
OF = _words("of av von de di sur fra aus van do da")

FRAMES = (
    r"\[[^\]]{1,14}\]",
    r"micro-?credentials?(?: in| on| en)?", r"micro-?certifi\w+(?: en)?", r"micro-?credencia(?:l|is|les)(?: en| em)?",
    r"micro-?degree(?: in)?", r"mikro-?credentials?", r"mikrokredentiaali", r"mikrozertifikat", r"mikrokurs",
    r"pienet osaamiskokonaisuudet", r"microcredenziale(?: in)?", r"micro-?emne",
    r"short course(?: in| on)?", r"online course(?: in| on)?", r"formation courte", r"mooc",
    r"(?:course|kurs|kurssi|curso|cursus|corso|cours|weiterbildung|seminar|formation|opleiding|fortbildung)(?= *[:–-])",
    r"(?:formation|opleiding|cursus)(?= )",
)  # fmt: skip
"""What feeds put before the title proper, as patterns over the folded text."""

CONJUNCTIONS = _words("and und et og och ja oder or ou")
"""What joins two things: "accounting and bookkeeping" need not be "accounting (bookkeeping)"."""

STOPWORDS = _words(
    "the a an of in on for to and with at by from de la le les l d des du en el los las y para pour dans et avec con "
    "der die das den dem im und fur mit von zu het een op voor met van ja au aux un une del dei degli della delle per "
    "e il lo gli i og av til pa med som ett och om na w z do da dos em no o as"
)
