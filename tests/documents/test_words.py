"""Sums in words, as papers want them."""

from decimal import Decimal

import pytest

from documents.words import amount_in_words


@pytest.mark.parametrize(
    ("amount", "russian", "english"),
    [
        ("0", "Ноль рублей 00 копеек", "Zero roubles 00 kopecks"),
        ("1", "Один рубль 00 копеек", "One rouble 00 kopecks"),
        ("2.01", "Два рубля 01 копейка", "Two roubles 01 kopeck"),
        ("11.11", "Одиннадцать рублей 11 копеек", "Eleven roubles 11 kopecks"),
        ("21.02", "Двадцать один рубль 02 копейки", "Twenty-one roubles 02 kopecks"),
        ("4860", "Четыре тысячи восемьсот шестьдесят рублей 00 копеек", "Four thousand eight hundred and sixty roubles 00 kopecks"),
        ("1000", "Одна тысяча рублей 00 копеек", "One thousand roubles 00 kopecks"),
        ("2002000.50", "Два миллиона две тысячи рублей 50 копеек", "Two million two thousand roubles 50 kopecks"),
        ("112000", "Сто двенадцать тысяч рублей 00 копеек", "One hundred and twelve thousand roubles 00 kopecks"),
        ("999999999.99", "Девятьсот девяносто девять миллионов девятьсот девяносто девять тысяч девятьсот девяносто девять рублей "
         "99 копеек", "Nine hundred and ninety-nine million nine hundred and ninety-nine thousand nine hundred and ninety-nine "
         "roubles 99 kopecks"),
    ],
)  # fmt: skip
def test_a_sum_reads_as_people_say_it(amount, russian, english):
    assert amount_in_words(Decimal(amount)) == russian
    assert amount_in_words(Decimal(amount), language="en") == english


def test_other_currencies_have_their_own_words_and_gender():
    assert amount_in_words(Decimal("2.02"), "lei") == "Два лея 02 бана"
    assert amount_in_words(Decimal("1"), "₴") == "Одна гривна 00 копеек"
    assert amount_in_words(Decimal("2001"), "₴") == "Две тысячи одна гривна 00 копеек"
    assert amount_in_words(Decimal("1.01"), "$", "en") == "One dollar 01 cent"
