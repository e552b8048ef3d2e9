"""A caller of another implementation, with the commands and the history of `soak-caller`.

Its settings come from the environment, as those of `soak-caller` do.
"""

import asyncio
import json
import os
import random
import sys
import time

from macula_py import NodeKey, NoProviderError, Pool, ProviderError, Seed, StreamData, StreamMode

TASKS = 3
MAX_PAUSE = 0.3
STILL_MS = 45_000


def now_ms() -> int:
    return time.monotonic_ns() // 1_000_000


class Caller:
    def __init__(self, pool: Pool) -> None:
        self.pool = pool
        self.realm = os.environ["HECATE_REALM"]
        self.name = os.environ["SOAK_NAME"]
        self.orgs = os.environ["SOAK_ORGS"].split(",")
        self.random = random.Random(int(os.environ["SOAK_SEED"]))
        path = os.path.join(os.environ["SOAK_HISTORY"], self.name + ".jsonl")
        self.history = os.open(path, os.O_CREAT | os.O_APPEND | os.O_WRONLY)
        self.next = 0
        self.running = asyncio.Event()
        self.in_progress = 0

    def write(self, **record: object) -> None:
        os.write(self.history, json.dumps({"at": now_ms(), **record}).encode() + b"\n")

    def begin(self, kind: str, procedure: str, timeout_ms: int, expected: object) -> str:
        call = f"{self.name}:{self.next}"
        self.next += 1
        self.write(event="request", call=call, kind=kind, procedure=procedure, timeout_ms=timeout_ms, expected=expected)
        return call

    def end(self, call: str, outcome: object, received: int = 0, sent: int = 0) -> None:
        self.write(event="outcome", call=call, outcome=outcome, received=received, sent=sent)

    def org(self) -> str:
        return self.random.choice(self.orgs)

    async def unary(self, name: str, version: int) -> None:
        procedure = f"{self.org()}/{name}"
        timeout_ms = self.random.randint(10_000, 20_000)
        call = self.begin("unary", procedure, timeout_ms, "answer")
        number = self.random.randrange(1_000_000)
        try:
            job = {"call": call, "number": number}
            answer = await self.pool.call(self.realm, procedure, job, timeout_ms=timeout_ms)
            right = answer["call"] == call and answer["number"] == number + version
            self.end(call, "ok" if right else {"wrong": json.dumps(answer)})
        except Exception as error:
            self.end(call, failed(error))

    async def count(self) -> None:
        procedure = f"{self.org()}/soak.count"
        items = self.random.randrange(100)
        call = self.begin("server_streaming", procedure, 8_000, {"items": items})
        received = 0
        try:
            job = {"call": call, "number": items}
            opened = await self.pool.open_stream(self.realm, procedure, StreamMode.SERVER, job)
            async with opened as stream:
                async for frame in stream:
                    if isinstance(frame, StreamData):
                        right = frame.body["call"] == call and frame.body["number"] == received
                        if not right:
                            self.end(call, {"wrong": json.dumps(frame.body)}, received)
                            return
                        received += 1
            whole = received == items
            self.end(call, "ok" if whole else {"wrong": f"{received} items instead of {items}"}, received)
        except Exception as error:
            self.end(call, failed(error), received)

    async def sum(self) -> None:
        procedure = f"{self.org()}/soak.sum"
        items = self.random.randrange(100)
        call = self.begin("client_streaming", procedure, 8_000, {"items": items})
        sent = 0
        try:
            job = {"call": call, "number": items}
            opened = await self.pool.open_stream(self.realm, procedure, StreamMode.CLIENT, job)
            async with opened as stream:
                for number in range(items):
                    await stream.send_value({"call": call, "number": number})
                    sent += 1
                await stream.close_send()
                answer = await stream.recv(STILL_MS)
            whole = answer.payload == items
            self.end(call, "ok" if whole else {"wrong": f"{answer.payload} items instead of {items}"}, 0, sent)
        except Exception as error:
            self.end(call, failed(error), 0, sent)

    async def work(self) -> None:
        while True:
            await self.running.wait()
            self.in_progress += 1
            kind = self.random.randrange(10)
            if kind < 5:
                await self.unary("soak.add", 1)
            elif kind < 7:
                await self.unary("soak.add_v2", 2)
            elif kind < 9:
                await self.count()
            else:
                await self.sum()
            self.in_progress -= 1
            await asyncio.sleep(self.random.random() * MAX_PAUSE)


def failed(error: Exception) -> object:
    code = type(error).__name__
    if isinstance(error, NoProviderError):
        code = "no_provider"
    elif isinstance(error, ProviderError):
        code = error.code
        if code == "handler_error" and error.detail:
            code = error.detail.split(":")[0].split(";")[0]
    elif "Timeout" in code:
        code = "timeout"
    return {"error": {"code": code, "text": str(error)}}


async def main() -> None:
    key = await NodeKey.generate(os.environ["HECATE_PROFILE"])
    addrs = os.environ["MACULA_STATION_SEEDS"].split(",")
    ids = os.environ["MACULA_STATION_NODE_IDS"].split(",")
    stations = [(*addr.rsplit(":", 1), node_id) for addr, node_id in zip(addrs, ids)]
    seeds = [Seed(host, int(port), node_id) for host, port, node_id in stations]
    trust = {os.environ["HECATE_REALM"]: bytes.fromhex(os.environ["HECATE_REALM_KEY"])}
    pool = await Pool.connect(key, seeds, realm_trust=trust)
    print(f"node {pool.node_id()}", flush=True)
    caller = Caller(pool)
    tasks = [asyncio.create_task(caller.work()) for _ in range(TASKS)]
    lines = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    while line := await lines.readline():
        if line == b"pause\n":
            caller.running.clear()
            while caller.in_progress:
                await asyncio.sleep(0.05)
            print("paused", flush=True)
        elif line == b"resume\n":
            caller.running.set()
            print("resumed", flush=True)
        else:
            print("unknown command", flush=True)
    for task in tasks:
        task.cancel()


asyncio.run(main())
