"""Course titles in the languages of Europe: the words of the offer, the marks of siblings, and what is left out.

A row says `title => words | mark; mark`. Marks: "level 2", "cefr b1", "number 3", "intro", "bundle", "y2025", ...
"""

from __future__ import annotations

import tomllib
from importlib import resources
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from microharvest.link import lexicon
from microharvest.link.comparing import COMPARERS
from microharvest.link.features import features_of
from microharvest.link.titles import MARK_KINDS, fold, read_title
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

BASES = (
    "Welding", "Obstbau und Gartenpflege", "Soudure à l'arc", "Panificação artesanal", "Včelařství v praxi",
    "Мелиорация на почви", "Μελισσοκομία", "Svetsning nivå 2", "Hitsaus, osa 1", "Pszczelarstwo dla początkujących",
    "Méhészet, 2. rész", "Excel 3", "Norsk B1",
)  # fmt: skip
"""Titles with and without marks, to which something is added that says nothing of the offer."""

RUNS = """
(autumn 2026) ~ – Spring 2027 ~ (Fall Semester 2026) ~ – Semester 2 2026/27 ~ (academic year 2026/27)
– A.Y. 2026/27 ~ (2026-2027) ~ – cohort 3 ~ (group 2) ~ – intake 4 ~ – 2nd edition ~ (edition 5) ~ – first edition
– starts 2026-09-10 ~ – start 24/10/2026 ~ (from 12 March 2027) ~ (September 2026) ~ – starting 3 May 2027
(24.10.2026) ~ – Wintersemester 2026/27 ~ (WS 2026/27) ~ – SoSe 2027 ~ – Gruppe 3 ~ (Durchgang 2) ~ – 3. Durchgang
– Kohorte 2026 ~ – ab 22.04.2027 ~ – Beginn: 5. Oktober 2026 ~ (Schuljahr 2026/27) ~ – automne 2026 ~ – rentrée 2026
(année universitaire 2026-2027) ~ – session 2 ~ – promotion 2026 ~ – 2e édition ~ – début 24/10/2026
– à partir du 3 mars 2027 ~ – otoño 2026 ~ (curso académico 2026/27) ~ – convocatoria 2 ~ – 2ª edición
– inicio 1 de octubre de 2026 ~ – segundo semestre 2026/27 ~ – outono 2026 ~ (ano letivo 2026/2027) ~ – turma 4
– 2.ª edição ~ – início 01/10/2026 ~ – autunno 2026 ~ (a.a. 2026/2027) ~ – II edizione ~ – inizio 3/10/2026
– tardor 2026 ~ – curs 2026-27 ~ – toamna 2026 ~ (anul universitar 2026-2027) ~ – seria 2 ~ – din 1.10.2026
– najaar 2026 ~ – studiejaar 2026-2027 ~ – vanaf 3 maart 2027 ~ – höstterminen 2026 ~ – HT26 ~ (vt 2027)
– omgång 3 ~ – start 1 september 2026 ~ – efterår 2026 ~ – hold 2 ~ – årgang 2026 ~ – høst 2026 ~ – kull 2026
– oppstart 15.08.2026 ~ – syksy 2026 ~ (lukuvuosi 2026–2027) ~ – ryhmä 3 ~ – alkaa 1.9.2026 ~ – 1.9.2026 alkaen
– sügis 2026 ~ (õppeaasta 2026/27) ~ – alates 1.9.2026 ~ – rudens 2026 ~ – 2026. gada rudens ~ – 2. grupa
– 2026 m. ruduo ~ – 2 grupė ~ – nuo 2026-10-01 ~ – jesień 2026 ~ – semestr letni 2026/27
(rok akademicki 2026/2027) ~ – III edycja ~ – od 1.3.2026 ~ – od 12 marca 2027 ~ (zimní semestr 2026/27) ~ – 3. běh
– skupina 2 ~ – od 5. října 2026 ~ – 4. ročník ~ (školský rok 2026/27) ~ – jeseň 2026 ~ – 2. vydanie
(študijsko leto 2026/27) ~ – pomlad 2027 ~ – od 1. marca 2027 ~ (akademska godina 2026/27) ~ – proljeće 2027
– 2. izdanje ~ – őszi félév 2026/27 ~ – 2026 ősz ~ – 2. csoport ~ – 3. évfolyam ~ – 2026-03-11-tól
– 2026. március 11-től ~ (tanév 2026/27) ~ – φθινόπωρο 2026 ~ (ακαδημαϊκό έτος 2026-27) ~ – έναρξη 5/10/2026
– από 5 Οκτωβρίου 2026 ~ – ομάδα 2 ~ – 2η έκδοση ~ – есен 2026 ~ (учебна година 2026/27) ~ – 2-ро издание
– група 3 ~ – осінь 2026 ~ – 2 жовтня 2026 року ~ – ħarifa 2026 ~ – Fómhar 2026 ~ – haustmisseri 2026 ~ – haust 2026
– hefst 1. september 2026 ~ – güz 2026 ~ (2026-2027 akademik yılı)
"""
TAGS = """
– 5 ECTS ~ (5 ECTS) ~ (7,5 hp) ~ – 7.5 ECTS credits ~ (3 op) ~ 10 stp ~ – 2 CP ~ (6 CFU) ~ – 4 ECTS-Punkte ~ (40 h)
– 30 Stunden ~ (12 heures) ~ (60 horas) ~ – 20 timmar ~ (3 kredit) ~ – 6 EAP ~ (4 punkty ECTS) ~ (24 hod) ~ (3 AKTS)
– online ~ (online) ~ [online] ~ | online ~ (blended) ~ – on campus ~ – distance learning ~ – a distanza
(in presenza) ~ – etänä ~ (lähiopetus) ~ – på distans ~ – távoktatás ~ (jelenléti) ~ – zdalnie ~ (stacjonarnie)
– en ligne ~ (à distance) ~ – a distancia ~ (semipresencial) ~ – à distância ~ – distančne ~ (prezenčně)
– na daljavo ~ – na daljinu ~ – дистанционно ~ – онлайн ~ – εξ αποστάσεως ~ – veebis ~ – attālināti
– nuotoliniu būdu ~ – op afstand ~ – fjernundervisning ~ – fjarnám ~ – çevrimiçi ~ – la distanță ~ (workshop)
– Webinar ~ (MOOC) ~ – Weiterbildung ~ (online, 5 ECTS) ~ (5 ECTS, 40 h, online) ~ – certificate of attendance
"""
FRAMES = """
Course: ~ Kurs – ~ Seminář: ~ Workshop: ~ Webinar: ~ MOOC: ~ CPD: ~ Short course: ~ Continuing education:
Fortbildning: ~ Weiterbildung: ~ Formation continue : ~ Micro-credential: ~ Microcredential – ~ Mikrozertifikat:
Microcertification : ~ Microcredencial: ~ Microcredenziale: ~ Mikropoświadczenie: ~ Mikrokvalifikace:
Mikrotanúsítvány: ~ Μικροδιαπιστευτήριο: ~ Микроквалификация: ~ Mikrokredentiaali: ~ Mikrokraad: ~ Mikromeritering:
Szkolenie: ~ Tanfolyam: ~ Továbbképzés: ~ Σεμινάριο: ~ Семинар: ~ Curso: ~ Corso: ~ Cursus: ~ Opleiding ~ Kursus:
Koulutus: ~ Koolitus: ~ Kursai: ~ Tečaj: ~ Radionica: ~ Delavnica: ~ Cúrsa: ~ Kors: ~ Námskeið: ~ Eğitim: ~ [Online]
Online: ~ Curs: ~ Taller: ~ Atelier : ~ Seminarium: ~ Etterutdanning: ~ Efteruddannelse:
"""
MARKS = """
– level 2 ~ – Part B ~ (module 3) ~ – Teil II ~ – Stufe 1 ~ , niveau 2 ~ – deel 2 ~ – partie 2 ~ – nivel 3
– parte 1 ~ – 2.ª parte ~ – livello 2 ~ – partea a II-a ~ – nivå två ~ – del 3 ~ – trin 2 ~ – taso 2 ~ – osa 1
– II osa ~ – 2. daļa ~ – 2 dalis ~ – część 2 ~ – II stopień ~ – 3. díl ~ – 2. časť ~ – 2. del ~ – 1. dio ~ – 1. rész
– Μέρος Β΄ ~ – 2η Ενότητα ~ – част 2 ~ – частина 3 ~ – Parti 2 ~ – Cuid 2 ~ – 2. hluti ~ – 2. bölüm ~ (intermediate)
(advanced) ~ – Fortgeschrittene ~ – jatkokurssi ~ – fortsättningskurs ~ – haladó ~ – pokročilí ~ – avançado
– avanzato ~ – zaawansowany ~ – προχωρημένοι ~ – напреднали ~ – edasijõudnutele ~ – pažengusiems ~ – full programme
– parcours complet ~ – Gesamtprogramm ~ – percorso completo ~ – teljes program
"""
SAME = """
Welding, level two = Welding (Level II)
Welding, part A = Welding – Part 1
Welding, part I = Part 1: Welding
Schweißen, Teil II = 2. Teil: Schweißen
Obstbau (WiSe 2026/27) = Obstbau – SoSe 2027
Obstbau, ab 22.04.2027 = Obstbau
Obstbau (Gruppe A) = Obstbau (Gruppe B)
Kurs: Obstbau = Obstbau – Weiterbildung (2 CP)
Imkerij – deel 2 = Tweede deel: imkerij
Imkerij (najaar 2026) = Opleiding Imkerij
Apiculture, 1re partie = Apiculture – première partie
Apiculture (2e édition) = Apiculture (3e édition)
Formation continue : Apiculture = Apiculture (à distance)
Apiculture – année 2026-2027 = Apiculture – année 2027-2028
Soldadura, 1.ª parte = Soldadura – primera parte
Soldadura – curso 2025/26 = Curso de soldadura
Soldadura (convocatoria 1) = Soldadura (convocatoria 2)
Taller: Soldadura = Soldadura – 60 horas
Apicultura, nivell 2 = Apicultura (nivell II)
Panificação – 1.ª parte = Panificação, parte I
Panificação (turma 1) = Panificação (turma 2)
Curso de Panificação = Panificação (a distância)
Panificação – 1.º semestre 2025/26 = Panificação, ano letivo 2026/2027
Viticoltura, parte prima = Viticoltura – prima parte
Viticoltura (a.a. 2026/2027) = Viticoltura – 6 CFU
Corso: Viticoltura = Viticoltura (II edizione)
Apicultură – partea a II-a = Apicultură, partea 2
Apicultură – partea a doua = Apicultură (partea II)
Svetsning, nivå två = Svetsning – nivå 2
Svetsning HT25 = Svetsning (vårterminen 2026)
Kurs i svetsning = Svetsning, 7,5 hp
Svetsning (omgång 1) = Svetsning (omgång 2)
Svejsning – anden del = Svejsning, del 2
Svejsning (hold 3) = Svejsning – efteråret 2026
Sveising – andre del = Sveising, del II
Sveising (kull 2026) = Sveising – 10 stp
Hitsaus, 2. osa = Hitsaus, osa II
Hitsaus, alkaa 1.9.2026 = Hitsaus, lukuvuosi 2026–2027
Hitsaus (etänä) = Hitsaus (3 op)
Mesindus – II osa = Mesindus, 2. osa
Mesindus (2026. aasta sügis) = Mesindus, alates 1.10.2026
Biškopība, 2. līmenis = Biškopība – otrais līmenis
Biškopība (2026. gada rudens) = Biškopība (tiešsaistē)
Bitininkystė, 2 dalis = Bitininkystė – antroji dalis
Bitininkystė (2026 m. ruduo) = Bitininkystė, nuo 2026-10-01
Pszczelarstwo, część 2 = Pszczelarstwo – II część
Pszczelarstwo (rok akademicki 2026/2027) = Pszczelarstwo, od 1.3.2026
Szkolenie: Pszczelarstwo = Pszczelarstwo (IV edycja)
Včelařství, 3. díl = Včelařství – třetí díl
Včelařství (zimní semestr 2026/27) = Včelařství – 2. běh
Včelárstvo, 2. časť = Včelárstvo – druhá časť
Čebelarstvo, 1. raven = Čebelarstvo – prva raven
Pčelarstvo, 2. razina = Pčelarstvo – druga razina
Méhészet, 1. rész = Méhészet – I. rész
Méhészet (őszi félév 2026/27) = Méhészet, 2026-03-11-tól
Méhészet, 2. csoport = Méhészet (távoktatás)
Μελισσοκομία, Μέρος Α΄ = Μελισσοκομία – 1ο Μέρος
Μελισσοκομία – Ενότητα Β΄ = Μελισσοκομία, 2η Ενότητα
Μελισσοκομία (χειμερινό εξάμηνο 2026-27) = Σεμινάριο: Μελισσοκομία
Пчеларство, част Б = Пчеларство – част 2
Бджільництво, частина 2 = Бджільництво – друга частина
Býflugnarækt, 2. hluti = Býflugnarækt – annar hluti
Arıcılık, 2. bölüm = Arıcılık – ikinci bölüm
"""
SIBLINGS = """
Welding, level one = Welding, level two
Welding, part A = Welding, part 2
Welding for beginners = Advanced welding
Schweißen, Teil I = Schweißen, Teil II
Grundkurs Obstbau = Aufbaukurs Obstbau
Obstbau für Einsteiger = Obstbau – Mittelstufe
Baustein 1: Mediation = Baustein 2: Mediation
Imkerij – deel 1 = Imkerij, tweede deel
Inleiding imkerij = Vervolgcursus imkerij
Apiculture, 1re partie = Apiculture – 2e partie
Initiation à l'apiculture = Perfectionnement en apiculture
Bloc 1 : Comptabilité = Bloc 2 : Comptabilité
Soldadura, 1.ª parte = Soldadura, segunda parte
Soldadura para principiantes = Soldadura avanzada
Unidad didáctica 1: Soldadura = Unidad didáctica 2: Soldadura
Apicultura, primera part = Apicultura, segona part
Panificação, nível um = Panificação, nível dois
Iniciação à panificação = Panificação – aprofundamento
Viticoltura, prima parte = Viticoltura, parte II
Corso base di viticoltura = Viticoltura: perfezionamento
Apicultură – partea I = Apicultură – partea a II-a
Introducere în apicultură = Apicultură pentru avansați
Svetsning, nivå ett = Svetsning, nivå två
Svetsning nybörjarkurs = Svetsning fortsättningskurs
Svejsning, trin 1 = Svejsning, trin 2
Svejsning for begyndere = Svejsning for øvede
Sveising, første del = Sveising, del 2
Grunnkurs i sveising = Sveising, videregående
Hitsaus, osa 1 = Hitsaus, 2. osa
Hitsauksen alkeet = Hitsauksen jatkokurssi
Mesindus – I osa = Mesindus – II osa
Mesindus algajatele = Mesindus edasijõudnutele
Biškopība, 1. daļa = Biškopība, 2. daļa
Biškopība iesācējiem = Biškopība, padziļinātais
Bitininkystė, 1 dalis = Bitininkystė, II dalis
Bitininkystė pradedantiesiems = Bitininkystė pažengusiems
Pszczelarstwo, I stopień = Pszczelarstwo, II stopień
Podstawy pszczelarstwa = Pszczelarstwo dla zaawansowanych
Včelařství, 1. díl = Včelařství, druhý díl
Včelařství pro začátečníky = Včelařství pro pokročilé
Včelařství pro mírně pokročilé = Včelařství pro pokročilé
Včelárstvo, prvá časť = Včelárstvo, 2. časť
Včelárstvo pre začiatočníkov = Včelárstvo pre pokročilých
Čebelarstvo, 1. del = Čebelarstvo, drugi del
Osnove čebelarstva = Čebelarstvo, napredni
Pčelarstvo, 1. dio = Pčelarstvo, drugi dio
Pčelarstvo za početnike = Pčelarstvo, napredni
Méhészet, 1. rész = Méhészet, II. rész
Méhészet kezdőknek = Méhészet haladóknak
Méhészet, középfok = Méhészet, felsőfok
Μελισσοκομία, Μέρος Α΄ = Μελισσοκομία, Μέρος Β΄
1η Ενότητα: Μελισσοκομία = Ενότητα Β΄: Μελισσοκομία
Μελισσοκομία για αρχάριους = Μελισσοκομία για προχωρημένους
Пчеларство, част А = Пчеларство, част 2
Пчеларство за начинаещи = Пчеларство за напреднали
Бджільництво, частина І = Бджільництво, частина 2
Бджільництво для початківців = Бджільництво (поглиблений)
Apikultura – Parti 1 = Apikultura – Parti 2
Beachaireacht, Cuid 1 = Beachaireacht, Cuid 2
Býflugnarækt, fyrsti hluti = Býflugnarækt, 2. hluti
Arıcılık, 1. bölüm = Arıcılık, ikinci bölüm
Deutsch A1 = Deutsch – Niveau A2
Norsk, nivå B1 = Norsk B2
"""

