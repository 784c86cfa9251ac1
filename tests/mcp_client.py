"""The official client, told what to ask: a JSON array a line on stdin, an answer a line on stdout.

["tools"], ["call", NAME, ARGUMENTS], ["resources"], ["templates"], ["read", URI], ["server"]; the arguments of this program are the server's
command line.
"""

import asyncio
import json
import os
import sys

from mcp import ClientSession, StdioServerParameters
from mcp.client.stdio import stdio_client


async def ask(session, started, what, *rest):
    if what == "server":
        return started
    if what == "tools":
        return await session.list_tools()
    if what == "call":
        return await session.call_tool(rest[0], rest[1])
    if what == "resources":
        return await session.list_resources()
    if what == "templates":
        return await session.list_resource_templates()
    if what == "read":
        return await session.read_resource(rest[0])
    raise ValueError(what)


async def main():
    server = StdioServerParameters(command=sys.argv[1], args=sys.argv[2:], env=dict(os.environ))
    async with stdio_client(server) as (read, write), ClientSession(read, write) as session:
        started = await session.initialize()
        loop = asyncio.get_running_loop()
        while line := await loop.run_in_executor(None, sys.stdin.readline):
            try:
                answer = await ask(session, started, *json.loads(line))
                answer = answer.model_dump(mode="json", by_alias=True, exclude_none=True)
            except Exception as error:
                answer = {"error": str(error)}
            print(json.dumps(answer), flush=True)


asyncio.run(main())
