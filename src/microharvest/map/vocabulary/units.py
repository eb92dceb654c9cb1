"""Words for spans of time in the larger European languages -> the unit of ISO 8601. Our own table."""

from __future__ import annotations

from types import MappingProxyType

__all__ = ["TIME_UNITS"]

_WORDS = {
    "year": "year years yr yrs jahr jahre jahren an ans année années año años anno anni jaar jaren vuosi vuotta år ano "
    "anos",
    "month": "month months mth mths mo monat monate monaten mois mes meses mese mesi maand maanden kuukausi kuukautta "
    "kk månad månader måned måneder mês mnd",
    "week": "week weeks wk wks woche wochen semaine semaines semana semanas settimana settimane weken viikko viikkoa "
    "vko vecka veckor uke uker uge uger",
    "day": "day days tag tage tagen jour jours día días dia dias giorno giorni dag dagen päivä päivää dagar dager dage",
    "hour": "hour hours hr hrs h stunde stunden std heure heures hora horas ora ore uur uren tunti tuntia timme timmar "
    "time timer timar clock_hours sbu",
    "minute": "minute minutes min mins minuten minuto minutos minuti minuut minuutti minuuttia minut minuter minutt "
    "minutter",
}  # fmt: skip

TIME_UNITS = MappingProxyType({word: unit for unit, words in _WORDS.items() for word in words.split()})
"""`tag` and the like are folded words; a unit is one of year, month, week, day, hour, minute."""
