import jax
import numpy as np
from scipy.spatial.distance import cdist

from gangame.metrics.distances import squared_distances


def test_tight_clusters_far_from_the_origin_have_distances_in_single_precision():
    points = np.asarray(1e-3 * jax.random.normal(jax.random.key(0), (40, 2), "float32") + 2)
    exact = cdist(points.astype(float), points.astype(float), "sqeuclidean")
    np.testing.assert_allclose(squared_distances(points, points), exact, rtol=1e-5)