ROWS = [row.split(" => ") for row in (TITLES + TRAPS).strip().splitlines() if row and not row.startswith("#")]


def marks_of(title: str) -> set[str]:
    """The marks of a title as the tables write them."""
    return {"y" * (kind == "year") + value for kind, value in read_title(title).marks}


@pytest.mark.parametrize(("title", "said"), ROWS, ids=[title for title, _ in ROWS])
def test_words_and_marks(title: str, said: str) -> None:
    words, _, marks = (part.strip() for part in said.partition("|"))
    assert (" ".join(read_title(title).words), marks_of(title)) == (words, set(marks.split("; ")) - {""})


def cells(text: str) -> list[str]:
    return [cell.strip() for cell in text.replace("\n", " ~ ").split(" ~ ") if cell.strip()]


def same_but_for(bare: str, longer: str) -> bool:
    one, other = read_title(bare), read_title(longer)
    return (one.words, one.marks) == (other.words, other.marks)


@pytest.mark.parametrize("added", cells(RUNS) + cells(TAGS))
def test_a_run_a_size_and_a_tag_say_nothing_of_the_offer(added: str) -> None:
    assert [title for title in BASES if not same_but_for(title, f"{title} {added}")] == []


@pytest.mark.parametrize("added", cells(FRAMES))
def test_a_kind_of_offer_before_the_title_says_nothing_of_it(added: str) -> None:
    assert [title for title in BASES if not same_but_for(title, f"{added} {title}")] == []


