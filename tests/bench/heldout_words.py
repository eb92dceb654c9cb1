# ruff: noqa: E501
"""The words of `tests.bench.heldout`: titles, marks, run words, places and providers in thirteen languages. Data alone.

Columns stand in the order of LANGUAGES. Everything was typed for this table; nothing comes from a feed, from the sample
corpora or from the lexicon of the matcher, and nothing should move from here to there: it would judge itself.
"""

from __future__ import annotations

__all__ = [
    "CITIES", "FIELDS", "FRAMES", "LANGUAGES", "MARKS", "MODES", "ORDER", "PROGRAMMING", "PROVIDERS", "RUNS",
    "SHORTENED", "SPECIAL", "STAGE", "TECH", "TOUCHES",
]  # fmt: skip

LANGUAGES = ("en", "de", "fr", "es", "it", "nl", "pl", "pt", "sv", "fi", "el", "cs", "hu")
Texts = dict[str, str]


def _row(said: str) -> Texts:
    texts = [each.strip() for each in said.split("|")]
    assert len(texts) == len(LANGUAGES), said
    return dict(zip(LANGUAGES, texts, strict=True))


def _table(said: str) -> list[Texts]:
    return [_row(line) for line in said.strip().splitlines()]


FIELDS: dict[str, tuple[list[Texts], list[Texts]]] = {
    "0913": (_table("""
Wound care|Wundversorgung|Soins des plaies|Cuidado de heridas|Gestione delle lesioni cutanee|Wondzorg|Leczenie ran|Tratamento de feridas|Sårvård|Haavanhoito|Φροντίδα τραυμάτων|Péče o rány|Sebkezelés
Medication safety|Arzneimittelsicherheit|Sécurité médicamenteuse|Seguridad del medicamento|Sicurezza dei farmaci|Medicatieveiligheid|Bezpieczeństwo farmakoterapii|Segurança do medicamento|Läkemedelssäkerhet|Lääkehoidon turvallisuus|Ασφάλεια φαρμάκων|Bezpečnost léčiv|Gyógyszerbiztonság
Dementia care|Begleitung von Menschen mit Demenz|Accompagnement des personnes atteintes de démence|Atención a personas con demencia|Assistenza alle persone con demenza|Zorg voor mensen met dementie|Opieka nad osobami z demencją|Cuidar de pessoas com demência|Demensvård|Muistisairaan hoito|Φροντίδα ατόμων με άνοια|Péče o osoby s demencí|Demens betegek gondozása
Infection prevention|Infektionsprävention|Prévention des infections|Prevención de infecciones|Prevenzione delle infezioni|Infectiepreventie|Zapobieganie zakażeniom|Prevenção de infeções|Vårdhygien|Infektioiden torjunta|Πρόληψη λοιμώξεων|Prevence infekcí|Fertőzésmegelőzés
"""), _table("""
in home nursing|in der ambulanten Pflege|à domicile|en el domicilio|a domicilio|in de thuiszorg|w opiece domowej|no domicílio|i hemsjukvården|kotihoidossa|στο σπίτι|v domácí péči|az otthoni ápolásban
in intensive care|auf der Intensivstation|en réanimation|en cuidados intensivos|in terapia intensiva|op de intensive care|na oddziale intensywnej terapii|em cuidados intensivos|på intensivvårdsavdelningen|teho-osastolla|στη μονάδα εντατικής θεραπείας|na jednotce intenzivní péče|az intenzív osztályon
""")),
    "1041": (_table("""
Cold chain logistics|Kühlkettenlogistik|Logistique du froid|Logística del frío|Logistica della catena del freddo|Koelketenlogistiek|Logistyka łańcucha chłodniczego|Logística da cadeia de frio|Kylkedjelogistik|Kylmäketjun logistiikka|Εφοδιαστική ψυχόμενων προϊόντων|Logistika chladicího řetězce|Hűtőlánc-logisztika
Customs clearance|Zollabfertigung|Formalités douanières|Despacho de aduanas|Sdoganamento delle merci|Douaneafhandeling|Odprawa celna|Desalfandegamento|Tullklarering|Tulliselvitys|Εκτελωνισμός|Celní odbavení|Vámkezelés
Dangerous goods transport|Gefahrguttransport|Transport de marchandises dangereuses|Transporte de mercancías peligrosas|Trasporto di merci pericolose|Vervoer van gevaarlijke stoffen|Przewóz towarów niebezpiecznych|Transporte de mercadorias perigosas|Transport av farligt gods|Vaarallisten aineiden kuljetus|Μεταφορά επικίνδυνων εμπορευμάτων|Přeprava nebezpečných věcí|Veszélyes áruk szállítása
"""), _table("""
by rail|auf der Schiene|par voie ferrée|por ferrocarril|su rotaia|per spoor|koleją|por via férrea|på järnväg|rautateillä|σιδηροδρομικώς|po železnici|vasúton
in seaports|in Seehäfen|dans les ports maritimes|en puertos marítimos|nei porti marittimi|in zeehavens|w portach morskich|em portos marítimos|i hamnar|satamissa|σε λιμάνια|v námořních přístavech|tengeri kikötőkben
""")),
    "0715": (_table("""
Gas metal arc welding|Metallschutzgasschweißen|Soudage MIG-MAG|Soldadura con gas de protección|Saldatura a filo continuo|MIG/MAG-lassen|Spawanie w osłonie gazów|Soldadura MIG/MAG|Gasmetallbågsvetsning|MIG/MAG-hitsaus|Συγκόλληση MIG-MAG|Svařování v ochranné atmosféře|Védőgázas hegesztés
Pipe welding|Rohrschweißen|Soudage de tuyauteries|Soldadura de tuberías|Saldatura di tubazioni|Pijplassen|Spawanie rur|Soldadura de tubagens|Rörsvetsning|Putkihitsaus|Συγκόλληση σωλήνων|Svařování trubek|Csőhegesztés
Non-destructive testing|Zerstörungsfreie Prüfung|Contrôle non destructif|Ensayos no destructivos|Prove non distruttive|Niet-destructief onderzoek|Badania nieniszczące|Ensaios não destrutivos|Oförstörande provning|Rikkomaton aineenkoetus|Μη καταστροφικός έλεγχος|Nedestruktivní zkoušení|Roncsolásmentes anyagvizsgálat
"""), _table("""
of stainless steel|von nichtrostendem Stahl|de l'acier inoxydable|de acero inoxidable|di acciaio inossidabile|van roestvast staal|stali nierdzewnej|de aço inoxidável|av rostfritt stål|ruostumattomasta teräksestä|ανοξείδωτου χάλυβα|nerezové oceli|rozsdamentes acélból
in shipbuilding|im Schiffbau|en construction navale|en la construcción naval|nella cantieristica navale|in de scheepsbouw|w przemyśle stoczniowym|na construção naval|inom varvsindustrin|laivanrakennuksessa|στη ναυπηγική|v loďařství|a hajógyártásban
""")),
    "0721": (_table("""
Food hygiene|Lebensmittelhygiene|Hygiène alimentaire|Higiene alimentaria|Igiene degli alimenti|Voedselhygiëne|Higiena żywności|Higiene alimentar|Livsmedelshygien|Elintarvikehygienia|Υγιεινή τροφίμων|Hygiena potravin|Élelmiszer-higiénia
Allergen management|Allergenmanagement|Gestion des allergènes|Gestión de alérgenos|Gestione degli allergeni|Allergenenbeheer|Zarządzanie alergenami|Gestão de alergénios|Allergenhantering|Allergeenien hallinta|Διαχείριση αλλεργιογόνων|Řízení alergenů|Allergénkezelés
Traceability of foodstuffs|Rückverfolgbarkeit von Lebensmitteln|Traçabilité des denrées|Trazabilidad de los alimentos|Tracciabilità degli alimenti|Traceerbaarheid van levensmiddelen|Identyfikowalność żywności|Rastreabilidade dos alimentos|Spårbarhet för livsmedel|Elintarvikkeiden jäljitettävyys|Ιχνηλασιμότητα τροφίμων|Sledovatelnost potravin|Élelmiszerek nyomonkövethetősége
"""), _table("""
in school canteens|in Schulküchen|en restauration scolaire|en comedores escolares|nelle mense scolastiche|in schoolkantines|w stołówkach szkolnych|em cantinas escolares|i skolkök|koulukeittiöissä|σε σχολικά κυλικεία|ve školních jídelnách|iskolai konyhákon
in dairies|in Molkereien|en laiterie|en queserías|nei caseifici|in zuivelbedrijven|w mleczarniach|em queijarias|i mejerier|meijereissä|σε τυροκομεία|v mlékárnách|tejüzemekben
""")),
    "0812": (_table("""
Vine pruning|Rebschnitt|Taille de la vigne|Poda de la vid|Potatura della vite|Snoeien van wijnstokken|Cięcie winorośli|Poda da vinha|Beskärning av vinstockar|Viiniköynnösten leikkaus|Κλάδεμα αμπελιού|Řez révy|Szőlőmetszés
Organic viticulture|Ökologischer Weinbau|Viticulture biologique|Viticultura ecológica|Viticoltura biologica|Biologische wijnbouw|Ekologiczna uprawa winorośli|Viticultura biológica|Ekologisk vinodling|Luomuviininviljely|Βιολογική αμπελουργία|Ekologické vinohradnictví|Ökológiai szőlőtermesztés
Sensory analysis of wine|Sensorik des Weins|Analyse sensorielle du vin|Análisis sensorial del vino|Analisi sensoriale del vino|Sensorische analyse van wijn|Analiza sensoryczna wina|Análise sensorial do vinho|Sensorisk analys av vin|Viinin aistinvarainen arviointi|Οργανοληπτική ανάλυση οίνου|Senzorická analýza vína|A bor érzékszervi vizsgálata
"""), _table("""
on steep slopes|in Steillagen|en forte pente|en fuertes pendientes|sui terreni ripidi|op steile hellingen|na stromych zboczach|em encostas íngremes|i branta sluttningar|jyrkillä rinteillä|σε απότομες πλαγιές|na strmých svazích|meredek lejtőkön
for sommeliers|für Sommeliers|pour sommeliers|para sumilleres|per sommelier|voor sommeliers|dla sommelierów|para escanções|för sommelierer|sommelieereille|για οινοχόους|pro sommeliéry|sommelier-k számára
""")),
    "0421": (_table("""
Public procurement law|Vergaberecht|Droit de la commande publique|Contratación pública|Diritto degli appalti|Aanbestedingsrecht|Prawo zamówień publicznych|Contratação pública|Offentlig upphandling|Hankintalaki|Δίκαιο δημοσίων συμβάσεων|Právo veřejných zakázek|Közbeszerzési jog
Asylum law|Asylrecht|Droit d'asile|Derecho de asilo|Diritto d'asilo|Asielrecht|Prawo azylowe|Direito de asilo|Asylrätt|Turvapaikkaoikeus|Δίκαιο ασύλου|Azylové právo|Menekültjog
Collective bargaining|Tarifverhandlungen|Négociation collective|Negociación colectiva|Contrattazione collettiva|Collectieve onderhandelingen|Rokowania zbiorowe|Negociação coletiva|Kollektivavtalsförhandling|Työehtosopimusneuvottelut|Συλλογικές διαπραγματεύσεις|Kolektivní vyjednávání|Kollektív alku
Tenancy law|Mietrecht|Droit du bail|Derecho arrendaticio|Diritto delle locazioni|Huurrecht|Prawo najmu|Arrendamento urbano|Hyresrätt|Vuokraoikeus|Δίκαιο μισθώσεων|Nájemní právo|Bérleti jog
"""), _table("""
for municipalities|für Kommunen|pour les communes|para ayuntamientos|per i comuni|voor gemeenten|dla gmin|para autarquias|för kommuner|kunnille|για δήμους|pro obce|önkormányzatoknak
in the construction sector|im Bauwesen|dans le bâtiment|en la construcción|nell'edilizia|in de bouwsector|w budownictwie|no setor da construção|inom byggsektorn|rakennusalalla|στον κατασκευαστικό κλάδο|ve stavebnictví|az építőiparban
""")),
    "0612": (_table("""
Data visualisation|Datenvisualisierung|Visualisation de données|Visualización de datos|Visualizzazione dei dati|Datavisualisatie|Wizualizacja danych|Visualização de dados|Datavisualisering|Tiedon visualisointi|Οπτικοποίηση δεδομένων|Vizualizace dat|Adatvizualizáció
Time series forecasting|Zeitreihenprognose|Prévision de séries temporelles|Predicción de series temporales|Previsione di serie storiche|Voorspellen met tijdreeksen|Prognozowanie szeregów czasowych|Previsão de séries temporais|Tidsserieprognoser|Aikasarjojen ennustaminen|Πρόβλεψη χρονοσειρών|Predikce časových řad|Idősorok előrejelzése
Information security audits|Prüfung der Informationssicherheit|Audit de la sécurité de l'information|Auditoría de seguridad de la información|Audit della sicurezza informatica|Auditen van informatiebeveiliging|Audyt bezpieczeństwa informacji|Auditoria de segurança da informação|Revision av informationssäkerhet|Tietoturvan auditointi|Έλεγχος ασφάλειας πληροφοριών|Audit bezpečnosti informací|Információbiztonsági auditálás
"""), _table("""
in the energy sector|in der Energiewirtschaft|dans le secteur de l'énergie|en el sector energético|nel settore energetico|in de energiesector|w energetyce|no setor energético|inom energibranschen|energia-alalla|στον τομέα της ενέργειας|v energetice|az energiaszektorban
for journalists|für Journalistinnen und Journalisten|pour journalistes|para periodistas|per giornalisti|voor journalisten|dla dziennikarzy|para jornalistas|för journalister|toimittajille|για δημοσιογράφους|pro novináře|újságíróknak
""")),
    "0231": (_table("""
Sign language|Gebärdensprache|Langue des signes|Lengua de signos|Lingua dei segni|Gebarentaal|Język migowy|Língua gestual|Teckenspråk|Viittomakieli|Νοηματική γλώσσα|Znakový jazyk|Jelnyelv
Italian|Italienisch|Italien|Italiano|Italiano L2|Italiaans|Język włoski|Italiano|Italienska|Italia|Ιταλικά|Italština|Olasz nyelv
Ukrainian|Ukrainisch|Ukrainien|Ucraniano|Ucraino|Oekraïens|Język ukraiński|Ucraniano|Ukrainska|Ukraina|Ουκρανικά|Ukrajinština|Ukrán nyelv
Norwegian|Norwegisch|Norvégien|Noruego|Norvegese|Noors|Język norweski|Norueguês|Norska|Norja|Νορβηγικά|Norština|Norvég nyelv
"""), _table("""
for health professionals|für Gesundheitsberufe|pour soignants|para sanitarios|per operatori sanitari|voor zorgverleners|dla personelu medycznego|para profissionais de saúde|för vårdpersonal|hoitohenkilöstölle|για επαγγελματίες υγείας|pro zdravotníky|egészségügyi dolgozóknak
at the workplace|am Arbeitsplatz|au travail|en el trabajo|sul lavoro|op de werkvloer|w pracy|no local de trabalho|på arbetsplatsen|työpaikalla|στον χώρο εργασίας|na pracovišti|a munkahelyen
""")),
    "0111": (_table("""
Gifted education|Begabtenförderung|Pédagogie des élèves à haut potentiel|Atención a las altas capacidades|Didattica per alunni plusdotati|Begaafdheidsonderwijs|Praca z uczniem zdolnym|Educação de alunos sobredotados|Undervisning för särbegåvade elever|Lahjakkaiden opetus|Εκπαίδευση χαρισματικών μαθητών|Vzdělávání nadaných žáků|Tehetséggondozás
Multilingual classrooms|Mehrsprachigkeit im Unterricht|Plurilinguisme en classe|Aulas plurilingües|Plurilinguismo in classe|Meertaligheid in de klas|Wielojęzyczność w klasie|Plurilinguismo na sala de aula|Flerspråkighet i klassrummet|Monikielinen luokkahuone|Πολυγλωσσία στην τάξη|Vícejazyčnost ve třídě|Többnyelvűség az osztályteremben
Outdoor learning|Lernen im Freien|Enseigner dehors|Aprendizaje al aire libre|Didattica all'aperto|Buitenonderwijs|Edukacja terenowa|Aprender ao ar livre|Utomhuspedagogik|Ulko-oppiminen|Μάθηση στην ύπαιθρο|Učení venku|Szabadtéri tanulás
"""), _table("""
for school leaders|für Schulleitungen|pour chefs d'établissement|para equipos directivos|per dirigenti scolastici|voor schoolleiders|dla dyrektorów szkół|para diretores de escola|för rektorer|rehtoreille|για διευθυντές σχολείων|pro ředitele škol|iskolaigazgatóknak
in vocational schools|an Berufsschulen|en lycée professionnel|en formación profesional|negli istituti professionali|in het beroepsonderwijs|w szkołach branżowych|no ensino profissional|på yrkesskolor|ammatillisissa oppilaitoksissa|στα επαγγελματικά λύκεια|na středních odborných školách|szakképző iskolákban
""")),
    "0732": (_table("""
Roof insulation|Dachdämmung|Isolation des toitures|Aislamiento de cubiertas|Isolamento delle coperture|Dakisolatie|Ocieplanie dachów|Isolamento de coberturas|Takisolering|Yläpohjan lämmöneristys|Θερμομόνωση στέγης|Zateplení střech|Tetőszigetelés
Clay plastering|Lehmputz|Enduits en terre crue|Revocos de arcilla|Intonaci in terra cruda|Leemstuc|Tynki gliniane|Rebocos de terra|Lerputsning|Savirappaus|Πηλοσοβάδες|Hliněné omítky|Vályogvakolás
Photovoltaic systems|Photovoltaikanlagen|Installations photovoltaïques|Instalaciones fotovoltaicas|Impianti fotovoltaici|Zonnestroominstallaties|Instalacje fotowoltaiczne|Sistemas fotovoltaicos|Solcellsanläggningar|Aurinkosähköjärjestelmät|Φωτοβολταϊκά συστήματα|Fotovoltaické systémy|Napelemes rendszerek
"""), _table("""
in listed buildings|im Denkmalschutz|dans le bâti ancien|en edificios históricos|negli edifici storici|in monumenten|w obiektach zabytkowych|em edifícios antigos|i kulturhistoriska byggnader|suojelluissa rakennuksissa|σε διατηρητέα κτίρια|v památkově chráněných stavbách|műemlék épületekben
for site managers|für Bauleitungen|pour conducteurs de travaux|para jefes de obra|per capicantiere|voor uitvoerders|dla kierowników budowy|para encarregados de obra|för platschefer|työmaapäälliköille|για εργοταξιάρχες|pro stavbyvedoucí|építésvezetőknek
""")),
    "0411": (_table("""
Payroll accounting|Lohnbuchhaltung|Gestion de la paie|Gestión de nóminas|Elaborazione paghe|Salarisadministratie|Naliczanie wynagrodzeń|Processamento salarial|Lönehantering|Palkanlaskenta|Μισθοδοσία|Mzdové účetnictví|Bérszámfejtés
Cost accounting|Kostenrechnung|Comptabilité analytique|Contabilidad de costes|Contabilità analitica|Kostprijsberekening|Rachunek kosztów|Contabilidade de custos|Kostnadsredovisning|Kustannuslaskenta|Κοστολόγηση|Nákladové účetnictví|Költségszámítás
Value added tax|Umsatzsteuer|Taxe sur la valeur ajoutée|Impuesto sobre el valor añadido|Imposta sul valore aggiunto|Omzetbelasting|Podatek od towarów i usług|Imposto sobre o valor acrescentado|Mervärdesskatt|Arvonlisävero|Φόρος προστιθέμενης αξίας|Daň z přidané hodnoty|Általános forgalmi adó
"""), _table("""
in associations|in Vereinen|dans les associations|en asociaciones|nelle associazioni|in verenigingen|w stowarzyszeniach|em associações|i ideella föreningar|yhdistyksissä|σε σωματεία|ve spolcích|egyesületekben
in cross-border trade|im grenzüberschreitenden Handel|dans les échanges internationaux|en el comercio exterior|negli scambi transfrontalieri|bij grensoverschrijdende handel|w handlu zagranicznym|no comércio externo|vid utrikeshandel|ulkomaankaupassa|στο διασυνοριακό εμπόριο|v přeshraničním obchodu|a határon átnyúló kereskedelemben
""")),
    "1015": (_table("""
Mountain guiding|Bergführung|Accompagnement en montagne|Guía de montaña|Accompagnamento in montagna|Berggidsen|Przewodnictwo górskie|Guia de montanha|Fjälledning|Vaellusopastus|Ορεινή ξενάγηση|Horské průvodcovství|Hegyi túravezetés
Museum education|Museumspädagogik|Médiation muséale|Educación en museos|Didattica museale|Museumeducatie|Edukacja muzealna|Educação em museus|Museipedagogik|Museopedagogiikka|Μουσειοπαιδαγωγική|Muzejní pedagogika|Múzeumpedagógia
Campsite management|Campingplatzbetrieb|Exploitation d'un terrain de camping|Gestión de campings|Gestione di campeggi|Campingbeheer|Prowadzenie kempingu|Gestão de parques de campismo|Campingdrift|Leirintäalueen johtaminen|Διαχείριση κατασκηνωτικών χώρων|Provoz kempu|Kempingüzemeltetés
"""), _table("""
for people with disabilities|für Menschen mit Behinderungen|pour personnes handicapées|para personas con discapacidad|per persone con disabilità|voor mensen met een beperking|dla osób z niepełnosprawnościami|para pessoas com deficiência|för personer med funktionsnedsättning|vammaisille|για άτομα με αναπηρία|pro osoby se zdravotním postižením|fogyatékossággal élőknek
in national parks|in Nationalparks|dans les parcs nationaux|en parques nacionales|nei parchi nazionali|in nationale parken|w parkach narodowych|em parques nacionais|i nationalparker|kansallispuistoissa|σε εθνικούς δρυμούς|v národních parcích|nemzeti parkokban
""")),
}  # fmt: skip
"""ISCED-F field -> (what is taught, where or for whom)."""

