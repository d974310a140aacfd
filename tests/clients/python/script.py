"""What both generations of the Python client share: the words of the script and the protocol of README.md."""

import os
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


def step(name):
    print("STEP", name, flush=True)


def note(what, value):
    """Tells the reader of a failure's report what a callback brought."""
    print(what, "is now", value, flush=True)


def check(holds, what):
    if not holds:
        raise AssertionError(f"not as expected: {what}")


def word_from_runner():
    """An event, set by the runner's one word; the end of the input is the end of the runner, and so of us."""
    restarted = threading.Event()

    def listen():
        for word in sys.stdin:
            if word.strip() == "RESTARTED":
                restarted.set()
        os._exit(1)

    threading.Thread(target=listen, daemon=True).start()
    return restarted
