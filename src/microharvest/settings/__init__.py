"""The settings of `config/microharvest.toml` and the rule files beside it: typed, frozen, checked when loaded.

Below everything but `errors` and `telemetry`; `microharvest.sources` builds on it.
"""

from __future__ import annotations

from microharvest.settings.layering import Effective
from microharvest.settings.loading import DEFAULT_DIR, effective_settings, load_settings
from microharvest.settings.model import (
    HarvestSettings,
    LogSettings,
    NetworkSettings,
    PublishingSettings,
    ScheduleSettings,
    ServeSettings,
    Settings,
    WithdrawSettings,
)
from microharvest.settings.reading import convert_options
from microharvest.settings.rules import (
    MERGE_FIELDS,
    Authority,
    MergeSettings,
    PublishSettings,
    QualitySettings,
    load_merge,
    load_publish,
    load_quality,
)

__all__ = [
    "DEFAULT_DIR",
    "MERGE_FIELDS",
    "Authority",
    "Effective",
    "HarvestSettings",
    "LogSettings",
    "MergeSettings",
    "NetworkSettings",
    "PublishSettings",
    "PublishingSettings",
    "QualitySettings",
    "ScheduleSettings",
    "ServeSettings",
    "Settings",
    "WithdrawSettings",
    "convert_options",
    "effective_settings",
    "load_merge",
    "load_publish",
    "load_quality",
    "load_settings",
]
