"""What festivals and public holidays are called in zh-Hans, zh-Hant and en: our own words, one row each.

Other languages get English; a Chinese locale gets its script. Names of public holidays that `holidays` has in no
Chinese (Singapore, Malaysia, the United States, Japan, Germany) stand here under their English name there.
"""

from __future__ import annotations

from engine.domain.calendars.solar_terms import TERMS

Names = tuple[str, str, str]
"""zh-Hans, zh-Hant, en."""

FESTIVALS: dict[str, Names] = {
    "new_year": ("元旦", "元旦", "New Year's Day"),
    "laba": ("腊八节", "臘八節", "Laba Festival"),
    "new_years_eve_lunar": ("除夕", "除夕", "Lunar New Year's Eve"),
    "spring_festival": ("春节", "春節", "Spring Festival"),
    "lantern": ("元宵节", "元宵節", "Lantern Festival"),
    "qingming": ("清明节", "清明節", "Qingming Festival"),
    "buddhas_birthday": ("佛诞", "佛誕", "The Buddha's Birthday"),
    "dragon_boat": ("端午节", "端午節", "Dragon Boat Festival"),
    "qixi": ("七夕节", "七夕", "Qixi Festival"),
    "ghost_festival": ("中元节", "中元節", "Ghost Festival"),
    "mid_autumn": ("中秋节", "中秋節", "Mid-Autumn Festival"),
    "double_ninth": ("重阳节", "重陽節", "Double Ninth Festival"),
    "winter_solstice": ("冬至", "冬至", "Winter Solstice"),
    "valentines": ("情人节", "情人節", "Valentine's Day"),
    "womens_day": ("妇女节", "婦女節", "International Women's Day"),
    "labour_day": ("劳动节", "勞動節", "Labour Day"),
    "childrens_day": ("儿童节", "兒童節", "Children's Day"),
    "teachers_day": ("教师节", "教師節", "Teachers' Day"),
    "mothers_day": ("母亲节", "母親節", "Mother's Day"),
    "fathers_day": ("父亲节", "父親節", "Father's Day"),
    "national_day": ("国庆节", "國慶日", "National Day"),
    "malaysia_day": ("马来西亚日", "馬來西亞日", "Malaysia Day"),
    "independence_day": ("独立日", "獨立日", "Independence Day"),
    "thanksgiving": ("感恩节", "感恩節", "Thanksgiving Day"),
    "good_friday": ("耶稣受难日", "耶穌受難日", "Good Friday"),
    "easter": ("复活节", "復活節", "Easter"),
    "christmas": ("圣诞节", "聖誕節", "Christmas"),
    "coming_of_age": ("成人节", "成人節", "Coming of Age Day"),
    "respect_for_the_aged": ("敬老节", "敬老節", "Respect for the Aged Day"),
    "thaipusam": ("大宝森节", "大寶森節", "Thaipusam"),
    "vesak": ("卫塞节", "衛塞節", "Vesak Day"),
    "deepavali": ("屠妖节", "屠妖節", "Deepavali"),
    "hari_raya_puasa": ("开斋节", "開齋節", "Hari Raya Puasa"),
    "hari_raya_haji": ("哈芝节", "哈芝節", "Hari Raya Haji"),
    "peace_memorial_day": ("和平纪念日", "和平紀念日", "Peace Memorial Day"),
    "memorial_day": ("阵亡将士纪念日", "陣亡將士紀念日", "Memorial Day"),
    "nanjing_memorial_day": ("国家公祭日", "國家公祭日", "National Memorial Day"),
}

_TERMS: dict[str, Names] = {term.key: (term.zh_hans, term.zh_hant, term.en) for term in TERMS}

LOCAL: dict[tuple[str, str], Names] = {
    ("national_day", "DE"): ("德国统一日", "德國統一日", "German Unity Day"),
    ("labour_day", "US"): ("劳动节", "勞動節", "Labor Day"),
    ("hari_raya_puasa", "MY"): ("开斋节", "開齋節", "Hari Raya Aidilfitri"),
    ("hari_raya_haji", "MY"): ("哈芝节", "哈芝節", "Hari Raya Aidiladha"),
    ("vesak", "MY"): ("卫塞节", "衛塞節", "Wesak Day"),
}
"""Where a country has its own word."""

IN_LIEU: Names = ("调休休息日", "調整放假日", "Day off in lieu")
WORKDAY: Names = ("调休上班日", "補行上班日", "Make-up working day")

