"""The package's docstring lists names that exist, and its doctests hold."""

import doctest
import importlib
import pkgutil
import re

import pytest

import radar

MODULES = [module.name for module in pkgutil.walk_packages(radar.__path__, "radar.")]
LISTED = re.findall(r"^(radar[\w.]*)\.(\w+): ", radar.__doc__ or "", re.MULTILINE)


def test_names_are_listed() -> None:
    assert len(LISTED) > 20


@pytest.mark.parametrize(("module", "name"), LISTED)
def test_listed_name_exists(module: str, name: str) -> None:
    assert hasattr(importlib.import_module(module), name)


@pytest.mark.parametrize("module", MODULES)
def test_doctests(module: str) -> None:
    assert doctest.testmod(importlib.import_module(module)).failed == 0