SPECIAL = _table("""
for career changers|für den Quereinstieg|en reconversion professionnelle|para la reconversión profesional|per chi cambia lavoro|voor zij-instromers|dla zmieniających zawód|para reconversão profissional|för yrkesväxlare|alanvaihtajille|για αλλαγή καριέρας|pro rekvalifikaci|pályamódosítóknak
for team leaders|für Teamleitungen|pour responsables d'équipe|para mandos intermedios|per capisquadra|voor teamleiders|dla liderów zespołów|para chefes de equipa|för arbetsledare|lähiesihenkilöille|για επικεφαλής ομάδων|pro vedoucí týmů|csoportvezetőknek
for volunteers|für Ehrenamtliche|pour bénévoles|para personas voluntarias|per volontari|voor vrijwilligers|dla wolontariuszy|para voluntários|för ideellt engagerade|vapaaehtoisille|για εθελοντές|pro dobrovolníky|önkénteseknek
""")  # fmt: skip
"""For whom, in any field."""

PROGRAMMING = _table("""
Programming in {}|Programmieren in {}|Programmer en {}|Programación en {}|Programmare in {}|Programmeren in {}|Programowanie w języku {}|Programação em {}|Programmering i {}|Ohjelmointi: {}|Προγραμματισμός σε {}|Programování v {}|Programozás {} nyelven
Test automation with {}|Testautomatisierung mit {}|Tests automatisés avec {}|Automatización de pruebas con {}|Test automatici con {}|Testautomatisering met {}|Automatyzacja testów w {}|Automatização de testes com {}|Testautomatisering med {}|Testiautomaatio: {}|Αυτοματοποιημένοι έλεγχοι με {}|Automatizace testů v {}|Tesztautomatizálás {} környezetben
""")  # fmt: skip
TECH = ("Python", "Java", "C#", "C++", "R", "PHP", "Kotlin", "Rust", "SQL", "Go")
STAGE = _table("""
in primary school|in der Grundschule|à l'école élémentaire|en educación primaria|nella scuola primaria|in het basisonderwijs|w szkole podstawowej|no 1.º ciclo|i lågstadiet|alakoulussa|στο δημοτικό|na 1. stupni ZŠ|az általános iskola alsó tagozatán
in secondary school|in der Sekundarstufe|au collège|en educación secundaria|nella scuola secondaria|in het voortgezet onderwijs|w szkole ponadpodstawowej|no ensino secundário|i högstadiet|yläkoulussa|στο γυμνάσιο|na střední škole|középiskolában
in kindergarten|im Kindergarten|à la maternelle|en educación infantil|nella scuola dell'infanzia|in de kleuterklas|w przedszkolu|no jardim de infância|i förskolan|päiväkodissa|στο νηπιαγωγείο|v mateřské škole|óvodában
""")  # fmt: skip

