"""usage: asyncssh_client.py HOST PORT USER PASSWORD FILE TARGET: sends a file, and runs a command that reads it."""
import asyncio
import sys

import asyncssh

host, port, user, password, file, target = sys.argv[1:]


async def main():
    async with asyncssh.connect(host, int(port), username=user, password=password, client_keys=None, known_hosts=None) as client:
        async with client.start_sftp_client() as sftp:
            await sftp.put(file, target)
        print((await client.run(f"cat {target}", check=True)).stdout, end="")


asyncio.run(main())
