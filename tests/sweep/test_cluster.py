"""A sweep on a real Dask scheduler with two worker processes, of which one is killed half way."""

import os
import signal
import time

import pytest

from kl_regression.sweep.config import from_dict
from kl_regression.sweep.executors import executor
from kl_regression.sweep.running import run
from tests.sweep.test_sweep import expected, identities

CONFIG = {
    "seed": 8,
    "instances": 6000,
    "chunk": 100,
    "grid": {"points": 12, "models": 3},
}


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::ResourceWarning")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_killed_worker_loses_nothing(tmp_path):
    """The chunks of the dead worker run on the other; every row is there once."""
    from distributed import LocalCluster

    sweep = from_dict(CONFIG)
    killed = []
    with LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
    ) as cluster:
        pids = [worker.process.pid for worker in cluster.workers.values()]

        def tell(done, total):
            if not killed and done >= total // 2:
                os.kill(pids[0], signal.SIGKILL)
                killed.append((done, time.monotonic()))

        with executor(1, cluster.scheduler_address) as pool:
            path = run(sweep, tmp_path, pool, tell=tell)
    assert killed
    assert identities(path) == expected(sweep)