# {n} 2, {r} II, {l} B, {y} 2026, {w} a word of ORDER.
MARKS: dict[str, dict[str, tuple[str, ...]]] = {
    "level": {
        "en": ("{t} – Level {n}", "{t}, level {w}", "{t} (Level {r})", "Level {n}: {t}", "{t} L{n}"),
        "de": ("{t} – Stufe {n}", "{t} (Niveau {r})", "{t}, Stufe {w}", "{t} Level {n}"),
        "fr": ("{t} – niveau {n}", "{t} (niveau {r})", "{t}, {w} niveau", "{t} - niv. {n}"),
        "es": ("{t} – Nivel {n}", "{t} (nivel {r})", "{t}, {w} nivel", "{t} Niv. {n}"),
        "it": ("{t} – livello {n}", "{t} (livello {r})", "{t}, {w} livello", "{t} liv. {n}"),
        "nl": ("{t} – niveau {n}", "{t} (niveau {r})", "{t}, {w} niveau"),
        "pl": ("{t} – poziom {n}", "{t} (stopień {r})", "{t}, {w} poziom", "{t} – {r} stopnia"),
        "pt": ("{t} – Nível {n}", "{t} (nível {r})", "{t}, {w} nível"),
        "sv": ("{t} – nivå {n}", "{t}, steg {n}", "{t} {r}", "{t}, nivå {w}"),
        "fi": ("{t} – taso {n}", "{t} {r}", "{t}, {w} taso", "{t} {n}"),
        "el": ("{t} – Επίπεδο {n}", "{t} (Επίπεδο {l}΄)", "{t} {l}΄ επιπέδου", "{t} – {w} επίπεδο"),
        "cs": ("{t} – úroveň {n}", "{t} ({n}. stupeň)", "{t} {r}", "{t}, {w} úroveň"),
        "hu": ("{t} – {n}. szint", "{t} ({r}. szint)", "{t}, {w} szint", "{t} {r}."),
    },
    "part": {
        "en": ("{t} – Part {n}", "{t}, part {w}", "{t} (Part {r})", "{t} pt. {n}"),
        "de": ("{t} – Teil {n}", "{t} (Teil {r})", "{t}, {w} Teil", "{t} T{n}"),
        "fr": ("{t} – partie {n}", "{t} ({w} partie)", "{t}, {n}e partie", "{t} - Volet {n}"),
        "es": ("{t} – Parte {n}", "{t} (parte {r})", "{t}. {w} parte", "{t}, parte {l}"),
        "it": ("{t} – parte {n}", "{t} (parte {w})", "{t}, {r} parte", "{t}: {w} parte"),
        "nl": ("{t} – deel {n}", "{t} (deel {r})", "{t}, {w} deel", "{t} - deel {l}"),
        "pl": ("{t} – część {n}", "{t} (cz. {r})", "{t}, część {w}", "{t} cz. {n}"),
        "pt": ("{t} – Parte {n}", "{t} ({n}.ª parte)", "{t}, parte {r}", "{t}: {w} parte"),
        "sv": ("{t} – del {n}", "{t} (del {r})", "{t}, {w} delen"),
        "fi": ("{t} – osa {n}", "{t} (osa {r})", "{t}, {n}. osa", "{t}, {w} osa"),
        "el": ("{t} – Μέρος {n}", "{t} (Μέρος {l}΄)", "{t}: {w} μέρος", "{t} {n}ο μέρος"),
        "cs": ("{t} – {n}. část", "{t} (část {r})", "{t}, {w} část", "{t} {n}. díl"),
        "hu": ("{t} – {n}. rész", "{t} ({r}. rész)", "{t}, {w} rész"),
    },
    "module": {
        "en": ("Module {n}: {t}", "{t} (Module {n})", "{t} – Module {r}", "M{n} {t}"),
        "de": ("Modul {n}: {t}", "{t} (Modul {n})", "{t} – Baustein {n}"),
        "fr": ("Module {n} : {t}", "{t} (module {n})", "{t} - Bloc {n}"),
        "es": ("Módulo {n}: {t}", "{t} (módulo {r})", "{t} – Unidad {n}"),
        "it": ("Modulo {n}: {t}", "{t} (modulo {r})", "{t} – Unità {n}"),
        "nl": ("Module {n}: {t}", "{t} (module {n})", "{t} – blok {n}"),
        "pl": ("Moduł {n}: {t}", "{t} (moduł {r})", "{t} – blok {n}"),
        "pt": ("Módulo {n}: {t}", "{t} (módulo {r})", "UFCD {n} – {t}"),
        "sv": ("Modul {n}: {t}", "{t} (modul {n})", "{t} – block {n}"),
        "fi": ("Moduuli {n}: {t}", "{t} (moduuli {n})", "{t} – opintojakso {n}"),
        "el": ("Ενότητα {n}: {t}", "{t} (Ενότητα {l}΄)", "{t} – Θεματική ενότητα {n}"),
        "cs": ("Modul {n}: {t}", "{t} (modul {r})", "{t} – {n}. blok"),
        "hu": ("{n}. modul: {t}", "{t} ({n}. modul)", "{t} – {r}. modul"),
    },
    "year": {
        "en": ("{t} {y}", "{t} ({y})", "{t} – {y} edition", "{t}, edition {y}"),
        "de": ("{t} {y}", "{t} ({y})", "{t} – Ausgabe {y}"),
        "fr": ("{t} {y}", "{t} ({y})", "{t} – édition {y}"),
        "es": ("{t} {y}", "{t} ({y})", "{t} – edición {y}"),
        "it": ("{t} {y}", "{t} ({y})", "{t} – edizione {y}"),
        "nl": ("{t} {y}", "{t} ({y})", "{t} – editie {y}"),
        "pl": ("{t} {y}", "{t} ({y})", "{t} – edycja {y}"),
        "pt": ("{t} {y}", "{t} ({y})", "{t} – edição {y}"),
        "sv": ("{t} {y}", "{t} ({y})", "{t} – utgåva {y}"),
        "fi": ("{t} {y}", "{t} ({y})", "{t} – vuosi {y}"),
        "el": ("{t} {y}", "{t} ({y})", "{t} – έκδοση {y}"),
        "cs": ("{t} {y}", "{t} ({y})", "{t} – verze {y}"),
        "hu": ("{t} {y}", "{t} ({y})", "{t} – {y}. évi kiadás"),
    },
    "bundle": {
        "en": ("{t} – certificate programme", "Programme: {t}", "{t} Diploma"),
        "de": ("{t} – Zertifikatskurs (Gesamtprogramm)", "Lehrgang {t}", "{t} (Zertifikatsstudium)"),
        "fr": ("Parcours certifiant {t}", "{t} – parcours complet", "Certificat {t}"),
        "es": ("Programa completo de {t}", "{t} – itinerario formativo", "Diploma de {t}"),
        "it": ("{t} – percorso completo", "Master breve in {t}", "Diploma {t}"),
        "nl": ("{t} – volledig programma", "Leergang {t}", "Diploma {t}"),
        "pl": ("{t} – pełny program", "Studia podyplomowe: {t}", "{t} (ścieżka kształcenia)"),
        "pt": ("{t} – percurso completo", "Programa {t}", "Diploma em {t}"),
        "sv": ("{t} – hela programmet", "Diplomutbildning {t}", "{t} (utbildningsprogram)"),
        "fi": ("{t} – koko koulutusohjelma", "{t} -opintokokonaisuus", "Koulutuspolku: {t}"),
        "el": ("Πρόγραμμα σπουδών: {t}", "{t} – πλήρες πρόγραμμα", "Δίπλωμα {t}"),
        "cs": ("{t} – ucelený program", "Studijní program {t}", "{t} (celý cyklus)"),
        "hu": ("{t} – teljes képzési program", "{t} szakirányú továbbképzés", "Program: {t}"),
    },
    "intro_adv": {
        "en": ("Introduction to {t}|Basics: {t}|{t} for beginners", "Advanced: {t}|{t} – advanced|{t} for advanced learners"),
        "de": ("Einführung: {t}|{t} – Grundlagen|{t} für Einsteiger", "{t} für Fortgeschrittene|{t} – Aufbaukurs|{t} – Vertiefung"),
        "fr": ("Initiation : {t}|{t} – les bases|{t} (débutants)", "{t} – perfectionnement|{t} – approfondissement|{t} avancé"),
        "es": ("Introducción: {t}|{t} – nociones básicas|{t} (inicial)", "{t} avanzado|{t} – perfeccionamiento|{t} (avanzado)"),
        "it": ("Introduzione: {t}|{t} – corso base|{t} (principianti)", "{t} – corso avanzato|{t} – approfondimento|{t} (avanzato)"),
        "nl": ("Inleiding: {t}|{t} – basiscursus|{t} voor beginners", "{t} voor gevorderden|{t} – verdieping|{t} – vervolgcursus"),
        "pl": ("Wprowadzenie: {t}|{t} – podstawy|{t} dla początkujących", "{t} dla zaawansowanych|{t} – kurs zaawansowany"),
        "pt": ("Introdução: {t}|{t} – iniciação|{t} (principiantes)", "{t} avançado|{t} – aperfeiçoamento|{t} (avançado)"),
        "sv": ("Introduktion: {t}|{t} – grundkurs|{t} för nybörjare", "{t} – fortsättningskurs|{t} – fördjupning|{t}, påbyggnad"),
        "fi": ("Johdanto: {t}|{t} – perusteet|{t} aloittelijoille", "{t} – jatkokurssi|{t} – syventävä|{t} edistyneille"),
        "el": ("Εισαγωγή: {t}|{t} – βασικές αρχές|{t} για αρχάριους", "{t} για προχωρημένους|{t} – εμβάθυνση"),
        "cs": ("Úvod: {t}|{t} – základy|{t} pro začátečníky", "{t} pro pokročilé|{t} – nadstavbový kurz"),
        "hu": ("Bevezetés: {t}|{t} – alapok|{t} kezdőknek", "{t} haladóknak|{t} – mesterkurzus"),
    },
}  # fmt: skip
"""Kind of sibling -> language -> forms of one and the same mark; of `intro_adv` and `bundle` see `heldout`."""

