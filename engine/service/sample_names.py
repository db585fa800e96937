"""Words for sample customers: names, companies, hopes, places. All invented; addresses are example.com."""

from __future__ import annotations

from typing import NamedTuple


class Tongue(NamedTuple):
    """A language with the names that go with it. `salutation` takes the family name."""

    locale: str
    country: str
    families: tuple[tuple[str, str], ...]   # written, romanised
    given: tuple[str, ...]
    pattern: str                            # how family and given name make a full name
    salutations: tuple[str, ...]
    hopes: tuple[str, ...]                  # phrases that follow 愿 / "May it bring"


SIMPLIFIED = Tongue(
    "zh-Hans", "CN",
    (("王", "wang"), ("李", "li"), ("张", "zhang"), ("刘", "liu"), ("陈", "chen"), ("杨", "yang"),
     ("赵", "zhao"), ("周", "zhou"), ("吴", "wu"), ("徐", "xu"), ("孙", "sun"), ("马", "ma")),
    ("建国", "晓燕", "志强", "雅琴", "文博", "海涛", "丽华", "思远", "雨桐", "国栋", "静怡", "明轩"),
    "{family}{given}",
    ("{family}总", "{family}经理", "{family}工", "{family}老师"),
    ("新厂顺利投产", "孩子考上理想的大学", "新店生意兴隆", "新产品早日上市", "今年能多陪陪家人"),
)  # fmt: skip
TRADITIONAL = Tongue(
    "zh-Hant", "TW",
    (("林", "lin"), ("黃", "huang"), ("張", "chang"), ("吳", "wu"), ("蔡", "tsai"), ("鄭", "cheng"),
     ("許", "hsu"), ("謝", "hsieh")),
    ("志明", "淑芬", "家豪", "雅婷", "俊傑", "怡君", "承翰", "詩涵"),
    "{family}{given}",
    ("{family}總", "{family}經理", "{family}董", "{family}老師"),
    ("新廠順利投產", "令郎金榜題名", "新門市生意興隆", "新產品早日上市", "今年能多陪陪家人"),
)  # fmt: skip
ENGLISH = Tongue(
    "en", "SG",
    (("Tan", "tan"), ("Lim", "lim"), ("Wong", "wong"), ("Ng", "ng"), ("Goh", "goh"), ("Chua", "chua")),
    ("Wei Ming", "Mei Ling", "Jun Hao", "Siew Lan", "Kok Leong", "Hui Min"),
    "{given} {family}",
    ("{title} {family}",),
    ("a smooth start for the new plant", "a full house at the new shop", "more evenings with the family"),
)  # fmt: skip

COMPANIES = {
    "zh-Hans": ("锦江机电", "东湖门窗", "西溪仪器", "南山电子", "岳麓建材", "五华食品", "思明物流", "和平暖通"),
    "zh-Hant": ("大安精密", "信義建材", "左營機械", "西屯自動化", "板橋食品", "中壢電子"),
    "en": ("Jurong Fittings", "Tampines Precision", "Bukit Timah Foods", "Kallang Logistics"),
}
INDUSTRIES = ("manufacturing", "construction", "retail", "food", "logistics")
INTERESTS = ("tea", "calligraphy", "running", "fishing", "photography", "table tennis", "gardening")
PRODUCTS = ("controller C2", "air door 900", "sensor kit", "pump P40")
TALKS = (
    "新厂三月投产，想先看样机", "对比了两家报价，关心售后响应时间", "樣品測試順利，下次談交期",
    "asked for drawings of the larger model; the plant manager decides",
)
"""Notes of talks."""
TEMPERAMENTS = ("tiger", "peacock", "koala", "owl")

REGIONS = (
    "110105", "310104", "310115", "440106", "440305", "330106", "320102", "500103", "420106", "610103",
    "370202", "350203", "210102", "120101", "430102", "340104", "530102",
)  # fmt: skip
"""GB/T 2260 codes of districts outside the flooded city."""
FLOODED_CITY = "5101"
FLOODED_DISTRICTS = ("510104", "510107")

REPS = (
    ("李敏", "li.min"), ("陈浩", "chen.hao"), ("赵雪", "zhao.xue"), ("周磊", "zhou.lei"), ("吴倩", "wu.qian"),
    ("郭峰", "guo.feng"), ("林佳蓉", "lin.jiarong"), ("何俊", "he.jun"), ("罗娜", "luo.na"), ("高翔", "gao.xiang"),
    ("梁静", "liang.jing"), ("宋远", "song.yuan"), ("许岚", "xu.lan"), ("冯凯", "feng.kai"),
)  # fmt: skip