@pytest.mark.parametrize("added", cells(MARKS))
def test_a_mark_of_siblings_leaves_the_words_and_changes_the_marks(added: str) -> None:
    for title in BASES[:7]:
        marked = read_title(f"{title}{added if added[0] == ',' else f' {added}'}")
        assert marked.marks, title
        assert marked.words == read_title(title).words


def contradict(one: str, other: str) -> bool:
    """Do two titles name different marks of one kind?"""
    marks = [read_title(title).marks for title in (one, other)]
    for kind in MARK_KINDS:
        mine, theirs = ([value for known, value in each if known == kind] for each in marks)
        if mine and theirs and COMPARERS[kind](mine, theirs) == "conflict":
            return True
    return False


@pytest.mark.parametrize("pair", cells(SAME))
def test_two_spellings_of_one_offer(pair: str) -> None:
    one, other = pair.split(" = ")
    assert sorted(read_title(one).words) == sorted(read_title(other).words)
    assert not contradict(one, other)


@pytest.mark.parametrize("pair", cells(SIBLINGS))
def test_siblings(pair: str) -> None:
    one, other = pair.split(" = ")
    assert contradict(one, other)
    assert contradict(other, one)


TABLES = tomllib.loads(resources.files("microharvest.link").joinpath("lexicon.toml").read_text(encoding="utf-8"))
LANGUAGE_TABLES = {language: table for language, table in TABLES.items() if language != "any"}
TOLD_APART = (
    ("level", "part", "module", "unit"),
    ("intro", "middle", "advanced"),
    ("primary", "secondary", "preschool"),
)


