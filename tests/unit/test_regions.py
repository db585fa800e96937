"""A region, however it is written, is one code; and codes nest as places do."""

from __future__ import annotations

import pytest

from engine.domain.regions.codes import UnknownRegion, lies_within, region_code
from engine.domain.regions.divisions import divisions, former, groups, path_of


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("510000", "51"), ("51", "51"), ("510100", "5101"), ("5101", "5101"), ("510104", "510104"),
        ("510104000000", "510104"),                      # the statistical code of twelve digits
        ("四川省", "51"), ("四川", "51"), ("成都市", "5101"), ("成都", "5101"), ("四川成都", "5101"),
        ("四川省成都市锦江区", "510104"), ("四川 成都 锦江", "510104"), ("中国/四川/成都", "5101"),
        ("內蒙古", "15"), ("廣東省廣州市天河區", "440106"), ("陝西", "61"), ("臺灣", "TW"), ("重慶", "50"),
        ("广西", "45"), ("延边", "2224"), ("恩施", "4228"), ("前郭尔罗斯", "220721"), ("神农架", "429021"),
        ("乾县", "610424"),                              # a simplified name that holds a traditional sign
        ("HK", "81"), ("香港", "81"), ("MO", "82"), ("810101", "810101"), ("710000", "TW"), ("TW-TPE", "TW-TPE"),
        ("CN-SC", "51"), ("CN-51", "51"), ("us-ca", "US-CA"), ("JP", "JP"), ("ＣＮ－ＳＣ", "51"),
    ],
)  # fmt: skip
def test_every_way_to_write_a_region_gives_its_code(written: str, code: str) -> None:
    assert region_code(written) == code


@pytest.mark.parametrize(
    ("written", "code", "why"),
    [
        ("吉林", "22", "the province, not its city"),
        ("吉林市", "2202", "a full name beats a short one"),
        ("西安", "6101", "the city, not a district of that name elsewhere"),
        ("大理", "5329", "the whole, not its part"),
        ("河北", "13", "the province, not a district of Tianjin"),
        ("河北区", "120105", "a full name"),
        ("江北区", "330205", "today's Ningbo, not Chongqing's abolished one"),
        ("重慶市江北區", "500157", "the abolished one, where its city is named"),
    ],
)
def test_of_several_places_of_a_name_the_one_that_is_meant_is_taken(written: str, code: str, why: str) -> None:
    assert region_code(written) == code, why


@pytest.mark.parametrize(
    ("old", "today"),
    [
        ("110103", "110101"),   # 崇文 went into 东城
        ("110104", "110102"),   # 宣武 into 西城
        ("310119", "310115"),   # 南汇 into 浦东
        ("310108", "310106"),   # 闸北 into 静安
        ("371202", "370116"),   # 莱芜 under 济南
        ("512081", "510185"),   # 简阳 from 资阳 to 成都
        ("410881", "419001"),   # 济源
        ("140203", "140214"),   # 大同's 矿区, not 阳泉's
        ("130103", "130102"),   # 石家庄's 桥东, not 张家口's
        ("460321", "4603"),     # 三沙
    ],
)  # fmt: skip
def test_abolished_codes_stand_for_what_holds_the_place_today(old: str, today: str) -> None:
    assert region_code(old) == today
    assert region_code(old) in divisions()


def test_abolished_names_do_too() -> None:
    assert region_code("崇文区") == region_code("北京崇文") == "110101"


@pytest.mark.parametrize("prefix", ["4190", "4290", "4690", "6590", "1101", "5001"])
def test_digits_that_counties_share_without_being_a_place_are_refused(prefix: str) -> None:
    with pytest.raises(UnknownRegion, match=f'"{prefix}" is no place, only the common digits of'):
        region_code(prefix)
    assert prefix in groups()


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("成都省", 'unknown region "成都省"; write a GB/T 2260 code, an ISO 3166 code or a name like 成都市'),
        ("朝阳区", '"朝阳区" may be 110105 北京市朝阳区, 220104 吉林省长春市朝阳区; write one of these'),
        ("5199", 'unknown region code "5199"; 51 is 四川省'),
        ("5", 'unknown region code "5"; GB/T 2260 codes have two, four or six digits'),
        ("CN", '"CN" is a country, not a region; use country: CN, or name a province'),
        ("US-XX", '"US-XX" is no code of ISO 3166; write for example US, US-CA or JP-13'),
        ("CN-QQ", '"CN-QQ" is no code of ISO 3166; write for example CN-SC'),
        ("", 'unknown region ""; write a GB/T 2260 code, an ISO 3166 code or a name like 成都市'),
    ],
)
def test_what_names_no_region_or_several_is_said(written: str, message: str) -> None:
    with pytest.raises(UnknownRegion) as caught:
        region_code(written)
    assert str(caught.value) == message


def test_every_division_is_found_by_its_code_and_by_its_full_name() -> None:
    assert len(divisions()) > 3_200
    for code in divisions():
        assert region_code(code) == region_code(code.ljust(6, "0")) == code
        assert region_code(path_of(code)) == code


def test_every_abolished_code_has_a_successor_that_exists() -> None:
    assert len(former()) > 500
    assert {today for _, today in former().values()} <= set(divisions())
    assert not set(former()) & set(divisions())


@pytest.mark.parametrize(
    ("code", "region", "inside"),
    [
        ("510104", "5101", True), ("5101", "510104", False), ("5101", "51", True), ("5101", "5101", True),
        ("US-CA", "US", True), ("US", "US", True), ("AZ-BAB", "AZ-BA", False), ("JP-13", "JP-1", False),
        ("5101", "", False), ("TW-TPE", "TW", True),
    ],
)  # fmt: skip
def test_codes_nest_as_places_do(code: str, region: str, inside: bool) -> None:
    assert lies_within(code, region) is inside
