"""roop's flags for the web UI's command line. Every process of the web UI reads this file before all else."""

from __future__ import annotations

import argparse


def preload(parser: argparse.ArgumentParser) -> None:
    """Adds the flags. No value is refused here: the web UI would not start then. roop says what is wrong with one."""
    parser.add_argument(
        "--roop-models-path",
        metavar="FOLDER",
        help="roop: where its models and faces are kept, instead of models/roop",
    )
    parser.add_argument(
        "--roop-provider",
        metavar="NAME",
        help="roop: what nets run on: auto, cuda, rocm, migraphx, openvino, directml, coreml or cpu",
    )
