"""The clerk's pages and the officers' interface (ASGI)."""
