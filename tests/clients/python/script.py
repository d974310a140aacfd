"""What both generations of the Python client share: the words of the script and the protocol of README.md."""

import multiprocessing
import os
import queue
import sys
import threading

GROUP = "clients"
SERVICE = "orders"
DATA_ID = "greeting"
IP = "10.1.0.1"
PORT = 7001
SELF = "10.1.0.1:7001"
NEIGHBOUR = "10.1.0.2:7002"
WEIGHT = 2.0
METADATA = {"zone": "west"}


def say(line):
    """One write, so that threads do not mix their lines."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def step(name):
    """Claims a step and waits for the runner to have checked it and done its own part."""
    say(f"STEP {name}")
    _words.get()


def note(what, value):
    """Tells the reader of a failure's report what a callback brought."""
    say(f"{what} is now {value}")


def check(holds, what):
    if not holds:
        raise AssertionError(f"not as expected: {what}")


def _listen_to_runner():
    # Not sys.stdin: a process that the SDK forks would hang at closing it while this thread reads from it.
    with open(0, closefd=False) as words:
        for word in words:
            _words.put(word)
    # The end of the input is the end of the runner, and so of this program and of what the SDK forked.
    for child in multiprocessing.active_children():
        child.kill()
    os._exit(1)


_words = queue.Queue()
threading.Thread(target=_listen_to_runner, daemon=True).start()
