"""Russian names in their frequency: the demo's lists, and more surnames made of stems and endings."""

import csv
from pathlib import Path

DEMO = Path(__file__).resolve().parent.parent.parent / "demo/data/ru_names.csv"
STEMS = """
абрам адам азар акс алек андр ант арефь арсен афанас баб баг бакл бар бат белоус беляк берез бог бодр болот бор брагин
бул бур бык вави варлам васил вдов вереща вешн влас волк ворон гай галк гарин глад глуш голуб гонч гор гранк гриб губ
гур дан дем дмитр доброволь долг дорон дроз дуб дьяк евдок егор елис емель еро еф жар жил жур заб завья зай зам зар зим
зот зуб иваш игн изот ил иса кабан калаш калин карп кас кирилл кис клим кож колес кондрат кор корн кос кот крав крас
круг крыл куд кул куприян кур лавр лап лар лебед левч лес лещ ликач лоб лог лук лыс любим ляп мак мал март маслен матв
мед мель мещер мил мир мит моисе мок мороз моск мур мят наг назар нау неч никан нос обух огар одинц озер ольш орл осип
остр павл паншин пар пет пич плот пог полищ пон посп прох пуг рад рог род рож рус рыб ряб сав садов сал сам свир сел
семен серг сид сит скоб слад смол соб сокол сол сорок стар степ стрел сух сыч тар тверд тер тит тих ткач трет троф тур
уваж уст ушак фад фед филат фом фрол хар хлеб хом хохл цвет чеб черн чист чуг шаб шам шев шир шиш шуб щег щерб юд яким
яков яр
""".split()
ENDINGS = (("ов", "ова"), ("ин", "ина"), ("енко", "енко"), ("ский", "ская"), ("ук", "ук"), ("ев", "ева"))
MOST = 1500


def surnames() -> list[tuple[str, str]]:
    """(his, hers), the commonest first."""
    known = list(zip(*(values("surname", sex) for sex in "mf"), strict=True))
    made = [((stem + his).capitalize(), (stem + hers).capitalize()) for his, hers in ENDINGS for stem in STEMS]
    return list(dict.fromkeys([*known, *made]))[:MOST]


def values(kind: str, sex: str) -> list[str]:
    with open(DEMO, encoding="utf8") as file:
        return [row["value"] for row in csv.DictReader(file) if row["kind"] == kind and row["sex"] == sex]


def rows() -> list[tuple[str, str, int, str]]:
    """(kind, sex, place from 0, value): what the SQL of people joins with."""
    listed = {
        ("surname", "m"): [his for his, _hers in surnames()],
        ("surname", "f"): [hers for _his, hers in surnames()],
    }
    for kind in ("first_name", "patronymic"):
        listed |= {(kind, sex): values(kind, sex) for sex in "mf"}
    return [(kind, sex, place, value) for (kind, sex), names in listed.items() for place, value in enumerate(names)]
