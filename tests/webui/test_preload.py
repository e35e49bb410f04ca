"""preload.py and metadata.ini: what a web UI reads before it starts roop."""

import argparse
import configparser
import importlib.util
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture
def parser() -> argparse.ArgumentParser:
    """A web UI's parser after it has loaded preload.py the way it does: from its path, under its file's name."""
    spec = importlib.util.spec_from_file_location("preload.py", ROOT / "preload.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    made = argparse.ArgumentParser()
    module.preload(made)
    return made


def test_without_the_flags_nothing_is_chosen(parser: argparse.ArgumentParser) -> None:
    assert vars(parser.parse_args([])) == {"roop_models_path": None, "roop_provider": None}


def test_the_flags_are_taken_as_they_are_typed(parser: argparse.ArgumentParser) -> None:
    given = parser.parse_args(["--roop-models-path", "/some where/models", "--roop-provider", "cuda"])
    assert (given.roop_models_path, given.roop_provider) == ("/some where/models", "cuda")


def test_a_wrong_provider_does_not_keep_the_web_ui_from_starting(parser: argparse.ArgumentParser) -> None:
    assert parser.parse_args(["--roop-provider", "abacus"]).roop_provider == "abacus"


def test_the_help_names_both_flags(parser: argparse.ArgumentParser) -> None:
    assert "--roop-models-path FOLDER" in parser.format_help()
    assert "--roop-provider NAME" in parser.format_help()


@pytest.fixture
def metadata() -> configparser.ConfigParser:
    made = configparser.ConfigParser()
    assert made.read(ROOT / "metadata.ini")
    return made


def test_roop_is_loaded_after_adetailer(metadata: configparser.ConfigParser) -> None:
    assert re.split(r"[,\s]+", metadata["scripts/roop.py"]["After"]) == ["adetailer"]


def test_every_script_that_is_ordered_exists(metadata: configparser.ConfigParser) -> None:
    named = [section for section in metadata.sections() if section.startswith("scripts/")]
    assert named and all((ROOT / section).is_file() for section in named)


def test_no_order_depends_on_the_name_of_roops_folder(metadata: configparser.ConfigParser) -> None:
    assert not [section for section in metadata.sections() if section.startswith("callbacks/")]
