"""The client script of tests/clients/README.md with the official Python SDK of the HTTP generation (1.0)."""

import os
import threading

import nacos
from nacos.listener import SubscribeListener

from script import (
    DATA_ID, GROUP, IP, METADATA, NEIGHBOUR, PORT, SELF, SERVICE, WEIGHT, check, note, step,
)

BEAT_SECONDS = 5
POLL_SECONDS = 2


class Observed:
    """The newest value that a callback brought; waiting has no limit here, the runner keeps the time."""

    def __init__(self, name, value):
        self.name = name
        self.value = value
        self.changed = threading.Condition()

    def set(self, value):
        with self.changed:
            note(self.name, value)
            self.value = value
            self.changed.notify_all()

    def wait_for(self, wanted):
        with self.changed:
            self.changed.wait_for(lambda: self.value == wanted)


class Client:
    def __init__(self, server):
        self.sdk = nacos.NacosClient(server)
        # Below HOME, which the runner gives each run anew; the default is relative to the working directory.
        self.sdk.set_options(snapshot_base=os.path.join(os.environ["HOME"], "snapshot"))
        self.view = Observed("view", set())
        self.text = Observed("config", None)

    def run_through(self):
        self.register()
        step("registered")
        self.discover()
        step("discovered")
        self.subscribe()
        step("subscribed")
        self.view.wait_for({SELF, NEIGHBOUR})
        step("neighbour-seen")
        self.view.wait_for({SELF})
        step("neighbour-gone")

        self.publish("first é 一")
        step("published")
        content = self.sdk.get_config(DATA_ID, GROUP)
        check(content == "first é 一", content)
        step("read")
        self.sdk.add_config_watcher(DATA_ID, GROUP, lambda item: self.text.set(item["content"]))
        step("listening")
        self.text.wait_for("second é 一")
        step("change-seen")
        self.remove()
        self.text.wait_for(None)
        content = self.sdk.get_config(DATA_ID, GROUP)
        check(content is None, f"a removed item reads {content!r}")
        step("removed")
        self.deregister()

    def survive_restart(self):
        self.register()
        self.view.wait_for({SELF})
        self.publish("third é 一")
        self.text.wait_for("third é 一")
        step("ready-for-restart")

        self.text.wait_for("fourth é 一")
        self.view.wait_for({SELF, NEIGHBOUR})
        step("recovered")
        self.publish("fifth é 一")
        self.text.wait_for("fifth é 一")
        step("republished")
        self.remove()
        step("removed")
        self.deregister()

    def register(self):
        registered = self.sdk.add_naming_instance(
            SERVICE, IP, PORT, weight=WEIGHT, metadata=METADATA, group_name=GROUP, heartbeat_interval=BEAT_SECONDS
        )
        check(registered, "register")

    def deregister(self):
        check(self.sdk.remove_naming_instance(SERVICE, IP, PORT, group_name=GROUP), "deregister")
        step("deregistered")

    def discover(self):
        hosts = self.sdk.list_naming_instance(SERVICE, group_name=GROUP)["hosts"]
        check([address(host) for host in hosts] == [SELF], hosts)
        own = hosts[0]
        check(own["weight"] == WEIGHT and own["healthy"] and own["metadata"] == METADATA, own)

    def subscribe(self):
        # The SDK polls, tells differences only, and keeps silent about the first instance that it finds: its list is
        # looked at whenever it tells one. It goes by instance id, and one address may have two ids: an instance is
        # registered in a cluster "None", and its beats, which name no cluster, register it in the default one.
        listener = SubscribeListener(fn=self.view_differs, listener_name="view")
        self.sdk.subscribe(listener, POLL_SECONDS, SERVICE, group_name=GROUP)
        # Without this option of the SDK a poll that fails while the server is away ends the subscription.
        for timer in self.sdk.subscribe_timer_manager.all_timers().values():
            timer.set_ignore_ex(True)

    def view_differs(self, _event, _changed):
        known = self.sdk.subscribed_local_manager.get_local_instances(SERVICE)
        self.view.set({address(known_one.instance) for known_one in known.values()})

    def publish(self, content):
        check(self.sdk.publish_config(DATA_ID, GROUP, content), f"publish {content!r}")

    def remove(self):
        check(self.sdk.remove_config(DATA_ID, GROUP), "remove")


def address(host):
    return f"{host['ip']}:{host['port']}"


def main():
    client = Client(os.environ["NAVAID_SERVER"])
    try:
        client.run_through()
        client.survive_restart()
    finally:
        # Its timer is no daemon thread and would keep a failed program alive.
        client.sdk.stop_subscribe()


if __name__ == "__main__":
    main()
