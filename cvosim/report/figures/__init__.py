"""Figures: ``(data, ax=None) -> Axes``. They draw what they are given and compute nothing."""

from cvosim.report.figures.cash import Cash, CashLine, cash, cash_exhibit
from cvosim.report.figures.channels import ChannelPoint, Channels, channels, channels_exhibit
from cvosim.report.figures.funnel import Funnel, FunnelBar, funnel, funnel_exhibit
from cvosim.report.figures.referral import Known, Referral, ReferralSide, referral, referral_exhibit
from cvosim.report.figures.retention_map import (
    RetentionMap,
    RetentionPanel,
    retention_exhibit,
    retention_map,
)
from cvosim.report.figures.return_path import (
    ProgramBar,
    ReturnPath,
    return_path,
    return_path_exhibit,
)
from cvosim.report.figures.rfm_map import RfmPanel, RfmPanels, rfm_exhibit, rfm_map
from cvosim.report.figures.survival import SurvivalLine, survival, survival_exhibit
from cvosim.report.figures.value_spread import Mean, Spread, value_spread, value_spread_exhibit
from cvosim.report.figures.waterfall import Level, Part, Waterfall, waterfall
from cvosim.report.figures.waterfalls import stage_waterfall_exhibits, value_waterfall_exhibits

__all__ = [
    "Cash",
    "CashLine",
    "ChannelPoint",
    "Channels",
    "Funnel",
    "FunnelBar",
    "Known",
    "Level",
    "Mean",
    "Part",
    "ProgramBar",
    "Referral",
    "ReferralSide",
    "RetentionMap",
    "RetentionPanel",
    "ReturnPath",
    "RfmPanel",
    "RfmPanels",
    "Spread",
    "SurvivalLine",
    "Waterfall",
    "cash",
    "cash_exhibit",
    "channels",
    "channels_exhibit",
    "funnel",
    "funnel_exhibit",
    "referral",
    "referral_exhibit",
    "retention_exhibit",
    "retention_map",
    "return_path",
    "return_path_exhibit",
    "rfm_exhibit",
    "rfm_map",
    "stage_waterfall_exhibits",
    "survival",
    "survival_exhibit",
    "value_spread",
    "value_spread_exhibit",
    "value_waterfall_exhibits",
    "waterfall",
]
