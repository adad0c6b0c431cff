# SPDX-License-Identifier: Apache-2.0
"""What many connections cost the router, and what slow ones cost others."""

import os
import resource
import shutil
import socket
import subprocess
import tempfile
import time

from common import row
from forwarding import LOAD_CORE, Backends, router, script, tile, wrk

IDLE = 10_000
SLOW = 1000
# By the names of slowhttptest: heads that do not end, bodies that do not come, answers that are not read.
ATTACKS = {
    "heads": ["-H", "-i", "5"],
    "bodies": ["-B", "-i", "5", "-s", "8192"],
    "readers": ["-X", "-w", "10", "-y", "20", "-n", "5", "-z", "32"],
}
SECONDS = 8


def resident_megabytes(process):
    with open(f"/proc/{process}/status") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("VmRSS")) / 1024


def idle(proxy):
    """Connections that have each been used once and are kept."""
    before = resident_megabytes(proxy.process.pid)
    request = f"GET {tile('1 KB', 0)} HTTP/1.1\r\nHost: h\r\n\r\n".encode()
    open_ones = []
    for _ in range(IDLE):
        connection = socket.create_connection(("127.0.0.1", proxy.port))
        connection.sendall(request)
        assert connection.recv(65536).startswith(b"HTTP/1.1 200")
        open_ones.append(connection)
    # Buffers are given back after a second without a request.
    time.sleep(3)
    after = resident_megabytes(proxy.process.pid)
    row("resident memory before", [before], "MB")
    row(f"with {IDLE} connections that have served a request", [after], "MB",
        f"{(after - before) * 1024 / IDLE:.1f} KB each")
    for connection in open_ones:
        connection.close()


def attacks(proxy, folder):
    lua = script(folder, "30 KB", pause=5)
    for name, options in {"nobody": None, **ATTACKS}.items():
        attack = options and subprocess.Popen(
            ["taskset", "-c", LOAD_CORE, "slowhttptest", "-c", str(SLOW), "-r", "500", "-l", str(SECONDS + 4), *options,
             "-u", f"http://127.0.0.1:{proxy.port}{tile('30 KB', 0)}"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        # Until the slow ones are there.
        time.sleep(3 if attack else 0)
        requests, half, most = wrk(proxy.port, lua, seconds=SECONDS, connections=8)
        note = f"{requests / SECONDS:.0f} requests/s, p50 {half:.2f}, {resident_megabytes(proxy.process.pid):.0f} MB"
        row(f"p99 of eight readers beside slow {name}" if attack else "p99 of eight readers alone", [most], note=note)
        if attack:
            attack.kill()
            attack.wait()


def connections():
    missing = [tool for tool in ("nginx", "wrk", "taskset", "slowhttptest") if shutil.which(tool) is None]
    if missing:
        print(f"left out: {', '.join(missing)} not there")
        return
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    folder = tempfile.mkdtemp()
    os.chmod(folder, 0o755)
    processes = []
    try:
        backends = Backends(folder)
        processes += backends.processes
        proxy = router(backends, folder)
        processes.append(proxy.process)
        idle(proxy)
        attacks(proxy, folder)
    finally:
        for process in processes:
            process.kill()
            process.wait()
        shutil.rmtree(folder)
