"""Names of months (1 to 12) and of weekdays (Monday 0), full and short, in the larger European languages. Our own."""

from __future__ import annotations

from types import MappingProxyType

__all__ = ["MONTHS", "WEEKDAYS"]

_NAMES = (
    "january januar janvier enero gennaio januari januar tammikuu tammikuuta janeiro jan janv ene genn gen jän jänner",
    "february februar février febrero febbraio februari helmikuu helmikuuta fevereiro feb févr fév febr fev",
    "march märz mars marzo maart maaliskuu maaliskuuta março mar mrz mär mrt",
    "april avril abril aprile huhtikuu huhtikuuta apr avr abr",
    "may mai mayo maggio mei maj toukokuu toukokuuta maio",
    "june juni juin junio giugno kesäkuu kesäkuuta junho jun giu",
    "july juli juillet julio luglio heinäkuu heinäkuuta julho jul juil lug",
    "august août agosto augustus augusti elokuu elokuuta aug ago aoû",
    "september septembre septiembre settembre syyskuu syyskuuta setembro sep sept set sett",
    "october oktober octobre octubre ottobre lokakuu lokakuuta outubro oct okt ott out",
    "november novembre noviembre marraskuu marraskuuta novembro nov",
    "december dezember décembre diciembre dicembre desember joulukuu joulukuuta dezembro dec dez déc dic des",
)

MONTHS = MappingProxyType({name: number for number, names in enumerate(_NAMES, 1) for name in names.split()})

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
