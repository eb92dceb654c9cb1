"""Words of organisations' names: kinds, legal forms and cities, from the languages of the feeds to one. Data alone."""

from __future__ import annotations

__all__ = ["CITIES", "CONNECTORS", "LEGAL_FORMS", "ORG_WORDS", "TURNED"]

_FORMS = (
    "ggmbh|gmbh|e v|ev|e g|eg|ag|kg|ltd|limited|plc|inc|llc|corp|oy|oyj|ry|rf|ab|as|asa|b v|bv|n v|nv|vzw|"
    "asbl|s l|sl|s l u|slu|s a|sa|sas|s a s|sarl|s r l|srl|s p a|spa|lda|d o o|doo|kft|zrt|z o o|sp z o o|"
    "s r o|sro|e c|aps|a s|o p s"
)
LEGAL_FORMS = tuple(_FORMS.split("|"))

_CONNECTORS = (
    "of|de|des|du|la|le|les|l|d|der|die|das|fur|for|et|and|und|y|e|en|di|del|della|van|voor|the|a|at|in|da|do|"
    "dos|och|og|ja|na|w"
)
CONNECTORS = frozenset(_CONNECTORS.split("|"))

TURNED = frozenset(
    ("weiterbildung", "continuing education", "formation continue", "formacion continua", "taydennyskoulutus",
     "etterutdanning", "professional education", "lifelong learning", "online")
)  # fmt: skip
"""What is put behind a name and says nothing of who it is."""

_KINDS = {
    "uas": "university of applied sciences|fachhochschule|technische hochschule|hochschule|hogeschool|"
    "ammattikorkeakoulu|ammattikorkeakoulun|amk|fh|hs|th|yrkeshogskola|"
    "haute ecole|university college|hogskole|hogskolen|hogskola",
    "univ": "university|universitat|universite|universidad|universita|universiteit|universitet|universitetet|"
    "yliopisto|yliopiston|uniwersytet|universidade|univerzita|univerza|uni|univ|u",
    "techuniv": "technical university|university of technology|technische universitat|technische universiteit|"
    "institute of technology|teknillinen yliopisto|tekniska hogskolan|universidad tecnica|tu|lut university",
    "polyuniv": "polytechnic university|universidad politecnica|universite polytechnique|polytechnic|politecnica|"
    "politecnico|polytechnique|universitat politecnica|up",
    "business": "hochschule fur wirtschaft|school of business|business school|ecole de commerce|escuela de negocios|"
    "kauppakorkeakoulu|handelshogskolan|handelshoyskolen|hfw|escuela de comercio|school of economics",
    "iut": "institut universitaire de technologie|university institute of technology|iut",
    "vhs": "volkshochschule|vhs|adult education centre|adult education center|aikuiskoulutuskeskus|akk|"
    "universidad popular|aikuisopisto|folkuniversitet|volksuniversiteit",
    "craftchamber": "handwerkskammer|hwk|chamber of crafts|chamber of trades|chambre de metiers|chambre des metiers",
    "commercechamber": "industrie und handelskammer|ihk|chamber of commerce and industry|chamber of commerce|"
    "camara de comercio|camara|chambre de commerce et d industrie|chambre de commerce|cci|kamer van koophandel|kvk|"
    "kauppakamari|camera di commercio|wirtschaftskammer|wko",
    "commercechamber academy": "chamber academy",
    "academy": "akademie|academy|academie|academia|accademia|akatemia|akademi|akademia",
    "educationunion": "bildungswerk|bw|education association|bildungsverein|educational association",
    "vetcentre": "centro integrado de fp|centro integrado de formacion profesional|integrated vet centre|cifp|"
    "integrated vet center|centro integrado publico",
    "trainingcentre": "opleidingscentrum|training centre|training center|ausbildungszentrum|centre de formation|"
    "centro de formacion|centro di formazione|koulutuskeskus|opplaeringssenter|bildungszentrum|utbildningscentrum",
    "roc": "regional training centre|regionaal opleidingencentrum|regionaal opleidingscentrum|regional training center",
    "trainingfoundation": "fundacion formacion|training foundation|foundation for training|fundacion de formacion",
    "college": "college|colegio|colegiul|opisto|kansanopisto",
    "vocationalcollege": "ammattiopisto|vocational college|berufsschule|lycee professionnel|vocational school",
    "institute": "institut|institute|instituto|istituto|instituutti|instituut|institutt",
    "skills": "skills|competences|kompetenz|competencias|taidot",
    "summeruniv": "kesayliopisto|summer university",
}
ORG_WORDS = {phrase: kind for kind, phrases in _KINDS.items() for phrase in phrases.split("|")}

_EXONYMS = {
    "koln": "cologne",
    "munchen": "munich",
    "wien": "vienna",
    "nurnberg": "nuremberg",
    "gent": "ghent gand",
    "antwerpen": "antwerp anvers",
    "brugge": "bruges",
    "leuven": "louvain",
    "zaragoza": "saragossa",
    "sevilla": "seville",
    "lisboa": "lisbon",
    "porto": "oporto",
    "milano": "milan",
    "roma": "rome",
    "firenze": "florence",
    "torino": "turin",
    "venezia": "venice",
    "napoli": "naples",
    "genova": "genoa",
    "padova": "padua",
    "praha": "prague",
    "warszawa": "warsaw",
    "krakow": "cracow",
    "kobenhavn": "copenhagen",
    "goteborg": "gothenburg",
    "helsinki": "helsingfors helsingin",
    "turku": "abo turun",
    "tampere": "tammerfors tampereen",
    "oulu": "uleaborg oulun",
    "vaasa": "vasa vaasan",
    "espoo": "esbo",
    "jyvaskyla": "jyvaskylan",
    "joensuu": "joensuun",
    "kuopio": "kuopion",
    "lahti": "lahden",
    "rovaniemi": "rovaniemen",
    "pori": "porin",
    "strasbourg": "strassburg",
    "geneve": "geneva genf",
    "basel": "basle bale",
    "zurich": "zuerich",
    "bern": "berne",
    "hague": "haag",
    "athina": "athens",
    "bucuresti": "bucharest",
    "beograd": "belgrade",
    "bruxelles": "brussels brussel",
    "liege": "luik",
    "lille": "rijsel",
    "coruna": "corunna",
    "braunschweig": "brunswick",
    "hannover": "hanover",
    "wroclaw": "breslau",
    "gdansk": "danzig",
    "poznan": "posen",
}
CITIES = {word: city for city, words in _EXONYMS.items() for word in words.split()}
