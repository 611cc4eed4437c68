"""Drawing parameters from the normal law fits nothing, so nothing can fail."""

from __future__ import annotations

import numpy as np

from cvosim.clv.models.bg_nbd import BetaGeometricNBD
from cvosim.clv.orders.summary import Summary
from cvosim.clv.value.bootstrap import normal_draws


def test_none_failed(cdnow: Summary) -> None:
    drawn = normal_draws(BetaGeometricNBD().fit(cdnow), positive=4, draws=25, seed=1)
    assert drawn.failed == 0
    assert drawn.parameters.shape == (25, 4)
    assert (drawn.parameters > 0.0).all()
    assert len(np.unique(drawn.parameters[:, 0])) == 25
