"""A page of somebody else's site: a few files on an origin of their own."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

TYPES = {"html": "text/html", "mjs": "text/javascript", "js": "text/javascript", "css": "text/css"}


@contextmanager
def serving(files: dict[str, bytes]) -> Iterator[str]:
    """Serve these files by their names; the origin. More may be put in while it runs."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            name = self.path.partition("?")[0].strip("/")
            body = files.get(name)
            self.send_response(204 if body is None else 200)  # of a favicon there is none
            if body is not None:
                self.send_header("Content-Type", TYPES[name.rpartition(".")[2]])
                self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body or b"")

        def log_message(self, *_: object) -> None:
            """Be silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