ORDER: dict[str, tuple[str, str]] = {
    "en": ("one two three", "one two three"), "de": ("eins zwei drei", "erster zweiter dritter"),
    "fr": ("premier deuxième troisième", "première deuxième troisième"),
    "es": ("primer segundo tercer", "primera segunda tercera"), "it": ("primo secondo terzo", "prima seconda terza"),
    "nl": ("eerste tweede derde", "eerste tweede derde"), "pl": ("pierwszy drugi trzeci", "pierwsza druga trzecia"),
    "pt": ("primeiro segundo terceiro", "primeira segunda terceira"), "sv": ("ett två tre", "första andra tredje"),
    "fi": ("ensimmäinen toinen kolmas", "ensimmäinen toinen kolmas"), "el": ("πρώτο δεύτερο τρίτο",) * 2,
    "cs": ("první druhá třetí", "první druhá třetí"), "hu": ("első második harmadik", "első második harmadik"),
}  # fmt: skip
"""What {w} is of a level, and of a part."""

RUNS: dict[str, tuple[str, ...]] = {
    "en": ("(Autumn {y})", "– cohort {k}", "(starts {d})", "– Semester 1, {y}/{z}", "[intake {k}]", "{m} {y}"),
    "de": ("(WiSe {y}/{z})", "– Durchgang {k}", "(Start: {d})", "ab {d}", "Herbst {y}", "(Kurs-Nr. {k})"),
    "fr": ("(session {k})", "– rentrée {y}", "(début le {d})", "– promotion {k}", "automne {y}", "{y}-{y1}"),
    "es": ("({k}.ª edición)", "– convocatoria {k}", "(inicio {d})", "curso {y}/{z}", "otoño {y}", "– grupo {k}"),
    "it": ("({k}ª edizione)", "a.a. {y}/{y1}", "(dal {d})", "– autunno {y}", "– gruppo {k}", "I semestre {y}/{z}"),
    "nl": ("(najaar {y})", "– groep {k}", "(start {d})", "– lichting {k}", "{y}-{y1}", "– startmoment {k}"),
    "pl": ("({k}. edycja)", "– semestr zimowy {y}/{z}", "(od {d})", "– nabór {k}", "jesień {y}", "– grupa {k}"),
    "pt": ("({k}.ª edição)", "– turma {k}", "(início {d})", "ano letivo {y}/{z}", "outono {y}", "1.º semestre {y}/{z}"),
    "sv": ("HT{s}", "höstterminen {y}", "(start {d})", "– omgång {k}", "(ht {y})", "hösten {y}"),
    "fi": ("(syksy {y})", "– ryhmä {k}", "(alkaa {d})", "lukuvuosi {y}–{y1}", "– toteutus {k}", "syksy {y}"),
    "el": ("({k}ος κύκλος)", "– χειμερινό εξάμηνο {y}-{z}", "(έναρξη {d})", "– τμήμα {k}", "φθινόπωρο {y}"),
    "cs": ("({k}. běh)", "– zimní semestr {y}/{z}", "(od {d})", "podzim {y}", "– skupina {k}", "– termín {d}"),
    "hu": ("({k}. turnus)", "– {y}/{z}. őszi félév", "({d}-tól)", "{y} ősz", "– {k}. csoport", "– {k}. évfolyam"),
}
"""What tells two runs of one offer apart: {y} 2025, {y1} 2026, {z} 26, {s} 25, {k} a small number, {d} a date."""

