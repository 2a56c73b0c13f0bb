"""Letters of before Unicode are recognised; Vietnamese, French and German are not taken for them."""

import pytest

from ingest.identifying.legacy_letters import looks_legacy

TCVN3 = (
    "bé tµi chÝnh céng hoµ x· héi chñ nghÜa viÖt nam ®éc lËp - tù do - h¹nh phóc, quyÕt ®Þnh vÒ viÖc ban hµnh quy chÕ"
)
VNI = "Boä Taøi chính Coäng hoøa xaõ hoäi chuû nghóa Vieät Nam Ñoäc laäp - Töï do - Haïnh phuùc, quyeát ñònh veà vieäc ban haønh"
UNICODE = (
    "Bộ Tài chính Cộng hòa xã hội chủ nghĩa Việt Nam Độc lập - Tự do - Hạnh phúc, quyết định về việc ban hành quy chế"
)
UNMARKED = (
    "Bo Tai chinh Cong hoa xa hoi chu nghia Viet Nam Doc lap - Tu do - Hanh phuc, quyet dinh ve viec ban hanh quy che"
)
FRENCH = "La liberté consiste à pouvoir faire tout ce qui ne nuit pas à autrui : ainsi, l’exercice des droits naturels a été réglé"
GERMAN = "Die Würde des Menschen ist unantastbar. Sie zu achten und zu schützen ist Verpflichtung aller staatlichen Gewalt für uns"


@pytest.mark.parametrize("text", [TCVN3, VNI])
def test_the_letters_of_old_fonts_are_recognised(text: str) -> None:
    assert looks_legacy([text, "2002"])


@pytest.mark.parametrize("text", [UNICODE, UNMARKED, FRENCH, GERMAN, "", "µ·¹"])
def test_other_texts_are_not_taken_for_them(text: str) -> None:
    assert not looks_legacy([text])


def test_a_quotation_in_a_whole_text_changes_nothing() -> None:
    assert not looks_legacy([UNICODE * 10, TCVN3])