_PUBLIC: dict[str, tuple[str, str]] = {
    # everywhere
    "New Year's Day": ("元旦", "元旦"),
    "Chinese New Year": ("春节", "春節"),
    "Chinese New Year (Second Day)": ("春节初二", "春節初二"),
    "Good Friday": ("耶稣受难日", "耶穌受難日"),
    "Easter Monday": ("复活节星期一", "復活節星期一"),
    "Labor Day": ("劳动节", "勞動節"),
    "Labour Day": ("劳动节", "勞動節"),
    "Children's Day": ("儿童节", "兒童節"),
    "National Day": ("国庆日", "國慶日"),
    "Christmas Eve": ("平安夜", "平安夜"),
    "Christmas Day": ("圣诞节", "聖誕節"),
    # Singapore and Malaysia
    "Polling Day": ("投票日", "投票日"),
    "Vesak Day": ("卫塞节", "衛塞節"),
    "Thaipusam": ("大宝森节", "大寶森節"),
    "Diwali": ("屠妖节", "屠妖節"),
    "Eid al-Fitr": ("开斋节", "開齋節"),
    "Eid al-Fitr (Second Day)": ("开斋节次日", "開齋節次日"),
    "Eid al-Fitr (Third Day)": ("开斋节第三日", "開齋節第三日"),
    "Eid al-Fitr (additional holiday)": ("开斋节额外假日", "開齋節額外假日"),
    "Eid al-Adha": ("哈芝节", "哈芝節"),
    "Eid al-Adha (Second Day)": ("哈芝节次日", "哈芝節次日"),
    "Islamic New Year": ("回历新年", "回曆新年"),
    "Prophet Muhammad's Birthday": ("先知穆罕默德诞辰", "先知穆罕默德誕辰"),
    "Beginning of Ramadan": ("斋戒月首日", "齋戒月首日"),
    "Nuzul Al-Quran Day": ("可兰经降世日", "可蘭經降世日"),
    "Isra' and Mi'raj": ("登霄节", "登霄節"),
    "Day of Arafah": ("阿拉法特日", "阿拉法特日"),
    "Birthday of HM Yang di-Pertuan Agong": ("最高元首诞辰", "最高元首誕辰"),
    "Malaysia Day": ("马来西亚日", "馬來西亞日"),
    "Federal Territory Day": ("联邦直辖区日", "聯邦直轄區日"),
    "Additional holiday": ("额外假日", "額外假日"),
    "General election additional holiday": ("全国大选额外假日", "全國大選額外假日"),
    # states of Malaysia
    "Dayak Festival Day": ("达雅丰收节", "達雅豐收節"),
    "Pesta Kaamatan": ("卡达山丰收节", "卡達山豐收節"),
    "Declaration of Independence Day": ("宣布独立日", "宣布獨立日"),
    "Declaration of Malacca as a Historical City": ("马六甲历史城市日", "馬六甲歷史城市日"),
    "George Town Heritage Day": ("乔治市入遗日", "喬治市入遺日"),
    "Sarawak Independence Day": ("砂拉越独立日", "砂拉越獨立日"),
    "Malaysia Cup Holiday": ("马来西亚杯假日", "馬來西亞盃假日"),
    "The Sultan of Johor Hol": ("柔佛苏丹忌辰", "柔佛蘇丹忌辰"),
    "The Sultan of Pahang Hol": ("彭亨苏丹忌辰", "彭亨蘇丹忌辰"),
    "Anniversary of the Installation of the Sultan of Terengganu": ("登嘉楼苏丹登基纪念日", "登嘉樓蘇丹登基紀念日"),
    "Birthday of The Sultan of Kedah": ("吉打苏丹诞辰", "吉打蘇丹誕辰"),
    "Birthday of The Sultan of Selangor": ("雪兰莪苏丹诞辰", "雪蘭莪蘇丹誕辰"),
    "Birthday of the Governor of Malacca": ("马六甲州元首诞辰", "馬六甲州元首誕辰"),
    "Birthday of the Governor of Penang": ("槟城州元首诞辰", "檳城州元首誕辰"),
    "Birthday of the Governor of Sabah": ("沙巴州元首诞辰", "沙巴州元首誕辰"),
    "Birthday of the Governor of Sarawak": ("砂拉越州元首诞辰", "砂拉越州元首誕辰"),
    "Birthday of the Raja of Perlis": ("玻璃市拉惹诞辰", "玻璃市拉惹誕辰"),
    "Birthday of the Sultan of Johor": ("柔佛苏丹诞辰", "柔佛蘇丹誕辰"),
    "Birthday of the Sultan of Kelantan": ("吉兰丹苏丹诞辰", "吉蘭丹蘇丹誕辰"),
    "Birthday of the Sultan of Negeri Sembilan": ("森美兰严端诞辰", "森美蘭嚴端誕辰"),
    "Birthday of the Sultan of Pahang": ("彭亨苏丹诞辰", "彭亨蘇丹誕辰"),
    "Birthday of the Sultan of Perak": ("霹雳苏丹诞辰", "霹靂蘇丹誕辰"),
    "Birthday of the Sultan of Terengganu": ("登嘉楼苏丹诞辰", "登嘉樓蘇丹誕辰"),
    # United States
    "Martin Luther King Jr. Day": ("马丁·路德·金纪念日", "馬丁·路德·金紀念日"),
    "Washington's Birthday": ("华盛顿诞辰", "華盛頓誕辰"),
    "Memorial Day": ("阵亡将士纪念日", "陣亡將士紀念日"),
    "Juneteenth National Independence Day": ("六月节", "六月節"),
    "Independence Day": ("独立日", "獨立日"),
    "Columbus Day": ("哥伦布日", "哥倫布日"),
    "Veterans Day": ("退伍军人节", "退伍軍人節"),
    "Thanksgiving Day": ("感恩节", "感恩節"),
    # Japan
    "Coming of Age Day": ("成人节", "成人節"),
    "Foundation Day": ("建国纪念日", "建國紀念日"),
    "Emperor's Birthday": ("天皇诞生日", "天皇誕生日"),
    "Vernal Equinox Day": ("春分日", "春分日"),
    "Showa Day": ("昭和日", "昭和日"),
    "Constitution Day": ("宪法纪念日", "憲法紀念日"),
    "Greenery Day": ("绿之日", "綠之日"),
    "Marine Day": ("海之日", "海之日"),
    "Mountain Day": ("山之日", "山之日"),
    "Respect for the Aged Day": ("敬老日", "敬老日"),
    "Autumnal Equinox Day": ("秋分日", "秋分日"),
    "Physical Education Day": ("体育日", "體育日"),
    "Sports Day": ("体育日", "體育日"),
    "Culture Day": ("文化日", "文化日"),
    "Labor Thanksgiving Day": ("勤劳感谢日", "勤勞感謝日"),
    "Substitute Holiday": ("调换休息日", "調換休息日"),
    "National Holiday": ("国民休息日", "國民休息日"),
    # Germany
    "Ascension Day": ("耶稣升天节", "耶穌升天節"),
    "Pentecost Monday": ("圣灵降临节星期一", "聖靈降臨節星期一"),
    "German Unity Day": ("德国统一日", "德國統一日"),
    "Second Day of Christmas": ("圣诞节次日", "聖誕節次日"),
    "Epiphany": ("三王节", "三王節"),
    "Women's Day": ("妇女节", "婦女節"),
    "Easter Sunday": ("复活节", "復活節"),
    "Pentecost": ("圣灵降临节", "聖靈降臨節"),
    "Corpus Christi": ("基督圣体节", "基督聖體節"),
    "Augsburg Peace Festival": ("奥格斯堡和平节", "奧格斯堡和平節"),
    "Assumption Day": ("圣母升天节", "聖母升天節"),
    "World Children's Day": ("世界儿童节", "世界兒童節"),
    "Reformation Day": ("宗教改革日", "宗教改革日"),
    "All Saints' Day": ("诸圣节", "諸聖節"),
    "Repentance and Prayer Day": ("忏悔祈祷日", "懺悔祈禱日"),
    "80th anniversary of the liberation from Nazism and the end of the Second World War in Europe": (
        "解放暨二战欧洲战场结束80周年", "解放暨二戰歐洲戰場結束80週年",
    ),
    "75th anniversary of the East German uprising of 1953": ("东德六一七事件75周年", "東德六一七事件75週年"),
    # names from Taiwan and Hong Kong that came untranslated, or that read otherwise across the border
    "臺灣光復節": ("台湾光复节", "臺灣光復節"),
    "圣诞节后第一个周日": ("圣诞节后首个工作日", "聖誕節後第一個周日"),
}  # fmt: skip


def festival_name(festival: str, language: str, country: str = "") -> str:
    """The name of a festival or solar term in zh-Hans, zh-Hant or en (any other language: en); KeyError: no such."""
    return in_language(LOCAL.get((festival, country)) or FESTIVALS.get(festival) or _TERMS[festival], language)


def own_public_name(name: str, language: str) -> str:
    """A public holiday's name in the asked Chinese script, where it is ours; else as it came."""
    script = _script(language)
    return name if script is None or name not in _PUBLIC else _PUBLIC[name][script]


def in_language(names: Names, language: str) -> str:
    script = _script(language)
    return names[2 if script is None else script]


def _script(language: str) -> int | None:
    """0 for simplified, 1 for traditional characters, None for no Chinese."""
    return {"zh-Hans": 0, "zh-Hant": 1}.get(language)