FRAMES: dict[str, tuple[str, ...]] = {
    "en": ("Microcredential: {t}", "Short course – {t}", "CPD: {t}", "{t} (micro-credential)", "Certificate of attendance: {t}"),
    "de": ("Microcredential {t}", "Seminar: {t}", "Weiterbildungskurs {t}", "{t} (Mikrozertifikat)", "Online-Kurs: {t}"),
    "fr": ("Formation : {t}", "Microcertification {t}", "{t} (formation continue)", "Stage – {t}", "Module court : {t}"),
    "es": ("Microcredencial: {t}", "Curso de {t}", "{t} (formación continua)", "Curso corto: {t}", "Taller: {t}"),
    "it": ("Microcredenziale: {t}", "Corso: {t}", "{t} (formazione continua)", "Corso breve – {t}", "Laboratorio: {t}"),
    "nl": ("Microcredential {t}", "Cursus: {t}", "{t} (bijscholing)", "Training {t}", "Nascholing: {t}"),
    "pl": ("Mikropoświadczenie: {t}", "Szkolenie: {t}", "Kurs „{t}”", "{t} (szkolenie)", "Warsztaty: {t}"),
    "pt": ("Microcredencial: {t}", "Curso de {t}", "{t} (formação contínua)", "Oficina: {t}", "Formação – {t}"),
    "sv": ("Mikromeritering: {t}", "Kurs: {t}", "{t} (uppdragsutbildning)", "Utbildning i {t}", "Fortbildning: {t}"),
    "fi": ("Osaamismerkki: {t}", "Koulutus: {t}", "{t} (pieni osaamiskokonaisuus)", "Verkkokurssi: {t}", "{t} -koulutus"),
    "el": ("Μικροπιστοποίηση: {t}", "Σεμινάριο: {t}", "{t} (επιμόρφωση)", "Πρόγραμμα επιμόρφωσης: {t}"),
    "cs": ("Mikrocertifikát: {t}", "Kurz: {t}", "{t} (kurz CŽV)", "Školení – {t}", "Seminář: {t}"),
    "hu": ("Mikrotanúsítvány: {t}", "Képzés: {t}", "{t} (továbbképzés)", "Tanfolyam: {t}", "{t} tanfolyam"),
}  # fmt: skip
TOUCHES = ("{t} ({e} ECTS)", "{t} – {e} ECTS", "{t} | {p}", "{t} [{c}]", "{t} ({p})", "{c} {t}", "{t} | {city}")
"""What a list adds to every title: {e} credits, {p} provider, {c} code."""
MODES: dict[str, str] = {
    "en": "(online)", "de": "(online)", "fr": "(à distance)", "es": "(en línea)", "it": "(a distanza)", "nl": "(online)",
    "pl": "(zdalnie)", "pt": "(à distância)", "sv": "(distans)", "fi": "(etänä)", "el": "(εξ αποστάσεως)",
    "cs": "(distančně)", "hu": "(távoktatás)",
}  # fmt: skip
SHORTENED: dict[str, str] = {
    "Management": "Mgmt.", "management": "mgmt", "Einführung": "Einf.", "Introduction": "Intro", "Grundlagen": "Grundl.",
    "and": "&", "und": "u.", "Advanced": "Adv.", "Gestione": "Gest.", "Gestión": "Gest.", "Gestão": "Gest.",
    "Sécurité": "Séc.", "podstawy": "podst.", "information": "info", "Educación": "Educ.", "systems": "sys.",
    "Bezpieczeństwo": "Bezp.", "logistiek": "log.", "perusteet": "perust.", "základy": "zákl.", "Fundamentos": "Fund.",
}  # fmt: skip