@pytest.mark.parametrize("language", LANGUAGE_TABLES)
def test_a_language_has_what_titles_need(language: str) -> None:
    needed = {"level", "part", "module", "unit", "intro", "middle", "advanced", "season", "cohort", "start", "month"}
    assert needed | {"frame", "tag", "bundle", "edition"} <= LANGUAGE_TABLES[language].keys()
    assert all(len(LANGUAGE_TABLES[language][key]) == 6 for key in ("cardinals", "ordinals"))


def words_of(key: str) -> set[str]:
    return {lexicon.unaccented(word) for table in TABLES.values() for word in str(table.get(key, "")).split()}


def test_a_word_is_of_one_kind_in_all_languages() -> None:
    for kinds in TOLD_APART:
        for one, other in combinations(kinds, 2):
            assert words_of(one) & words_of(other) == set(), (one, other)
    grades = set().union(*map(words_of, TOLD_APART[1]))
    assert grades.isdisjoint(lexicon.STOPWORDS | words_of("bundle") | set(lexicon.MARKERS) | set(lexicon.STAGES))
    for numbers in ("cardinals", "ordinals"):
        said: dict[str, set[int]] = {}
        for table in LANGUAGE_TABLES.values():
            for number, words in enumerate(table[numbers], start=1):
                for word in words.split():
                    said.setdefault(lexicon.unaccented(word), set()).add(number)
        assert [word for word, meant in said.items() if len(meant) > 1] == []


def test_a_providers_name_and_what_follows_it_are_no_words() -> None:
    offer = Offer(
        title={"en": "Welding | Ulm College – Courses"}, provider=Organisation(name={"en": "Ulm College – Courses"})
    )
    assert features_of(offer, "1").titles[0].words == ("welding",)


WORDS = sorted({*lexicon.RUN_CLASSES, *lexicon.MARKERS, *lexicon.TAGS, *lexicon.STOPWORDS, *lexicon.ROMANS, "welding"})
SIGNS = (
    "1",
    "2026",
    "2026/27",
    "1.9.2026",
    "3.",
    "1.ª",
    "II-a",
    "HT25",
    "40h",
    "7,5",
    "…",
    "-",
    " – ",
    "(",
    ")",
    ":",
    "²",
)


@given(st.lists(st.sampled_from((*WORDS, *SIGNS)) | st.text(max_size=3), max_size=9), st.sampled_from((" ", "", " – ")))
def test_something_is_left_of_every_title(parts: list[str], between: str) -> None:
    title = between.join(parts)
    said = read_title(title)
    assert bool(said.words) == bool(fold(title))
    assert said == read_title.__wrapped__(title)
