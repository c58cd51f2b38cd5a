"""Errors on their way to Laurel."""

import pickle

from laurel_cluster.errors import ClusterError, error_value


def test_an_error_keeps_its_code_and_remedy_between_ray_processes():
    error = ClusterError("BAD_INPUT", "no", "Correct it.")
    assert error_value(pickle.loads(pickle.dumps(error))) == {"code": "BAD_INPUT", "message": "no", "remedy": "Correct it."}