CITIES: dict[str, list[tuple[str, str, str]]] = {
    country: [(parts[0], parts[1], parts[2]) for parts in (one.strip().split(",") for one in said.split(";"))]
    for country, said in {
        "IE": "Cork,Cork,Cork;Dundalk,Dundalk,Dundalk;Athlone,Athlone,Athlone;Tralee,Tralee,Tralee;Waterford,Waterford,Waterford",
        "DE": "Bremen,Bremen,Bremen;Kassel,Kassel,Kassel;Ulm,Ulm,Ulm;Rostock,Rostock,Rostock;München,Munich,München;Trier,Treves,Trier",
        "AT": "Linz,Linz,Linz;Bregenz,Bregenz,Bregenz;Wien,Vienna,Wien;Leoben,Leoben,Leoben",
        "FR": "Rennes,Rennes,Rennes;Limoges,Limoges,Limoges;Metz,Metz,Metz;Angers,Angers,Angers;Le Mans,Le Mans,du Mans",
        "ES": "Zaragoza,Saragossa,Zaragoza;Sevilla,Seville,Sevilla;Vigo,Vigo,Vigo;Cartagena,Cartagena,Cartagena;A Coruña,Corunna,A Coruña",
        "IT": "Torino,Turin,Torino;Padova,Padua,Padova;Firenze,Florence,Firenze;Lecce,Lecce,Lecce;Genova,Genoa,Genova",
        "NL": "Den Haag,The Hague,Den Haag;Nijmegen,Nijmegen,Nijmegen;Enschede,Enschede,Enschede;Middelburg,Middelburg,Middelburg",
        "PL": "Kraków,Cracow,w Krakowie;Wrocław,Wroclaw,we Wrocławiu;Łódź,Lodz,w Łodzi;Warszawa,Warsaw,w Warszawie;Rzeszów,Rzeszow,w Rzeszowie",
        "PT": "Lisboa,Lisbon,de Lisboa;Braga,Braga,de Braga;Évora,Evora,de Évora;Setúbal,Setubal,de Setúbal",
        "SE": "Göteborg,Gothenburg,Göteborgs;Umeå,Umea,Umeå;Malmö,Malmo,Malmö;Borås,Boras,Borås",
        "FI": "Turku,Turku,Turun;Vaasa,Vaasa,Vaasan;Kuopio,Kuopio,Kuopion;Tampere,Tampere,Tampereen;Joensuu,Joensuu,Joensuun",
        "GR": "Θεσσαλονίκη,Thessaloniki,Θεσσαλονίκης;Πάτρα,Patras,Πατρών;Ηράκλειο,Heraklion,Ηρακλείου;Βόλος,Volos,Βόλου;Αθήνα,Athens,Αθηνών",
        "CZ": "Brno,Brno,v Brně;Plzeň,Pilsen,v Plzni;Praha,Prague,v Praze;Olomouc,Olomouc,v Olomouci",
        "HU": "Szeged,Szeged,Szegedi;Debrecen,Debrecen,Debreceni;Pécs,Pecs,Pécsi;Győr,Gyor,Győri;Budapest,Budapest,Budapesti",
    }.items()
}  # fmt: skip
"""Country -> (native, English, the form its providers' names need)."""

