"""All lexicons in one pass: the same answers as each entry by itself, in time that no text can stretch."""

import random
import re

import pytest
import re2
from hypothesis import given
from hypothesis import strategies as st

from services.analyzer.legal.lexicons import PROVIDERS, ROLES, WORDING
from services.analyzer.lexicon import Lexicon
from services.analyzer.lexicons import LEXICONS, MATCHER
from services.analyzer.matcher import Sieve, without_lookaround
from services.contracts.text import normalise

LENGTH = 200_000
MOST_STEPS = 40_000
"""Instructions of all patterns together: RE2 does each at most once a character, whatever the text says."""


def test_an_entry_is_found_in_its_examples_and_not_in_its_counter_examples() -> None:
    for key, entry in MATCHER.entries.items():
        for example in entry.examples:
            assert key in MATCHER.matches(normalise(example)), (key, example)
        for other in entry.counter_examples:
            assert key not in MATCHER.matches(normalise(other)), (key, other)


def test_the_place_of_a_match_is_told() -> None:
    text = normalise("La médiathèque ; l'agenda")
    found = [text[start:end] for start, end in MATCHER.terms("topics.culture_loisirs", text)]
    assert found == ["mediatheque"]
    found = [text[start:end] for start, end in MATCHER.terms("topics.culture_loisirs", text, weak=True)]
    assert found == ["mediatheque", "agenda"]


def test_no_text_takes_more_steps_than_its_length_allows() -> None:
    patterns = [re2.compile(rf"\b(?:{entry.expression})\b") for entry in MATCHER.entries.values()]
    assert sum(pattern.programsize for pattern in patterns) < MOST_STEPS


@pytest.mark.parametrize(
    "piece", ["a", "espace public numerique ", "aide aux aide au ", "l'", "conseil municipal des ", "\ud800", "é "]
)
def test_hostile_text_is_read_to_its_end(piece: str) -> None:
    text = piece * (LENGTH // len(piece)) + " mediatheque"
    assert "topics.culture_loisirs" in MATCHER.matches(text)


def test_one_pass_finds_what_each_entry_finds_alone() -> None:
    draw = random.Random(7)
    words = [normalise(word) for lexicon in LEXICONS.values() for e in lexicon.entries for word in (*e.examples, "xyz")]
    for _ in range(50):
        text = " ".join(draw.choices(words, k=20))
        alone = {key for key in MATCHER.entries if next(MATCHER.terms(key, text), None) is not None}
        assert MATCHER.matches(text) == alone


def test_nothing_is_found_in_nothing() -> None:
    assert MATCHER.matches("") == frozenset()


EXAMPLES = [
    normalise(example)
    for lexicon in (ROLES, WORDING, PROVIDERS)
    for entry in lexicon.entries
    for example in (*entry.examples, *entry.counter_examples)
]


@pytest.mark.parametrize("lexicon", [ROLES, WORDING, PROVIDERS], ids=lambda lexicon: lexicon.name)
@given(texts=st.lists(st.sampled_from(EXAMPLES) | st.text(max_size=20), max_size=6))
def test_a_sieve_leaves_out_no_entry_that_matches_a_line(lexicon: Lexicon, texts: list[str]) -> None:
    lines = [normalise(text) for text in texts]
    sieve = Sieve(lexicon)
    matching = {entry.id for entry in lexicon.entries if any(entry.search(line) for line in lines)}
    assert matching <= sieve.candidates("\n".join(lines))
    for entry in lexicon.entries:
        places = {place for place, line in enumerate(lines) if entry.search(line)}
        assert places <= set(sieve.lines([entry.id], lines))


@pytest.mark.parametrize(
    ("expression", "rest"),
    [
        ("edite(?= par (?:la|le)) x", "edite x"),
        ("(?<!a|(?:b))c(?!d)", "c"),
        (r"(?:a|b)\(c\)[(?=]", r"(?:a|b)\(c\)[(?=]"),
        ("(a(?=b)c)", "(ac)"),
    ],
)
def test_look_around_is_taken_out_of_an_expression(expression: str, rest: str) -> None:
    assert without_lookaround(expression) == rest
    assert re.compile(rest)
