"""Lists and calls the tools of an MCP server, with the official client."""

import asyncio
import json
import os
import re
import sys

from mcp import Client, MCPError, StdioServerParameters
from mcp.client.stdio import stdio_client
from mcp.client.streamable_http import create_mcp_http_client, streamable_http_client

TEXT = "hecate-trial_trial_text"


async def check(client, is_large_list):
    listed = await client.list_tools()
    tools = {tool.name: tool for tool in listed.tools}
    for name, tool in tools.items():
        assert re.fullmatch("[A-Za-z0-9_-]{1,64}", name), name
        assert tool.input_schema["type"] == "object", tool
        assert not {"anyOf", "oneOf", "allOf"} & set(tool.input_schema), tool
        assert len(tool.description) <= 1024, tool
    if is_large_list:
        assert sorted(tools) == ["call_capability", "find_capabilities"], tools
        found = await client.call_tool("find_capabilities", {"query": "returns the given document"})
        first = json.loads(found.content[0].text)[0]
        assert first["name"] == "hecate-trial_trial_document", first
        assert first["input_schema"]["properties"]["public"]["type"] == "boolean", first

        async def call(name, arguments, **options):
            return await client.call_tool(
                "call_capability", {"name": name, "arguments": arguments}, **options
            )
    else:
        assert tools[TEXT].output_schema["type"] == "object", tools[TEXT]
        assert tools["hecate-trial_trial_document"].annotations.idempotent_hint
        call = client.call_tool

    document = {"title": "Tides", "public": True, "pages": 3, "tags": ["sea"]}
    answer = await call("hecate-trial_trial_document", document)
    assert not answer.is_error, answer
    assert answer.structured_content == {"result": document | {"note": None}}, answer
    assert json.loads(answer.content[0].text) == document | {"note": None}, answer

    # A request that is no object is an argument of its own.
    answer = await call(TEXT, {"request": "grüße"})
    assert answer.structured_content == {"result": "grüße"}, answer

    answer = await call("hecate-trial_trial_refuse", {"request": "no_such_thing"})
    assert answer.is_error, answer
    assert answer.content[0].text.startswith("no_such_thing: refused as requested."), answer
    assert "after 1.5s" in answer.content[0].text, answer
    answer = await call(TEXT, {"request": 7})
    assert answer.is_error and answer.content[0].text.startswith("invalid_request"), answer

    seen = []

    async def progress(done, total, message):
        seen.append(done)

    count = {"key": "mcp", "to": 5, "padding": 0}
    answer = await call("hecate-trial_trial_count_to", count, progress_callback=progress)
    items = answer.structured_content["result"]
    assert [item["number"] for item in items] == [0, 1, 2, 3, 4], answer
    assert seen == [1, 2, 3, 4, 5], seen
    answer = await call("hecate-trial_trial_count_to", count | {"to": 1_000_000})
    assert answer.structured_content == {"result": answer.structured_content["result"], "truncated": True}
    assert len(answer.structured_content["result"]) == 1_000

    words = await call("hecate-trial_trial_shout", {"request": "mcp", "items": ["tide", "sea"]})
    assert words.structured_content == {"result": ["TIDE", "SEA"]}, words

    large = await call("hecate-trial_trial_count_to", count | {"to": 10, "padding": 20_000})
    uri = large.structured_content["resource"]
    assert len(large.content[0].text) < 5_000, len(large.content[0].text)
    kept = await client.read_resource(uri)
    items = json.loads(kept.contents[0].text)
    assert [len(item["padding"]) for item in items] == [20_000] * 10

    denied = [] if is_large_list else ["hecate-trial_trial_panic"]
    for name in ("nothing", "hecate-trial_set_limits", *denied):
        try:
            await call(name, {})
            raise AssertionError(f"{name} was called")
        except MCPError as error:
            assert error.error.code == -32602, error

    # A request that is cancelled drops the call.
    try:
        await call("hecate-trial_trial_watch", {"request": "cancelled"}, read_timeout_seconds=1)
        raise AssertionError("the stream ended")
    except MCPError:
        pass
    for _ in range(200):
        progress_of = await call("hecate-trial_trial_streamed", {"request": "cancelled"})
        if progress_of.structured_content["result"]["open"] == 0:
            break
        await asyncio.sleep(0.1)
    else:
        raise AssertionError(progress_of)


async def main():
    kind, *rest = sys.argv[1:]
    if kind == "stdio":
        program, *args = rest
        server = stdio_client(StdioServerParameters(command=program, args=args, env=dict(os.environ)))
    else:
        url, token = rest
        headers = {"Authorization": f"Bearer {token}"}
        server = streamable_http_client(url, http_client=create_mcp_http_client(headers=headers))
    async with Client(server) as client:
        await check(client, is_large_list=kind == "http")
    print("all answered")


asyncio.run(main())
