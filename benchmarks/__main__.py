"""`./run bench [NAME]`: one benchmark, or all of them."""

import importlib
import pkgutil
import sys
from pathlib import Path


def main(arguments: list[str]) -> int:
    """Runs the named benchmarks; without a name, every one of this folder."""
    names = sorted({module.name for module in pkgutil.iter_modules([str(Path(__file__).parent)])} - {"__main__"})
    wanted = arguments or names
    for name in wanted:
        if name not in names:
            print(f"There is no benchmark {name!r}; there are: {', '.join(names)}.", file=sys.stderr)
            return 2
    for name in wanted:
        print(f"\n== {name}")
        importlib.import_module(f"benchmarks.{name}").main([])
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
