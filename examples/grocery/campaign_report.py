"""What became of the campaigns in the shop, next to what the data says, as a section of the page."""

from collections import Counter
from collections.abc import Sequence
from html import escape
from typing import Final

import attrs

from grocery.records import CampaignInData
from grocery.redemptions import REASONS
from grocery.tables import cells, counted, day_in_words, dollars, table

_SHORT: Final = {
    "stranger": "not its household",
    "unlisted": "not its coupon",
    "outside": "not in its days",
    "no basket": "without a basket",
    "absent": "without its products",
    "full price": "not taken off at the till",
    "other": "that are another coupon's",
}


@attrs.frozen
class CampaignResult:
    """What became of a campaign in the shop, next to what the data says."""

    told: CampaignInData
    applied: int
    discount_minor: int

    @property
    def in_data(self) -> int:
        return self.told.redemptions

    @property
    def refused(self) -> int:
        return sum(count for _, count in self.told.refused)

    @property
    def expected(self) -> int:
        """How many redemptions can be replayed."""
        return self.in_data - self.refused

    @property
    def difference_minor(self) -> int:
        return self.told.discount_minor - self.discount_minor

    @property
    def holds(self) -> bool:
        """Whether the shop took off all that is not said to be different."""
        explained = self.told.over_minor + self.told.other_minor
        return self.applied == self.expected and self.difference_minor == explained


def campaigns_in_words(campaigns: Sequence[CampaignResult], unexplained: tuple[int, int]) -> tuple[str, ...]:
    """The parts of the section; `unexplained` discounts are so many, and so many cents."""
    if not campaigns:
        return ("<p>No campaign ran on these days.</p>",)
    heads = (
        "Campaign",
        "House\u00adholds",
        "Coupons",
        "Redeemed: data",
        "Redeemed: shop",
        "Taken off: data",
        "Taken off: shop",
        "Difference",
    )
    rows = [_campaign(each) for each in campaigns]
    rows.append(_campaign_totals(campaigns))
    count, minor = unexplained
    return (
        "<p>The data says who redeemed which coupon on which day, but not what a coupon is worth. A redemption takes "
        "off what the till took off the coupon's products in a basket of that day, the grocer's matching included; the "
        "shop spreads it over all of them. “Taken off: data” is what the till took off everything that a redemption "
        "could be about.</p>",
        table(heads, rows),
        _refused(campaigns),
        f"<p>{count:,} more discounts by coupons at the till, {dollars(minor)} in all, are explained by no redemption: "
        "they stay part of the till's price, or stand on rows without goods.</p>",
    )


def _campaign(each: CampaignResult) -> str:
    campaign = each.told.campaign
    reasons = [f"{count:,} {_SHORT[reason]}" for reason, count in each.told.refused]
    if each.told.over_minor:
        reasons.append(f"{dollars(each.told.over_minor)} more than the goods cost")
    if each.told.other_minor:
        reasons.append(f"{dollars(each.told.other_minor)} by another coupon")
    if not each.holds:
        reasons.append("and something that nothing explains")
    numbers = (
        *map(counted, (campaign.households, campaign.coupons, each.in_data, each.applied)),
        *map(dollars, (each.told.discount_minor, each.discount_minor, each.difference_minor)),
    )
    kind = "" if each.in_data or each.applied else " class=none"
    row = (
        f'<tr{kind}><th scope="row">{campaign.id}, {escape(campaign.kind)}<br>'
        f"<small>{day_in_words(campaign.first)} to {day_in_words(campaign.last)}</small></th>{cells(numbers)}</tr>"
    )
    return f'{row}<tr class="why"><td colspan="8">{escape("; ".join(reasons))}</td></tr>' if reasons else row


def _campaign_totals(campaigns: Sequence[CampaignResult]) -> str:
    numbers = (
        counted(sum(each.told.campaign.coupons for each in campaigns)),
        counted(sum(each.in_data for each in campaigns)),
        counted(sum(each.applied for each in campaigns)),
        dollars(sum(each.told.discount_minor for each in campaigns)),
        dollars(sum(each.discount_minor for each in campaigns)),
        dollars(sum(each.difference_minor for each in campaigns)),
    )
    return f'<tr><th scope="row">All</th><td></td>{cells(numbers)}</tr>'


def _refused(campaigns: Sequence[CampaignResult]) -> str:
    """Why redemptions could not be replayed, each reason that can be."""
    counts = Counter(dict.fromkeys(REASONS, 0))
    for each in campaigns:
        counts.update(dict(each.told.refused))
    rows = [
        f"<tr{'' if count else ' class=none'}>"
        f'<td class="number">{f"{count:,}" if count else "none"}</td><td>{escape(REASONS[reason])}</td></tr>'
        for reason, count in counts.items()
    ]
    return table(["Redemptions", "Why they could not be replayed"], rows, texts=(1,))
