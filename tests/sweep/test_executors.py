"""Processes of a sweep: Ctrl-C ends them at their work, and not while they send what they found."""

import multiprocessing
import os
import signal
import threading
import time

import pytest

from kl_regression.sweep.executors import executor

LONG = 60.0
"""Seconds that nothing here takes unless it hangs."""


def tell(begun):
    """Write who has begun, whole or not at all."""
    part = begun.with_suffix(".part")
    part.write_text(str(os.getpid()), "utf-8")
    part.replace(begun)


def alive(process):
    """Tell whether a process, by its id, has not ended."""
    return process in {child.pid for child in multiprocessing.active_children()}


class SlowToSend:
    """A result that a worker begins to send when ``begun`` appears, and sends for a second."""

    def __init__(self, begun):
        self.begun = begun

    def __getstate__(self):
        tell(self.begun)
        time.sleep(1.0)
        return self.__dict__


def waited_for(path):
    """Wait until a file is there."""
    end = time.monotonic() + LONG
    while not path.exists():
        assert time.monotonic() < end, f"{path} never came"
        time.sleep(0.01)


def test_ctrl_c_lets_a_worker_finish_what_it_sends(tmp_path):
    """Half a result would be waited for without end, since its other half never comes."""
    begun = tmp_path / "begun"
    with executor(1) as pool:
        future = pool.submit(SlowToSend, begun)
        waited_for(begun)
        os.kill(int(begun.read_text("utf-8")), signal.SIGINT)
        assert future.result(timeout=LONG).begun == begun


def work(begun):
    """Tell that it has begun, and work for long."""
    tell(begun)
    time.sleep(LONG)


def interrupted_at(task, *arguments):
    """Raise a KeyboardInterrupt beside workers that were given ten tasks, once they have begun."""
    with executor(1) as pool:
        for _ in range(10):
            pool.submit(task, *arguments)
        waited_for(arguments[0])
        raise KeyboardInterrupt


def test_an_error_here_ends_workers_at_their_work(tmp_path):
    """What was under way is not waited for, nor is what was to come."""
    begun, start = tmp_path / "begun", time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        interrupted_at(work, begun)
    assert time.monotonic() - start < LONG
    assert not alive(int(begun.read_text("utf-8")))


def fail(found):
    """Raise an OSError beside a worker that has nothing to do, after noting its id."""
    with executor(1) as pool:
        found.append(pool.submit(os.getpid).result(timeout=LONG))
        raise OSError("full")


def test_idle_workers_end():
    """A worker that waits for work hears no Ctrl-C; it is told that there is none."""
    found = []
    with pytest.raises(OSError, match="full"):
        fail(found)
    assert not alive(found[0])


def test_an_abandoned_pool_leaves_no_thread(tmp_path):
    """What serves the pool has ended too: else it closes what Python, as it ends, writes to."""
    before = set(threading.enumerate())
    with pytest.raises(KeyboardInterrupt):
        interrupted_at(work, tmp_path / "begun")
    assert not [t for t in set(threading.enumerate()) - before if not t.daemon]
