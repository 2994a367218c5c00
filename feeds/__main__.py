"""`python -m feeds …`, which `ioc init|import|worker|simulate|feeds …` runs."""

import sys

from feeds.cli import main

if __name__ == "__main__":
    sys.exit(main())
