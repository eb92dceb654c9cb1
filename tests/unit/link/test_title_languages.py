"""Course titles in the languages of Europe: the words of the offer, the marks of siblings, and what is left out.

A row says `title => words | mark; mark`. Marks: "level 2", "cefr b1", "number 3", "intro", "bundle", "y2025", ...
"""

from __future__ import annotations

import pytest

from microharvest.link.features import features_of
from microharvest.link.titles import read_title
from microharvest.model.offer import Offer
from microharvest.model.organisation import Organisation

TITLES = """
# English
Carpentry, level two => carpentry | level 2
Nutrition for carers – Module 3 => nutrition carers | module 3
Beekeeping, Part I => beekeeping | part 1
Part A Welding => welding | part 1
Second module of contract law => contract law | module 2
Data literacy: first level 86 => data literacy | level 1; number 86
3D module => 3d module |
3D course for architects => 3d course architects |
Intermediate Norwegian => norwegian | middle
Soil science (Cohort 4) => soil science |
Soil science – 3rd edition => soil science |
Soil science (starts 2026-09-10) => soil science |
Soil science, starting 10 September 2026 => soil science |
Soil science – Semester 1 2026/27 => soil science |
Course: Soil science => soil science |
Course in soil science => soil science |
Soil science (5 ECTS, online) => soil science |
CPD short course: Soil science (40 hours) => soil science |
Soil science – Certificate of attendance => soil science |
Soil science: full programme => soil science | bundle
Course in six sigma => six sigma |
A module to learn knitting => module learn knitting |
Drama in primary schools => drama schools | primary
# Deutsch
Schweißen, Teil II => schweissen | part 2
1. Teil: Betriebsrat => betriebsrat | part 1
Pflegeethik – Niveau B2 => pflegeethik | cefr b2
Obstbau für Einsteigerinnen => obstbau | intro
Aufbaukurs Obstbau => obstbau | advanced
Obstbau (WiSe 2026/27) => obstbau |
Obstbau – SoSe26 => obstbau |
Obstbau, ab 22.04.2027 => obstbau |
Obstbau (Durchgang 3) => obstbau |
Obstbau – 2. Auflage => obstbau |
Obstbau – Gesamtprogramm => obstbau | bundle
Seminar: Obstbau (2 ECTS-Punkte) => obstbau |
Wissenschaftliche Weiterbildung: Obstbau => obstbau |
Obstbau – berufsbegleitend => obstbau |
Baustein 2: Mediation => mediation | unit 2
Mediation, Jahrgang 2026/27 => mediation |
# Nederlands
Imkerij – deel 2 => imkerij | part 2
Imkerij, tweede deel => imkerij | part 2
Imkerij voor beginners => imkerij | intro
Vervolgcursus imkerij => imkerij | advanced
Imkerij (najaar 2026) => imkerij |
Imkerij, academiejaar 2026-2027 => imkerij |
Cursus: Imkerij (3 studiepunten) => imkerij |
Nascholing – Imkerij (op afstand) => imkerij |
Imkerij, start 3 maart 2027 => imkerij |
Imkerij – groep 2 => imkerij |
Inleiding tot de imkerij, niveau 1 => imkerij | intro; level 1
# Français
Apiculture, niveau deux => apiculture | level 2
Apiculture – 2e partie => apiculture | part 2
Première partie : apiculture => apiculture | part 1
Perfectionnement en apiculture => apiculture | advanced
Initiation à l'apiculture => apiculture | intro
Apiculture – année 2026-2027 => apiculture |
Apiculture (2e édition) => apiculture |
Apiculture, à partir du 12/10/2026 => apiculture |
Formation continue : Apiculture => apiculture |
Atelier : Apiculture (en ligne) => apiculture |
Apiculture – 6 crédits ECTS => apiculture |
Apiculture – parcours complet => apiculture | bundle
Administration de bases de données => administration bases donnees |
Bloc 3 : Comptabilité => comptabilite | unit 3
# Español
Soldadura TIG, nivel dos => soldadura tig | level 2
Unidad didáctica 4: Soldadura => soldadura | module 4
Soldadura, 1.ª parte => soldadura | part 1
Soldadura para principiantes => soldadura | intro
Curso de soldadura => soldadura |
Soldadura – curso 2025/26 => soldadura |
Soldadura – 1.º semestre 2025/26 => soldadura |
Soldadura (tercera edición) => soldadura |
Soldadura, inicio: 24/10/2026 => soldadura |
Soldadura (promoción 3) => soldadura |
Taller: Soldadura (semipresencial) => soldadura |
Soldadura (60 horas) => soldadura |
Gestión de bases de datos => gestion bases datos |
Marzo de 2027: Soldadura => soldadura |
# Català
Apicultura, nivell 2 => apicultura | level 2
Apicultura – segona part => apicultura | part 2
Iniciació a l'apicultura => apicultura | intro
Apicultura (curs 2026-27) => apicultura |
Apicultura – tardor 2026 => apicultura |
Mòdul 1: Apicultura => apicultura | module 1
Curs: Apicultura (en línia) => apicultura |
# Português
Panificação, nível 2 => panificacao | level 2
Panificação – 1.ª parte => panificacao | part 1
Módulo três: Panificação => panificacao | module 3
Iniciação à panificação => panificacao | intro
Panificação para principiantes => panificacao | intro
Panificação – avançado => panificacao | advanced
Panificação (turma 2) => panificacao |
Panificação – 2.ª edição => panificacao |
Panificação – 1.º semestre 2025/26 => panificacao |
Panificação, ano letivo 2026/2027 => panificacao |
Panificação (início 5 de outubro de 2026) => panificacao |
Curso de Panificação (a distância) => panificacao |
Microcredencial em Panificação – 4 créditos => panificacao |
# Italiano
Prima parte: a distanza e in presenza => distanza presenza | part 1
Viticoltura, livello due => viticoltura | level 2
Viticoltura – modulo II => viticoltura | module 2
Corso base di viticoltura => viticoltura | intro
Viticoltura: approfondimento => viticoltura | advanced
Viticoltura (a.a. 2026/2027) => viticoltura |
Viticoltura – anno accademico 2026/27 => viticoltura |
Viticoltura, seconda edizione => viticoltura |
Viticoltura (turno 2) => viticoltura |
Viticoltura – dal 3 marzo 2027 => viticoltura |
Seminario: Viticoltura (a distanza) => viticoltura |
Viticoltura – 6 CFU => viticoltura |
# Română
Apicultură, nivelul 2 => apicultura | level 2
Apicultură – partea a II-a => apicultura | part 2
Apicultură – partea a doua => apicultura | part 2
Modulul 1: Apicultură => apicultura | module 1
Introducere în apicultură => apicultura | intro
Apicultură pentru avansați => apicultura | advanced
Apicultură (an universitar 2026-2027) => apicultura |
Apicultură, începând cu 1.10.2026 => apicultura |
Apicultură – grupa 2 => apicultura |
Curs: Apicultură (la distanță) => apicultura |
# Svenska
Svetsning, nivå två => svetsning | level 2
Svetsning del 1 av 3 => svetsning | part 1
Kurs i svetsning => svetsning |
Modul i svetsning => modul svetsning |
Grundkurs svetsning => svetsning | intro
Svetsning – nybörjarkurs => svetsning | intro
Svetsning, fortsättningskurs => svetsning | advanced
Svetsning HT25 => svetsning |
Svetsning (vt 2026) => svetsning |
Svetsning – höstterminen 2026 => svetsning |
Svetsning (omgång 2) => svetsning |
Svetsning, 7,5 hp => svetsning |
Svetsning (7,5 högskolepoäng) => svetsning |
Fortbildning: Svetsning (på distans) => svetsning |
Svetsning, start 1 september 2026 => svetsning |
# Dansk
Svejsning, trin 2 => svejsning | level 2
Svejsning – anden del => svejsning | part 2
Vi gør det sammen: et kursus for to => vi gor sammen kursus |
Begynderkursus i svejsning => svejsning | intro
Svejsning for øvede => svejsning | advanced
Svejsning – efteråret 2026 => svejsning |
Svejsning (hold 3) => svejsning |
Svejsning, studieåret 2026/27 => svejsning |
Efteruddannelse: Svejsning (10 ECTS-point) => svejsning |
Svejsning – fjernundervisning => svejsning |
# Norsk
Sveising, trinn 1 => sveising | level 1
Sveising – andre del => sveising | part 2
Emne 2: Sveising => sveising | module 2
Grunnkurs i sveising => sveising | intro
Sveising – fordypning => sveising | advanced
Sveising (kull 2026/27) => sveising |
Sveising, oppstart 15.08.2026 => sveising |
Sveising 10 stp => sveising |
Kurs: Sveising (nettbasert) => sveising |
Sveising – vår 2027 => sveising |
Sveising – hausten 2026 => sveising |
# Suomi
Hitsaus, osa 2 => hitsaus | part 2
Hitsaus, 2. osa => hitsaus | part 2
Hitsaus, toinen osa => hitsaus | part 2
Hitsauksen jatkokurssi => hitsauksen | advanced
Hitsaus aloittelijoille => hitsaus | intro
Hitsaus (3 op) => hitsaus |
Hitsaus, lukuvuosi 2026–2027 => hitsaus |
Hitsaus – kevätlukukausi 2027 => hitsaus |
Hitsaus, alkaa 1.9.2026 => hitsaus |
Hitsaus, 1.9.2026 alkaen => hitsaus |
Hitsaus (ryhmä 2) => hitsaus |
Koulutus: Hitsaus (etänä) => hitsaus |
# Eesti
Mesindus, tase 2 => mesindus | level 2
Mesindus – II osa => mesindus | part 2
Moodul 3: Mesindus => mesindus | module 3
Mesindus algajatele => mesindus | intro
Mesindus edasijõudnutele => mesindus | advanced
Mesindus (2026. aasta sügis) => mesindus |
Mesindus, õppeaasta 2026/27 => mesindus |
Täienduskoolitus: Mesindus (6 EAP) => mesindus |
Mesindus, alates 1.10.2026 => mesindus |
# Latviešu
Biškopība, 2. līmenis => biskopiba | level 2
Biškopība, 1. daļa => biskopiba | part 1
Biškopība – otrais modulis => biskopiba | module 2
Biškopība iesācējiem => biskopiba | intro
Padziļināts? Biškopības pamati => padzilinats biskopibas | intro
Biškopība (2026. gada rudens) => biskopiba |
Biškopība, 2026./2027. mācību gads => biskopiba |
Biškopība – 2. grupa => biskopiba |
Seminārs: Biškopība (tiešsaistē) => biskopiba |
Biškopība, sākot no 5.10.2026 => biskopiba |
# Lietuvių
Bitininkystė, 2 dalis => bitininkyste | part 2
Bitininkystė – II lygis => bitininkyste | level 2
Bitininkystė, pirmoji dalis => bitininkyste | part 1
Bitininkystė pradedantiesiems => bitininkyste | intro
Bitininkystė pažengusiems => bitininkyste | advanced
Bitininkystė (2026 m. ruduo) => bitininkyste |
Bitininkystė, 2026/2027 mokslo metai => bitininkyste |
Bitininkystė – 3 grupė => bitininkyste |
Mokymai: Bitininkystė (nuotoliniu būdu) => bitininkyste |
Bitininkystė, nuo 2026-10-01 => bitininkyste |
# Polski
Pszczelarstwo, część 2 => pszczelarstwo | part 2
Pszczelarstwo – II stopień => pszczelarstwo | level 2
Pszczelarstwo, poziom drugi => pszczelarstwo | level 2
Podstawy pszczelarstwa => pszczelarstwa | intro
Pszczelarstwo dla zaawansowanych => pszczelarstwo | advanced
Pszczelarstwo (rok akademicki 2026/2027) => pszczelarstwo |
Pszczelarstwo – semestr zimowy 2026/27 => pszczelarstwo |
Pszczelarstwo, od 1.3.2026 => pszczelarstwo |
Pszczelarstwo (edycja 4) => pszczelarstwo |
Pszczelarstwo – IV edycja => pszczelarstwo |
Pszczelarstwo – grupa 2 => pszczelarstwo |
Szkolenie: Pszczelarstwo (zdalnie) => pszczelarstwo |
Pszczelarstwo, 4 punkty ECTS => pszczelarstwo |
Pszczelarstwo, 12 października 2026 => pszczelarstwo |
# Čeština
Včelařství, 3. díl => vcelarstvi | part 3
Včelařství – druhá část => vcelarstvi | part 2
Úvod do včelařství => vcelarstvi | intro
Včelařství pro začátečníky => vcelarstvi | intro
Včelařství pro mírně pokročilé => vcelarstvi | middle
Včelařství pro pokročilé => vcelarstvi | advanced
Včelařství (zimní semestr 2026/27) => vcelarstvi |
Včelařství – 2. běh => vcelarstvi |
Včelařství, od 5. října 2026 => vcelarstvi |
Seminář: Včelařství (distančně) => vcelarstvi |
Včelařství – ak. rok 2026/27 => vcelarstvi |
Modul v praxi včelaře => modul praxi vcelare |
# Slovenčina
Včelárstvo, 2. časť => vcelarstvo | part 2
Včelárstvo – úroveň B1 => vcelarstvo | cefr b1
Včelárstvo pre začiatočníkov => vcelarstvo | intro
Včelárstvo pre pokročilých => vcelarstvo | advanced
Včelárstvo (zimný semester 2026/27) => vcelarstvo |
Kurz: Včelárstvo (dištančne) => vcelarstvo |
Včelárstvo – skupina 3 => vcelarstvo |
# Slovenščina
Čebelarstvo, 2. del => cebelarstvo | part 2
Čebelarstvo – prva raven => cebelarstvo | level 1
Osnove čebelarstva => cebelarstva | intro
Čebelarstvo, nadaljevalni tečaj 1 => cebelarstvo | advanced; unit 1
Čebelarstvo (študijsko leto 2026/27) => cebelarstvo |
Delavnica: Čebelarstvo (na daljavo) => cebelarstvo |
Čebelarstvo, od 1. marca 2027 => cebelarstvo |
# Hrvatski
Pčelarstvo, 1. dio => pcelarstvo | part 1
Pčelarstvo – druga razina => pcelarstvo | level 2
Pčelarstvo za početnike => pcelarstvo | intro
Napredni tečaj 2 iz pčelarstva => iz pcelarstva | advanced; unit 2
Pčelarstvo (akademska godina 2026/2027) => pcelarstvo |
Radionica: Pčelarstvo (na daljinu) => pcelarstvo |
Pčelarstvo, listopad 2026 => pcelarstvo |
# Magyar
Méhészet, 1. rész => meheszet | part 1
Méhészet – II. rész => meheszet | part 2
Méhészet kezdőknek => meheszet | intro
Méhészet, középfok => meheszet | middle
Méhészet haladóknak => meheszet | advanced
Méhészet (2026/27 őszi félév) => meheszet |
Méhészet – 2026 ősz => meheszet |
Méhészet, 2. csoport => meheszet |
Méhészet – 3. évfolyam => meheszet |
Méhészet, 2026-03-11-tól => meheszet |
Méhészet (2026. március) => meheszet |
Továbbképzés: Méhészet (távoktatás) => meheszet |
Méhészet – 3 kredit => meheszet |
# Ελληνικά
Μελισσοκομία, Μέρος Α΄ => μελισσοκομια | part 1
Μελισσοκομία – Ενότητα Β΄ => μελισσοκομια | module 2
Α' Μέρος: Μελισσοκομία => μελισσοκομια | part 1
2η Ενότητα: Μελισσοκομία => μελισσοκομια | module 2
Μελισσοκομία – Επίπεδο 3 => μελισσοκομια | level 3
Εισαγωγή στη μελισσοκομία => μελισσοκομια | intro
Μελισσοκομία για αρχάριους => μελισσοκομια | intro
Μελισσοκομία για προχωρημένους => μελισσοκομια | advanced
Μελισσοκομία (χειμερινό εξάμηνο 2026-27) => μελισσοκομια |
Μελισσοκομία – ακαδημαϊκό έτος 2026-2027 => μελισσοκομια |
Μελισσοκομία, έναρξη 5/10/2026 => μελισσοκομια |
Μελισσοκομία, 5 Οκτωβρίου 2026 => μελισσοκομια |
Σεμινάριο: Μελισσοκομία (εξ αποστάσεως) => μελισσοκομια |
# Български
Пчеларство, част 2 => пчеларство | part 2
Пчеларство – 2-ра част => пчеларство | part 2
Пчеларство, част Б => пчеларство | part 2
Модул I: Пчеларство => пчеларство | module 1
Въведение в пчеларството => пчеларството | intro
Пчеларство за напреднали => пчеларство | advanced
Пчеларство (учебна година 2026/2027) => пчеларство |
Пчеларство – есен 2026 => пчеларство |
Семинар: Пчеларство (дистанционно) => пчеларство |
Пчеларство – група 2 => пчеларство |
# Українська
Бджільництво, частина 2 => бджільництво | part 2
Бджільництво – рівень B1 => бджільництво | cefr b1
Модуль 3. Бджільництво => бджільництво | module 3
Бджільництво для початківців => бджільництво | intro
Вступ до бджільництва => бджільництва | intro
Бджільництво (осінь 2026) => бджільництво |
Вебінар: Бджільництво (онлайн) => бджільництво |
Бджільництво, з 5 жовтня 2026 року => бджільництво |
# Malti
It-trobbija tan-naħal – Parti 2 => it trobbija tan nahal | part 2
Livell 1: Apikultura => apikultura | level 1
Introduzzjoni għall-apikultura => ghall apikultura | intro
Kors: Apikultura (mill-bogħod) => apikultura |
Apikultura (Ottubru 2026) => apikultura |
# Gaeilge
Beachaireacht, Cuid 2 => beachaireacht | part 2
Beachaireacht – Leibhéal 1 => beachaireacht | level 1
Réamhrá ar bheachaireacht => ar bheachaireacht | intro
Cúrsa: Beachaireacht (ar líne) => beachaireacht |
Beachaireacht (Fómhar 2026) => beachaireacht |
# Íslenska
Býflugnarækt, 2. hluti => byflugnaraekt | part 2
Býflugnarækt – stig 1 => byflugnaraekt | level 1
Inngangur að býflugnarækt => byflugnaraekt | intro
Framhaldsnámskeið: Býflugnarækt => byflugnaraekt | advanced
Býflugnarækt (haust 2026) => byflugnaraekt |
Námskeið: Býflugnarækt (fjarnám) => byflugnaraekt |
# Türkçe
Arıcılık, 2. bölüm => aricilik | part 2
Arıcılık – Seviye 1 => aricilik | level 1
Arıcılığa giriş => ariciliga | intro
Arıcılık (ileri düzey) => aricilik | advanced
Arıcılık (2026 güz) => aricilik |
Arıcılık – 2026-2027 akademik yılı => aricilik |
Eğitim: Arıcılık (çevrimiçi) => aricilik |
Arıcılık – 3 AKTS => aricilik |
"""
TRAPS = """
Fall prevention => fall prevention |
Spring 6 framework => spring 6 framework |
Elections and the spring of 1848 => elections spring 1848 |
Learning in a group: 5 methods => learning group 5 methods |
From 1.5 to 2 degrees => 1 5 2 degrees |
Web design, 3 modules => web design 3 modules |
Webdesign mit 2 Module => webdesign 2 module |
Work in 2 group => work 2 group |
Vitamin B group => vitamin b group |
Kurs for en => kurs |
Salon til to => salon |
Nivel en línea => nivel linea |
Nivell i avaluació => nivell avaluacio |
Parte e tutto => parte tutto |
Module A: Tax => tax | module 1
KURS I SVETSNING => svetsning |
Kurs I: Norsk => norsk | unit 1
Training of trainers => training trainers |
Seminar on seminars => seminar seminars |
Workshop management => workshop management |
Online marketing => online marketing |
Hybrid working => hybrid working |
Course design => course design |
Course => course |
Online => online |
MOOC: online => online |
5 ECTS => 5 ects |
2026/27 => 2026 27 |
Industry 4.0 => industry 4 0 |
Python 3.11 for analysts => python 3 11 analysts | python
24/7 nursing => 24 7 nursing |
CO2 accounting => co2 accounting |
COVID-19: vaccination => covid 19 vaccination |
Six hats => six hats |
Sex education => sex education |
Due diligence => due diligence |
Hat making => hat making |
Son of God => son god |
Pet care, level 1 => pet care | level 1
Power BI => power bi |
Ale brewing => ale brewing |
First aid, part two => first aid | part 2
Second language acquisition => second language acquisition |
Prima comunicazione => prima comunicazione |
Certificate of completion => certificate completion |
Certificate in hospitality => hospitality | bundle
Course 1 of 4: Law => law | unit 1
Part 1/2: Law => law | part 1
Deutsch A2.1 => deutsch | cefr a2; number 1
May I help you => may help you |
Windows Pro administration => windows pro administration |
What is law => what is law |
Diplôme universitaire de droit => diplome universitaire droit |
"""

ROWS = [row.split(" => ") for row in (TITLES + TRAPS).strip().splitlines() if row and not row.startswith("#")]


def marks_of(title: str) -> set[str]:
    """The marks of a title as the tables write them."""
    return {"y" * (kind == "year") + value for kind, value in read_title(title).marks}


@pytest.mark.parametrize(("title", "said"), ROWS, ids=[title for title, _ in ROWS])
def test_words_and_marks(title: str, said: str) -> None:
    words, _, marks = (part.strip() for part in said.partition("|"))
    assert (" ".join(read_title(title).words), marks_of(title)) == (words, set(marks.split("; ")) - {""})


def test_a_providers_name_and_what_follows_it_are_no_words() -> None:
    offer = Offer(
        title={"en": "Welding | Ulm College – Courses"}, provider=Organisation(name={"en": "Ulm College – Courses"})
    )
    assert features_of(offer, "1").titles[0].words == ("welding",)
