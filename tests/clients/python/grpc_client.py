"""The client script of tests/clients/README.md with the official Python SDKs of the gRPC generations (2.0, 3.x)."""

import asyncio
import os
import traceback

from v2.nacos import (
    ClientConfigBuilder, ConfigParam, DeregisterInstanceParam, ListInstanceParam, NacosConfigService,
    NacosNamingService, RegisterInstanceParam, SubscribeServiceParam,
)

import script
from script import (
    DATA_ID, GROUP, IP, METADATA, NEIGHBOUR, PORT, SELF, SERVICE, WEIGHT, check, note,
)


class Observed:
    """The newest value that a callback brought; waiting has no limit here, the runner keeps the time."""

    def __init__(self, name):
        self.name = name
        self.value = None
        self.changed = asyncio.Condition()

    async def set(self, value):
        async with self.changed:
            note(self.name, value)
            self.value = value
            self.changed.notify_all()

    async def wait_for(self, wanted):
        async with self.changed:
            await self.changed.wait_for(lambda: self.value == wanted)


class Client:
    def __init__(self, naming, config):
        self.naming = naming
        self.config = config
        self.view = Observed("view")
        self.text = Observed("config")

    @staticmethod
    async def connect(server):
        settings = ClientConfigBuilder().server_address(server).build()
        naming = await NacosNamingService.create_naming_service(settings)
        config = await NacosConfigService.create_config_service(settings)
        return Client(naming, config)

    async def run_through(self):
        await self.register()
        await step("registered")
        await self.discover()
        await step("discovered")
        await self.naming.subscribe(
            SubscribeServiceParam(service_name=SERVICE, group_name=GROUP, subscribe_callback=self.view_changed)
        )
        await step("subscribed")
        await self.view.wait_for({SELF, NEIGHBOUR})
        await step("neighbour-seen")
        await self.view.wait_for({SELF})
        await step("neighbour-gone")

        await self.publish("first é 一")
        await step("published")
        content = await self.config.get_config(item())
        check(content == "first é 一", content)
        await step("read")
        await self.config.add_listener(DATA_ID, GROUP, self.text_changed)
        await step("listening")
        await self.text.wait_for("second é 一")
        await step("change-seen")
        await self.remove()
        await self.text.wait_for("")
        content = await self.config.get_config(item())
        check(content == "", f"a removed item reads {content!r}")
        await step("removed")
        await self.deregister()

    async def survive_restart(self):
        await self.register()
        await self.publish("third é 一")
        await self.text.wait_for("third é 一")
        await step("ready-for-restart")

        await self.text.wait_for("fourth é 一")
        await self.view.wait_for({SELF, NEIGHBOUR})
        await step("recovered")
        await self.publish("fifth é 一")
        await self.text.wait_for("fifth é 一")
        await step("republished")
        await self.remove()
        await step("removed")
        await self.deregister()

    async def register(self):
        registered = await self.naming.register_instance(
            RegisterInstanceParam(
                service_name=SERVICE, group_name=GROUP, ip=IP, port=PORT, weight=WEIGHT, metadata=METADATA
            )
        )
        check(registered, "register")

    async def deregister(self):
        deregistered = await self.naming.deregister_instance(
            DeregisterInstanceParam(service_name=SERVICE, group_name=GROUP, ip=IP, port=PORT)
        )
        check(deregistered, "deregister")
        await step("deregistered")

    async def discover(self):
        found = await self.naming.list_instances(
            ListInstanceParam(service_name=SERVICE, group_name=GROUP, healthy_only=None)
        )
        check(addresses(found) == {SELF}, found)
        check(found[0].weight == WEIGHT and found[0].healthy and found[0].metadata == METADATA, found[0])

    async def publish(self, content):
        check(await self.config.publish_config(item(content)), f"publish {content!r}")

    async def remove(self):
        check(await self.config.remove_config(item()), "remove")

    async def view_changed(self, instances):
        await self.view.set(addresses(instances))

    async def text_changed(self, _namespace, _group, _data_id, content):
        await self.text.set(content)


async def step(name):
    await asyncio.to_thread(script.step, name)


def item(content=""):
    return ConfigParam(data_id=DATA_ID, group=GROUP, content=content)


def addresses(instances):
    return {f"{instance.ip}:{instance.port}" for instance in instances}


async def main():
    try:
        client = await Client.connect(os.environ["NAVAID_SERVER"])
        await client.run_through()
        await client.survive_restart()
    except BaseException:
        traceback.print_exc()
        os._exit(1)
    # Not simply the end of main: some tasks of the SDK do not end when they are cancelled.
    os._exit(0)


if __name__ == "__main__":
    asyncio.run(main())
