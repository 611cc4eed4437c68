"""Draw anew what the image tests compare with; look at every picture before keeping it."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from helpers.images import FIGURES, file_of, picture_of

if __name__ == "__main__":
    for name, draw in FIGURES.items():
        for words in (True, False):
            file_of(name, words=words).write_bytes(picture_of(draw(), words=words))
