"""How pages leave the house."""

import socket

from portal.serving import listening


def test_connections_send_at_once() -> None:
    """Without it a page's body waits for the acknowledgement of its headers, which may take 40 ms."""
    with listening("127.0.0.1", 0) as listener, socket.create_connection(listener.getsockname()[:2]):
        connection, _ = listener.accept()
        with connection:
            assert connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
