"""The currencies of ISO 4217 and the decimal places of each.

The data is that of the public list of active codes (ISO 4217, list one) published on 2026-01-01, without the
codes that have no minor unit at all (precious metals, testing and the like). The test suite compares it with
that list.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

__all__ = ["EXPONENTS", "PUBLISHED"]

PUBLISHED: Final = "2026-01-01"
"""The date of the list."""

_CODES: Final = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
    2: """
        AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF
        CHE CHF CHW CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD
        GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL
        MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR
        PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP
        TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XAD XCD XCG YER ZAR ZMW ZWG
    """,
    3: "BHD IQD JOD KWD LYD OMR TND",
    4: "CLF UYW",
}

EXPONENTS: Final[Mapping[str, int]] = {code: places for places, codes in _CODES.items() for code in codes.split()}
"""The decimal places of each currency: EUR 2, JPY 0, KWD 3."""
