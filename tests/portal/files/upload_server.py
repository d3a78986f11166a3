"""A portal in a process of its own, whose memory is measured: prints its port and a link, serves until it is ended."""

import asyncio
import socket
import sys
from pathlib import Path
from typing import cast

import uvicorn
from starlette.applications import Starlette

from portal.clerk.incoming import Turns
from record.database.engine import Database
from record.database.install import install
from tests.fixtures.databases import RECIPIENTS, START
from tests.portal.play import Play


def main() -> None:
    """Serves on a free port of the loopback interface; a second argument bounds the uploads that are read at once."""
    folder = Path(sys.argv[1])
    database = Database(f"sqlite:///{folder / 'wir.db'}")
    install(database, "embedded", recipients=RECIPIENTS, now=START)
    play = Play(database, folder)
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen()
    print(listener.getsockname()[1], play.invite(), flush=True)
    if len(sys.argv) > 2:
        cast(Starlette, play.client.app).state.turns = Turns(int(sys.argv[2]))
    config = uvicorn.Config(play.client.app, log_level="warning", access_log=False, lifespan="off")
    asyncio.run(uvicorn.Server(config).serve(sockets=[listener]))


if __name__ == "__main__":
    main()
