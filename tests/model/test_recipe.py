"""Recipes out of words."""

from dataclasses import replace

import pytest

from model.recipe import Recipe
from radar.errors import BadInput


def test_no_words_are_the_defaults() -> None:
    assert Recipe.parse(()) == Recipe()


def test_every_kind_of_setting() -> None:
    said = ("model=convlstm", "width=8", "rate=1e-3", "bf16=false", "held_out=a,b", "coarsen=")
    wanted = replace(Recipe(), model="convlstm", width=8, rate=1e-3, bf16=False, held_out="a,b", coarsen="")
    assert Recipe.parse(said) == wanted


def test_the_last_word_counts_and_a_value_may_hold_an_equals_sign() -> None:
    assert Recipe.parse(("seed=1", "seed=2", "held_out=a=b")) == replace(Recipe(), seed=2, held_out="a=b")


@pytest.mark.parametrize("key", ["warmup", "average", "seed"])
def test_what_may_be_zero(key: str) -> None:
    assert getattr(Recipe.parse((f"{key}=0",)), key) == 0


@pytest.mark.parametrize(
    ("word", "sentence"),
    [
        ("depth=3", "'depth=3' is no recipe setting; write key=value with one of model, width,"),
        ("width", "'width' is no recipe setting"),
        ("=8", "'=8' is no recipe setting"),
        ("", "'' is no recipe setting"),
        ("width=wide", "width is a number, not 'wide'"),
        ("width=8.5", "width is a number, not '8.5'"),
        ("steps=", "steps is a number, not ''"),
        ("rate=fast", "rate is a number, not 'fast'"),
        ("width=0", "width is more than 0, not '0'"),
        ("steps=-1", "steps is more than 0, not '-1'"),
        ("rate=nan", "rate is more than 0, not 'nan'"),
        ("clip=inf", "clip is more than 0, not 'inf'"),
        ("seed=-1", "seed is more than 0, not '-1'"),
        ("bf16=True", "bf16 is true or false, not 'True'"),
        ("bf16=1", "bf16 is true or false, not '1'"),
    ],
)
def test_a_wrong_word_is_refused_with_one_sentence(word: str, sentence: str) -> None:
    with pytest.raises(BadInput, match=sentence) as caught:
        Recipe.parse(("seed=1", word))
    assert str(caught.value).endswith(".")
    assert "\n" not in str(caught.value)
