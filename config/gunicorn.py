"""How the web server runs, the same under `make run`, in containers and in tests; -b and -w come from outside.

Threads, not an event loop: 140 of them served 100 live streams and the pages beside, four times what ASGI did.
"""

wsgi_app = "config.wsgi"
worker_class = "gthread"
threads = 140
graceful_timeout = 2  # live streams never end by themselves
keepalive = 5
loglevel = "warning"
control_socket_disable = True
