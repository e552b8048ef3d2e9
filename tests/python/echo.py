"""Joins the mesh of mesh.json, calls procedures that return their text, and serves one.

    echo.py <mesh.json> <org> <procedure>...

Serves `<org>/echo.say` from the line `serving` on until it is killed.
"""

import asyncio
import json
import sys

from macula_py import NodeKey, Pool, Seed


async def main(path: str, org: str, procedures: list[str]) -> None:
    with open(path, encoding="utf-8") as file:
        mesh = json.load(file)
    station, realm = mesh["station"], mesh["realm"]
    key = await NodeKey.generate(mesh["profile"])
    seed = Seed(station["host"], station["port"], station["node_id"])
    trust = {realm["id"]: bytes.fromhex(realm["key"])}
    async with await Pool.connect(key, [seed], realm_trust=trust) as pool:

        async def call(procedure: str, payload: object) -> object:
            return await pool.call(realm["id"], procedure, payload, timeout_ms=20_000)

        for procedure in procedures:
            answer = await call(procedure, "from Python")
            assert answer == "from Python", answer

        claim = f"{realm['name']}/_realm/_realm/identity/request_provider_authorization_v1"
        await call(claim, {"org": org, "service_name": org, "box": ""})
        async with await pool.serve(realm["id"], f"{org}/echo.say", lambda request: request.payload):
            print("serving", flush=True)
            await asyncio.Event().wait()


asyncio.run(main(sys.argv[1], sys.argv[2], sys.argv[3:]))
