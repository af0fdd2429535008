"""The reference of the benchmarks: the gateway's server with a handler that does nothing.

Answers any request with 200 and a small JSON body. `python -m bench.echo [port]`; load it for instance with
`wrk -t1 -c16 -d5 -s bench/post.lua http://127.0.0.1:4599/`.
"""

import asyncio
import sys
import time

from orrery.gateway.body import BodyReader
from orrery.gateway.exchange import Exchange, StreamBody
from orrery.gateway.server import Server, new_event_loop
from orrery.wire.http import Answer

BODY = b'{"MessageId":"5fea7756-0ea4-451a-a703-a558b933e274","MD5OfMessageBody":"fafb00f5732ab283681e124bf8747ed1"}'
HEADERS = [
    (b"x-amzn-RequestId", b"c6c9b1d3-8f5e-5f0e-9d0a-ef6f1a4b8a11"),
    (b"Content-Type", b"application/x-amz-json-1.0"),
]


class Echo:
    """The least a handler can do."""

    def begin(self, exchange: Exchange) -> int | StreamBody | None:
        """Gather bodies up to 2 MiB."""
        return 2 * 1024 * 1024

    def serve(self, exchange: Exchange, body: bytes) -> None:
        """Answer at once."""
        exchange.answer(Answer(200, HEADERS, BODY))

    def serve_stream(self, exchange: Exchange, body: BodyReader) -> None:
        """Never asked for."""


async def serve(port: int) -> None:
    """Serve until the process ends."""
    server = Server(Echo(), now=lambda: int(time.time() * 1000))
    host, port = await server.listen("127.0.0.1", port)
    print(f"http://{host}:{port}", flush=True)
    await asyncio.get_running_loop().create_future()


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        runner.run(serve(int(sys.argv[1]) if len(sys.argv) > 1 else 4599))
