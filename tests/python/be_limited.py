"""Joins the mesh of mesh.json, and exceeds the limits of hecate-trial.

The codes are those of hecate-om (Erlang), whose callers match on them.
"""

import asyncio
import json
import sys

from macula_py import NodeKey, Pool, ProviderError, Seed


async def main(path: str) -> None:
    with open(path, encoding="utf-8") as file:
        mesh = json.load(file)
    station, realm = mesh["station"], mesh["realm"]
    key = await NodeKey.generate(mesh["profile"])
    seed = Seed(station["host"], station["port"], station["node_id"])
    trust = {realm["id"]: bytes.fromhex(realm["key"])}
    async with await Pool.connect(key, [seed], realm_trust=trust) as pool:

        async def denied(payload: object) -> ProviderError:
            try:
                await pool.call(realm["id"], "hecate-trial/trial.text", payload, timeout_ms=20_000)
            except ProviderError as error:
                return error
            raise AssertionError("the call succeeded")

        error = await denied("x" * 1000)
        assert (error.code, error.detail) == ("handler_error", "payload_too_large"), error
        for text in ["one", "two"]:
            answer = await pool.call(realm["id"], "hecate-trial/trial.text", text, timeout_ms=20_000)
            assert answer == text, answer
        error = await denied("three")
        assert (error.code, error.detail) == ("handler_error", "rate_limited"), error
        limits = await pool.call(
            realm["id"], "hecate-trial/get_limits", {"procedure": b"hecate-trial/trial.text"}, timeout_ms=20_000
        )
        assert limits["denied_rate"] == 1 and limits["denied_size"] == 1, limits
        assert limits["limits"]["per_caller_max"] == 2, limits
    print("denied as expected")


asyncio.run(main(sys.argv[1]))
