"""The least a receipt can cost: a Starlette handler that reads a form and commits one row.

``python -m benchmarks.bare DATABASE PORT`` runs until its input ends.
"""

import asyncio
import sys
import threading

from sqlalchemy import text
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import RedirectResponse
from starlette.routing import Route

from portal.serving import listening, page_server, serving
from record.database.engine import Database


def app(db: Database) -> Starlette:
    """One route, one form, one row."""

    def commit(content: str) -> None:
        with db.write() as session:
            session.connection().execute(text("INSERT INTO bare (content) VALUES (:content)"), {"content": content})

    async def take(request: Request) -> RedirectResponse:
        form = await request.form()
        await asyncio.to_thread(commit, str(dict(form)))
        return RedirectResponse("/done", status_code=303)

    return Starlette(routes=[Route("/bare", take, methods=["POST"])])


async def serve(url: str, port: int) -> None:
    """Serves as the portal does."""
    db = Database(url)
    with db.schema() as connection:
        connection.execute(text("CREATE TABLE bare (content TEXT)"))
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    threading.Thread(
        target=lambda: (sys.stdin.read(), loop.call_soon_threadsafe(ended.set)),
        daemon=True,
    ).start()
    async with serving(page_server(app(db)), listening("127.0.0.1", port)):
        print("ready", flush=True)
        await ended.wait()
    db.close()


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1], int(sys.argv[2])))
