"""`./run bench [NAME ...] [OPTIONS]`: the named benchmarks, or all of them. Options go to the only one named."""

import importlib
import pkgutil
import sys
from pathlib import Path


def main(arguments: list[str]) -> int:
    """Runs the named benchmarks; without a name, every one of this folder."""
    names = sorted({module.name for module in pkgutil.iter_modules([str(Path(__file__).parent)])} - {"__main__"})
    first = next((place for place, word in enumerate(arguments) if word.startswith("-")), len(arguments))
    wanted, options = arguments[:first] or names, arguments[first:]
    for name in wanted:
        if name not in names:
            print(f"There is no benchmark {name!r}; there are: {', '.join(names)}.", file=sys.stderr)
            return 2
    if options and len(wanted) > 1:
        print("Options belong to one benchmark; name only that.", file=sys.stderr)
        return 2
    codes = []
    for name in wanted:
        if len(wanted) > 1:
            print(f"\n== {name}")
        codes.append(importlib.import_module(f"benchmarks.{name}").main(options) or 0)
    return max(codes)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
