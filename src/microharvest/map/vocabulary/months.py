"""Names of months (1 to 12) and of weekdays (Monday 0), full and short, in the larger European languages. Our own."""

from __future__ import annotations

from types import MappingProxyType

from microharvest.map.vocabulary import fold

__all__ = ["MONTHS", "WEEKDAYS"]

_NAMES = (
    "january januar janvier enero gennaio januari januar tammikuu tammikuuta janeiro jan janv ene genn gen jän "
    "jänner styczeń stycznia leden ledna január ianuarie ιανουάριος ιανουαρίου jaanuar siječanj siječnja "
    "sausio janvāris януари јануар јануари січня января ocak janúar januára janvārī",
    "february februar février febrero febbraio februari helmikuu helmikuuta fevereiro feb févr fév febr fev "
    "luty lutego únor února február februarie φεβρουάριος φεβρουαρίου veebruar veljača veljače vasario "
    "februāris февруари фебруар лютого февраля şubat febrúar februára februārī",
    "march märz mars marzo maart maaliskuu maaliskuuta março mar mrz mär mrt marzec marca březen března marec "
    "március martie μάρτιος μαρτίου märts ožujak ožujka kovo marts март березня марта mart martā",
    "april avril abril aprile huhtikuu huhtikuuta apr avr abr kwiecień kwietnia duben dubna apríl április "
    "aprilie απρίλιος απριλίου aprill travanj travnja balandžio aprīlis април квітня апреля nisan apríla "
    "aprīlī",
    "may mai mayo maggio mei maj toukokuu toukokuuta maio maja květen května máj mája május μάιος μαΐου "
    "svibanj svibnja gegužės maijs май мај травня мая mayıs maí maijā",
    "june juni juin junio giugno kesäkuu kesäkuuta junho jun giu czerwiec czerwca červen června jún júna "
    "június iunie ιούνιος ιουνίου juuni lipanj lipnja birželio jūnijs юни јун јуни червня июня haziran júní "
    "junij jūnijā",
    "july juli juillet julio luglio heinäkuu heinäkuuta julho jul juil lug lipiec lipca červenec července júl "
    "júla július iulie ιούλιος ιουλίου juuli srpanj srpnja liepos jūlijs юли јул јули липня июля temmuz júlí "
    "julij jūlijā",
    "august août agosto augustus augusti elokuu elokuuta aug ago aoû sierpień sierpnia srpen srpna augusta "
    "augusztus αύγουστος αυγούστου kolovoz kolovoza rugpjūčio augusts август серпня августа ağustos ágúst "
    "avgust augustā",
    "september septembre septiembre settembre syyskuu syyskuuta setembro sep sept set sett wrzesień września "
    "září szeptember septembrie σεπτέμβριος σεπτεμβρίου rujan rujna rugsėjo septembris септември септембар "
    "вересня сентября eylül septembar septembra septembrī",
    "october oktober octobre octubre ottobre lokakuu lokakuuta outubro oct okt ott out październik "
    "października říjen října október októbra octombrie οκτώβριος οκτωβρίου oktoober spalio oktobris октомври "
    "октобар жовтня октября ekim oktobar oktobrī",
    "november novembre noviembre marraskuu marraskuuta novembro nov novembra noiembrie νοέμβριος νοεμβρίου "
    "studeni studenoga lapkričio novembris ноември новембар ноября kasım nóvember novembar novembrī",
    "december dezember décembre diciembre dicembre desember joulukuu joulukuuta dezembro dec dez déc dic des "
    "grudzień grudnia prosinec prosince prosinac prosinca decembra decembrie δεκέμβριος δεκεμβρίου detsember "
    "gruodžio decembris декември децембар грудня декабря aralık decembar decembrī",
)
# Polish, Croatian and Slovak disagree on which month "listopad" is: no month here.

MONTHS = MappingProxyType({fold(name): number for number, names in enumerate(_NAMES, 1) for name in names.split()})

_DAYS = (
    "monday mon montag lundi lunes lunedì maandag måndag mandag maanantai segunda poniedziałek",
    "tuesday tue tues dienstag mardi martes martedì dinsdag tisdag tirsdag tiistai terça wtorek",
    "wednesday wed mittwoch mercredi miércoles mercoledì woensdag onsdag keskiviikko quarta środa",
    "thursday thu thurs donnerstag jeudi jueves giovedì donderdag torsdag torstai quinta czwartek",
    "friday fri freitag vendredi viernes venerdì vrijdag fredag perjantai sexta piątek",
    "saturday sat samstag sonnabend samedi sábado sabato zaterdag lördag lørdag lauantai sobota",
    "sunday sun sonntag dimanche domingo domenica zondag söndag søndag sunnuntai niedziela",
)

WEEKDAYS = MappingProxyType({name: number for number, names in enumerate(_DAYS) for name in names.split()})
