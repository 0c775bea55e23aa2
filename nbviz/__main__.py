"""`python -m nbviz`: see `nbviz.cli`."""

import sys

from nbviz.cli import main

if __name__ == "__main__":
    sys.exit(main())
