"""Recipes out of words and files, and what does not go together."""

from dataclasses import fields, replace
from pathlib import Path

import pytest

from model.recipe import CHOICES, FREE, MAY_BE_ZERO, Recipe, described
from radar.errors import BadInput

NO_RAIN = ("moving=false", "matched=false", "thresholds=", "coarsen=1", "loss=mse+mae")


def test_no_words_are_the_defaults() -> None:
    assert Recipe.parse(()) == Recipe()


def test_every_kind_of_setting() -> None:
    said = ("model=convlstm", "width=8", "rate=1e-3", "bf16=false", "held_out=a,b", "coarsen=")
    wanted = replace(Recipe(), model="convlstm", width=8, rate=1e-3, bf16=False, held_out="a,b", coarsen="")
    assert Recipe.parse(said) == wanted


def test_the_last_word_counts_and_a_value_may_hold_an_equals_sign() -> None:
    assert Recipe.parse(("seed=1", "seed=2", "held_out=a=b")) == replace(Recipe(), seed=2, held_out="a=b")


@pytest.mark.parametrize(("word", "value"), [("true", True), ("false", False), ("auto", "auto")])
def test_bf16_may_be_left_to_the_hardware(word: str, value: object) -> None:
    assert Recipe.parse((f"bf16={word}",)).bf16 == value


@pytest.mark.parametrize("key", MAY_BE_ZERO)
def test_what_may_be_zero(key: str) -> None:
    assert getattr(Recipe.parse((f"{key}=0",)), key) == 0


@pytest.mark.parametrize(
    ("word", "sentence"),
    [
        ("layers=3", "'layers=3' is no recipe setting; write key=value with one of data, model, width,"),
        ("width", "'width' is no recipe setting"),
        ("=8", "'=8' is no recipe setting"),
        ("", "'' is no recipe setting"),
        ("width=wide", "width is a whole number, not 'wide'"),
        ("width=8.5", "width is a whole number, not '8.5'"),
        ("steps=", "steps is a whole number, not ''"),
        ("rate=fast", "rate is a number, not 'fast'"),
        ("width=0", "width is more than 0, not '0'"),
        ("steps=-1", "steps is more than 0, not '-1'"),
        ("rate=nan", "rate is more than 0, not 'nan'"),
        ("clip=inf", "clip is at most 2147483647, not 'inf'"),
        ("seed=-1", "seed is 0 or more, not '-1'"),
        ("seed=99999999999999999999", "seed is at most 2147483647, not"),
        ("floor=2", "floor is at most 1, not '2'"),
        ("average=1", "average is at most 0.9999, not '1'"),
        ("threads=100000", "threads is at most 1024, not"),
        ("bf16=True", "bf16 is true or false or auto, not 'True'"),
        ("moving=1", "moving is true or false, not '1'"),
        ("feed=auto", "feed is rollout or scheduled or reverse, not 'auto'"),
        ("model=gpt", "model is convlstm or trajgru or .*, not 'gpt'"),
        ("data=imagenet", "data is radar or hko7 or .*, not 'imagenet'"),
        ("batch=0", "batch is more than 0"),
    ],
)
def test_a_wrong_word_is_refused_with_one_sentence(word: str, sentence: str) -> None:
    with pytest.raises(BadInput, match=sentence) as caught:
        Recipe.parse(("seed=1", word))
    assert str(caught.value).endswith(".")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("held_out=a,b", "validation=b,c"), "b is in held_out and in validation: a score on it would be flattered"),
        (("check_every=10",), "check_every needs validation, the events to check on"),
        (("data=moving-mnist",), "moving-mnist is no rain; it wants moving=false matched=false thresholds= coarsen=1"),
        (("data=taxibj", *NO_RAIN, "loss=balanced"), "taxibj is no rain; .* and another loss than balanced"),
    ],
)
def test_what_does_not_go_together(words: tuple[str, ...], sentence: str) -> None:
    with pytest.raises(BadInput, match=sentence):
        Recipe.parse(words)


def test_data_that_is_no_rain_has_no_rates() -> None:
    assert Recipe.parse(("data=kth", *NO_RAIN)).levels == ()
    assert Recipe.parse(("data=moving-mnist", *NO_RAIN, "check_every=5")).check_every == 5  # it has its own split


def test_events_by_their_use() -> None:
    recipe = Recipe(held_out="a,b", validation="c")
    assert [set(names) for names in (recipe.scored, recipe.validating, recipe.apart)] == [
        {"a", "b"},
        {"c"},
        {"a", "b", "c"},
    ]
    assert Recipe().apart == frozenset()


def test_a_file_holds_settings_and_words_after_it_count(tmp_path: Path) -> None:
    path = tmp_path / "recipe.toml"
    path.write_text(
        'model = "ms-trajgru"\nwidth = 16\nrate = 7e-4\nbf16 = false\nheld_out = ["a", "b"]\nthresholds = [1, 5.5]\n'
    )
    wanted = Recipe(model="ms-trajgru", width=8, rate=7e-4, bf16=False, held_out="a,b", thresholds="1,5.5")
    assert Recipe.parse((str(path), "width=8")) == wanted
    assert Recipe.parse(("width=8", str(path))).width == 16


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("width = ", r"recipe\.toml is not a recipe \(TOML\): "),
        ("<html>", r"recipe\.toml is not a recipe \(TOML\): "),
        ("\xff\n", r"recipe\.toml is not a recipe \(TOML\): "),
        (f"a = {'[' * 5000}", r"recipe\.toml is not a recipe \(TOML\): "),
        ("wide = 3", "'wide' is no recipe setting"),
        ("width = 'x'", "width is a whole number, not 'x'"),
        ("width = true", "width is a whole number, not 'true'"),
        ("[model]\nwidth = 3", "model is one value or a list of them"),
        ("bf16 = 'yes'", "bf16 is true or false or auto, not 'yes'"),
    ],
)
def test_a_wrong_file_is_refused_with_one_sentence(tmp_path: Path, text: str, sentence: str) -> None:
    path = tmp_path / "recipe.toml"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(BadInput, match=sentence) as caught:
        Recipe.parse((str(path),))
    assert "\n" not in str(caught.value)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"none\.toml is not a recipe"):
        Recipe.parse((str(tmp_path / "none.toml"),))


def test_every_setting_is_described() -> None:
    names = [field.name for field in fields(Recipe)]
    assert [name for name, _, _ in described()] == names
    assert all(about for _, _, about in described())
    assert {*CHOICES, *FREE, *MAY_BE_ZERO} <= set(names)


def test_what_is_described_is_how_it_is_written() -> None:
    assert Recipe.parse(tuple(f"{name}={default}" for name, default, _ in described())) == Recipe()


DOCS = (Path(__file__).parents[2] / "docs/training.md").read_text(encoding="utf-8")


def test_the_references_recipe_in_the_docs_is_one() -> None:
    block = DOCS[DOCS.index("model=ms-convlstm") : DOCS.index("batch=4") + len("batch=4")]
    recipe = Recipe.parse(tuple(block.split()))
    assert (recipe.loss, recipe.feed, recipe.optimizer, recipe.levels) == ("reference", "scheduled", "adam", ())
    assert (recipe.rate, recipe.floor, recipe.clip, recipe.average, recipe.warmup) == (3e-4, 1, 0, 0, 0)


@pytest.mark.parametrize("key", ["data", "loss", "feed"])
def test_the_docs_know_every_choice(key: str) -> None:
    assert [choice for choice in CHOICES[key] if f"`{choice}`" not in DOCS] == []
