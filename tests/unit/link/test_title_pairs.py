"""What is said around a title of a course, and two titles beside each other: one offer or siblings."""

from __future__ import annotations

import pytest

from microharvest.link.comparing import COMPARERS
from microharvest.link.titles import MARK_KINDS, read_title

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
