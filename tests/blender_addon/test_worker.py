# SPDX-License-Identifier: GPL-3.0-or-later
import time

import pytest
from soliloquy.blender_addon.worker import Worker
from soliloquy.core.errors import AudioError, Cancelled


def wait(worker):
    deadline = time.monotonic() + 10
    while worker.is_running and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not worker.is_running


def test_result_and_progress():
    def work(progress, cancelled):
        progress(0.5)
        progress(7.0)
        return 42

    worker = Worker(work)
    assert worker.fraction == 0
    worker.start()
    wait(worker)
    assert worker.result() == 42
    assert worker.fraction == 1


def test_errors_come_out_in_the_asking_thread():
    def work(progress, cancelled):
        raise AudioError("not sound.")

    worker = Worker(work)
    worker.start()
    wait(worker)
    with pytest.raises(AudioError, match="not sound"):
        worker.result()


def test_stopping_ends_the_thread():
    def work(progress, cancelled):
        while not cancelled():
            time.sleep(0.01)
        raise Cancelled("stopped.")

    worker = Worker(work)
    worker.start()
    worker.stop()
    assert not worker.is_running
    with pytest.raises(Cancelled):
        worker.result()


def test_a_result_that_comes_after_cancelling_is_dropped():
    worker = Worker(lambda progress, cancelled: 42)
    worker.start()
    wait(worker)
    worker.stop()
    with pytest.raises(Cancelled):
        worker.result()