PROVIDERS: dict[str, tuple[tuple[str, str, str, str], ...]] = {
    "en": (("Technological University {c}", "Technological University {c}", "", "TU {c}"),
           ("{c} Further Education Centre", "{c} Further Education Centre", "CLG", "{c} FEC"),
           ("{c} Institute of Skills", "{c} Institute of Skills", "DAC", "{c} IoS"),
           ("{c} School of Nursing", "{c} School of Nursing", "Ltd", "SoN {c}")),
    "de": (("Universität {c}", "University of {c}", "", "Uni {c}"),
           ("Hochschule {c}", "{c} University of Applied Sciences", "", "HS {c}"),
           ("Pflegeakademie {c}", "{c} Nursing Academy", "gGmbH", "PA {c}"),
           ("Berufsförderungszentrum {c}", "Vocational Training Centre {c}", "e. V.", "BFZ {c}"),
           ("Handelsakademie {c}", "{c} Commercial Academy", "GmbH & Co. KG", "HAK {c}")),
    "fr": (("Université de {c}", "University of {c}", "", "Univ. {c}"),
           ("Lycée agricole de {c}", "{c} Agricultural College", "EPLEFPA", "LA {c}"),
           ("Centre de formation d'apprentis de {c}", "{c} Apprentice Training Centre", "SAS", "CFA {c}"),
           ("Institut de soins infirmiers de {c}", "{c} Nursing Institute", "Association", "IFSI {c}")),
    "es": (("Universidad de {c}", "University of {c}", "", "U. {c}"),
           ("Instituto Politécnico de {c}", "{c} Polytechnic Institute", "S.A.", "IP {c}"),
           ("Academia Náutica de {c}", "{c} Nautical Academy", "S.L.U.", "AN {c}"),
           ("Fundación Empleo {c}", "{c} Employment Foundation", "F.S.P.", "FE {c}")),
    "it": (("Università degli Studi di {c}", "University of {c}", "", "UniS {c}"),
           ("Politecnico di {c}", "Polytechnic University of {c}", "", "Poli {c}"),
           ("Scuola Edile di {c}", "{c} Construction School", "S.r.l.", "SE {c}"),
           ("Consorzio Formazione {c}", "{c} Training Consortium", "S.c.a r.l.", "CF {c}")),
    "nl": (("Universiteit {c}", "University of {c}", "", "Univ. {c}"),
           ("Hogeschool {c}", "{c} University of Applied Sciences", "", "HS {c}"),
           ("Zorgacademie {c}", "{c} Care Academy", "B.V.", "ZA {c}"),
           ("Vakschool {c}", "{c} Trade School", "Stichting", "VS {c}")),
    "pl": (("Uniwersytet {f}", "University of {c}", "", "Uniw. {c}"),
           ("Politechnika {f}", "{c} University of Technology", "", "PW {c}"),
           ("Centrum Kształcenia Zawodowego {f}", "{c} Vocational Education Centre", "Sp. z o.o.", "CKZ {c}"),
           ("Akademia Medyczna {f}", "Medical Academy of {c}", "S.A.", "AM {c}")),
    "pt": (("Universidade {f}", "University of {c}", "", "U. {c}"),
           ("Instituto Politécnico {f}", "Polytechnic Institute of {c}", "", "IP {c}"),
           ("Escola de Enfermagem {f}", "{c} School of Nursing", "", "EE {c}"),
           ("Centro de Formação {f}", "{c} Training Centre", "Lda.", "CF {c}")),
    "sv": (("{f} universitet", "University of {c}", "", "{c} univ."),
           ("Yrkeshögskolan {c}", "{c} Higher Vocational School", "AB", "YH {c}"),
           ("{f} folkhögskola", "{c} Folk High School", "", "{c} fhsk"),
           ("Vårdakademin {c}", "{c} Care Academy", "AB", "VA {c}")),
    "fi": (("{f} yliopisto", "University of {c}", "", "{c} yo"),
           ("{f} ammattikorkeakoulu", "{c} University of Applied Sciences", "Oy", "{c} AMK"),
           ("{f} aikuiskoulutuskeskus", "{c} Adult Education Centre", "sr", "{c} AKK"),
           ("{f} kesäyliopisto", "{c} Summer University", "ry", "{c} kesäyo")),
    "el": (("Πανεπιστήμιο {f}", "University of {c}", "", "ΠΑΝ. {f}"),
           ("Πολυτεχνείο {f}", "Technical University of {c}", "", "ΠΟΛ. {f}"),
           ("Κέντρο Διά Βίου Μάθησης {f}", "{c} Lifelong Learning Centre", "Α.Ε.", "ΚΔΒΜ {f}"),
           ("Σχολή Τουρισμού {f}", "{c} School of Tourism", "ΕΠΕ", "ΣΤ {f}")),
    "cs": (("Univerzita {f}", "University of {c}", "", "Univ. {c}"),
           ("Vysoké učení technické {f}", "{c} University of Technology", "", "VUT {c}"),
           ("Zdravotnická akademie {f}", "{c} Health Academy", "z. ú.", "ZA {c}"),
           ("Vzdělávací centrum {c}", "{c} Education Centre", "s.r.o.", "VC {c}")),
    "hu": (("{f} Egyetem", "University of {c}", "", "{c} Egy."),
           ("{f} Műszaki Főiskola", "{c} Technical College", "", "{c} MF"),
           ("{f} Szakképzési Centrum", "{c} Vocational Training Centre", "", "{c} SZC"),
           ("{f} Borászati Akadémia", "{c} Wine Academy", "Kft.", "{c} BA")),
}  # fmt: skip
"""Language -> (native name, English name, legal form, short name)."""
