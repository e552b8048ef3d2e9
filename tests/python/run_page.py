"""Runs the Python blocks of a documentation page in order, as `python -m asyncio` would.

    run_page.py <page>
"""

import ast
import asyncio
import inspect
import pathlib
import re
import sys


async def main(page: str) -> None:
    text = pathlib.Path(page).read_text(encoding="utf-8")
    names = {"__name__": "page"}
    blocks = 0
    for block in re.finditer(r"^```python\n(.*?)^```$", text, re.MULTILINE | re.DOTALL):
        # Errors have the line of the page.
        source = "\n" * text.count("\n", 0, block.start(1)) + block[1]
        code = compile(source, page, "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
        result = eval(code, names)
        if inspect.isawaitable(result):
            await result
        blocks += 1
    print(f"{blocks} blocks ran")


asyncio.run(main(sys.argv[1]))
