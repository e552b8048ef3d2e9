"""Joins the mesh of mesh.json, and calls hecate-echo and hecate-rag.

Text is sent and received as text. A service also accepts bytes for a text, as Erlang sends them.
"""

import asyncio
import json
import sys

from macula_py import NodeKey, NoProviderError, Pool, ProviderError, Seed


async def main(path: str) -> None:
    with open(path, encoding="utf-8") as file:
        mesh = json.load(file)
    station, realm = mesh["station"], mesh["realm"]
    key = await NodeKey.generate(mesh["profile"])
    seed = Seed(station["host"], station["port"], station["node_id"])
    trust = {realm["id"]: bytes.fromhex(realm["key"])}
    async with await Pool.connect(key, [seed], realm_trust=trust) as pool:

        async def call(procedure: str, payload: object) -> object:
            return await pool.call(realm["id"], procedure, payload, timeout_ms=20_000)

        for text in ["hello", "grüße, 世界", ""]:
            answer = await call("hecate-echo/echo.say", text)
            assert answer == text and isinstance(answer, str), answer
        answer = await call("hecate-echo/echo.say", "as bytes".encode())
        assert answer == "as bytes", answer

        found = await call("hecate-rag/rag.search_chunks", {"query": "drain", "limit": 3})
        chunks = found["chunks"]
        assert 0 < len(chunks) <= 3, found
        assert all(isinstance(chunk["excerpt"], str) for chunk in chunks), found
        assert any("drain" in chunk["excerpt"].lower() for chunk in chunks), found

        info = await call("hecate-echo/info", {})
        assert info["name"] == "hecate-echo" and info["status"] == "ok", info

        try:
            await call("hecate-echo/echo.say", b"\xff\xfe")
            raise AssertionError("bytes that are no text were taken")
        except ProviderError as error:
            assert "not UTF-8" in str(error), error
        try:
            await call("hecate-echo/echo.nothing", "x")
            raise AssertionError("a procedure without a provider was answered")
        except NoProviderError:
            pass
    print("all answered")


asyncio.run(main(sys.argv[1]))
