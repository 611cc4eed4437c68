"""``python -m cvosim`` is the same as ``cvosim``."""

from cvosim.cli import main

if __name__ == "__main__":
    main()
