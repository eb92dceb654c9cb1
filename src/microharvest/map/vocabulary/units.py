"""Words for spans of time in the larger European languages -> the unit of ISO 8601. Our own table."""

from __future__ import annotations

from types import MappingProxyType

from microharvest.map.vocabulary import fold

__all__ = ["TIME_UNITS"]

_WORDS = {
    "year": "year years yr yrs jahr jahre jahren an ans année années año años anno anni jaar jaren vuosi vuotta år ano "
    "anos rok roky lat lata leto let godina godine év aasta aastat metai gads gadi έτος έτη ani",
    "month": "month months mth mths mo monat monate monaten mois mes meses mese mesi maand maanden kuukausi kuukautta "
    "kk månad månader måned måneder mês mnd "
    "miesiąc miesiące miesięcy měsíc měsíce měsíců mesiac mesiace mesiacov mesec meseca mesecev mjesec mjeseca "
    "mjeseci hónap kuu kuud mėnuo mėnesiai mėnesių mēnesis mēneši μήνας μήνες lună luni ay mánuður mánuðir "
    "месец месеца месеци місяць місяці місяців месяц месяца месяцев",
    "week": "week weeks wk wks woche wochen semaine semaines semana semanas settimana settimane weken viikko viikkoa "
    "vko vecka veckor uke uker uge uger "
    "tydzień tygodnie tygodni týden týdny týdnů týždeň týždne týždňov teden tedna tednov tjedan tjedna tjedana hét "
    "nädal nädalat savaitė savaitės savaičių nedēļa nedēļas εβδομάδα εβδομάδες săptămână săptămâni hafta vika vikur "
    "седмица седмици недеља недеље тиждень тижні тижнів",
    "day": "day days tag tage tagen jour jours día días dia dias giorno giorni dag dagen päivä päivää dagar dager dage "
    "dzień dni den dny dnů deň dní dan dana nap päev päeva diena dienos dienų dienas ημέρα ημέρες zi zile gün "
    "ден дни дана день дня днів дней",
    "hour": "hour hours hr hrs h stunde stunden std heure heures hora horas ora ore uur uren tunti tuntia timme timmar "
    "time timer timar clock_hours sbu "
    "godzina godziny godzin godz hodina hodiny hodin hodín ura ure ur sat sata sati óra tund tundi valanda valandos "
    "valandų stunda stundas ώρα ώρες oră uair uaireanta val klst "
    "klukkustund klukkustundir saat час часа часове часов сат сати сата годин",
    "minute": "minute minutes min mins minuten minuto minutos minuti minuut minuutti minuuttia minut minuter minutt "
    "minutter",
}  # fmt: skip

TIME_UNITS = MappingProxyType({fold(word): unit for unit, words in _WORDS.items() for word in words.split()})
"""`tag` and the like are folded words; a unit is one of year, month, week, day, hour, minute."""
