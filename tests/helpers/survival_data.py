"""Published survival times: small data sets that every text and program on survival uses.

Leukaemia (``AML``): R. G. Miller, Survival Analysis, Wiley 1981, p. 49. Lung cancer (``LUNG``):
Loprinzi et al., Journal of Clinical Oncology 12 (1994), 601-607. Ovarian cancer (``OVARIAN``):
Edmunson et al., Cancer Treatment Reports 63 (1979), 241-247. All three as in R's package
``survival``; a ``+`` marks who was censored.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


class SurvivalData(NamedTuple):
    """Durations, whether they ended in the event, and the group (0, 1)."""

    time: NDArray[np.float64]
    event: NDArray[np.bool_]
    group: NDArray[np.int64]


def read(groups: tuple[str, str]) -> SurvivalData:
    """Read times written as in the literature."""
    words = [(word, g) for g, text in enumerate(groups) for word in text.split()]
    return SurvivalData(
        np.array([float(word.rstrip("+")) for word, _ in words]),
        np.array([not word.endswith("+") for word, _ in words]),
        np.array([g for _, g in words]),
    )


AML = read((
    "9 13 13+ 18 23 28+ 31 34 45+ 48 161+",
    "5 5 8 8 12 16+ 23 27 30 33 43 45",
))  # fmt: skip
"""Weeks of remission; group 0 was given maintenance chemotherapy, group 1 was not."""

LUNG = read((
    """
    11 11 11 12 13 13 15 26 30 31 53 53 54 59 60 65 65 71 81 88 88 92 93 95 105 107 110 116
    118 131 132 132 135 142 144 147 156 156 163 163 163 166 170 174+ 175 176 177 179 179 180
    181 181 183 185+ 188+ 189 191+ 196+ 197 197+ 202 207 210 212 218 221+ 222 222+ 223 225+
    225+ 229 230 237+ 239 246 259+ 267 269 270 279+ 283 284 284+ 285 286 288 291 292+ 300+
    301 301+ 303 303+ 306 310 320 329 337 353 353 363 364 371 387 390 394 404+ 413+ 428 429
    442 444+ 455 457 458+ 460 477 519 524 533 558 567 574 583 613 624 643 655 689 707 791
    806+ 814 840+ 883 1010+ 1022+
    """,
    """
    5 60 61 62 79 81 92+ 95 105+ 107 122 145 145 153 166 167 173+ 175+ 177+ 182 186 192+ 194
    199 201 201 202+ 203+ 208 211+ 224+ 226 235+ 239 240+ 243+ 245 252+ 266+ 268 269+ 272+
    276+ 285 292+ 293 296+ 305 310 315+ 332+ 340 345 348 350 351 356+ 361 363 364+ 371 376+
    382+ 384+ 426 433 444 450 473 511+ 511+ 520 524 529+ 543+ 550 551+ 559+ 588+ 641 654 687
    705 728 731 735 740+ 765 821+ 965+
    """,
))  # fmt: skip
"""Days lived; group 0 is men, group 1 women."""

OVARIAN = read((
    "59 115 156 268 329 431 448+ 477+ 638 803+ 855+ 1040+ 1106+",
    "353 365 377+ 421+ 464 475 563 744+ 769+ 770+ 1129+ 1206+ 1227+",
))  # fmt: skip
"""Days lived; group 0 is treatment 1, group 1 treatment 2."""
