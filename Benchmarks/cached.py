# SPDX-License-Identifier: Apache-2.0
"""A node that serves a tile out of its memory, beside nginx that serves the same bytes as a static file."""

import json
import os
import re
import shutil
import statistics
import subprocess
import tempfile
import time

from common import BOOK, Node, cpu_seconds, row

CONNECTIONS = 32
SECONDS = 3
ROUNDS = 7

NGINX = """
daemon off;
worker_processes 1;
pid {folder}/pid-{port};
error_log {folder}/error.log;
events {{ worker_connections 1024; }}
http {{
    access_log off;
    sendfile {sendfile};
    tcp_nopush on;
    tcp_nodelay on;
    keepalive_requests 1000000000;
    open_file_cache max=100;
    types {{ image/png png; image/jpeg jpg; }}
    client_body_temp_path {folder}; proxy_temp_path {folder}; fastcgi_temp_path {folder};
    uwsgi_temp_path {folder}; scgi_temp_path {folder};
    server {{ listen 127.0.0.1:{port}; root {folder}; }}
}}
"""


def program(name, *places):
    return shutil.which(name, path=os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", *places]))


class Nginx:
    """One worker of nginx with the files of a folder. With `sendfile` the kernel does not copy them to the connection."""

    def __init__(self, folder, port, core, sendfile):
        configuration = os.path.join(folder, f"nginx-{sendfile}.conf")
        with open(configuration, "w") as file:
            file.write(NGINX.format(folder=folder, port=port, sendfile=sendfile))
        os.chmod(folder, 0o755)
        self.host = f"127.0.0.1:{port}"
        self.process = subprocess.Popen(
            ["taskset", "-c", str(core), os.environ.get("NGINX") or program("nginx"), "-p", folder, "-c", configuration],
            stderr=subprocess.DEVNULL)
        self.worker = None
        while self.worker is None:
            assert self.process.poll() is None, "nginx did not start"
            with open(f"/proc/{self.process.pid}/task/{self.process.pid}/children") as file:
                children = file.read().split()
            self.worker = int(children[0]) if children else time.sleep(0.05)
        time.sleep(0.2)

    def stop(self):
        self.process.terminate()
        self.process.wait()


def load(url, process, core):
    """Requests for each second of processor time that the process took."""
    before = cpu_seconds(process)
    output = subprocess.run(
        ["taskset", "-c", str(core), "wrk", "-t1", f"-c{CONNECTIONS}", f"-d{SECONDS}s", url],
        check=True, capture_output=True, text=True).stdout
    took = cpu_seconds(process) - before
    assert "Non-2xx" not in output and "Socket errors" not in output, output
    return int(re.search(r"(\d+) requests in", output)[1]) / took


def tile(node, version, wanted):
    """The path and bytes of a tile of about so many bytes, out of some of a page of text."""
    best = None
    for width in range(20, 1200, 15):
        path = f"/iiif/book.pdf@{version}/9/full/{width},/0/default.png"
        _, body = node.get(path)
        if best is None or abs(len(body) - wanted) < abs(len(best[1]) - wanted):
            best = (path, body)
        if len(body) > wanted:
            return best
    return best


def cached():
    nginx_path = os.environ.get("NGINX") or program("nginx")
    if not nginx_path or not program("wrk"):
        print("left out: nginx or wrk is not there (apt-get install --no-install-recommends nginx-light wrk)")
        return
    # The last two processors: one for the servers, one for the load.
    cores = sorted(os.sched_getaffinity(0))[-2:]
    folder, files = tempfile.mkdtemp(), tempfile.mkdtemp()
    shutil.copy(BOOK, os.path.join(folder, "book.pdf"))
    node = Node(folder, cache=64)
    _, structure = node.get("/documents/book.pdf/structure")
    version = json.loads(structure.splitlines()[0])["version"]
    tiles = {name: tile(node, version, size) for name, size in (("1 KB", 1024), ("30 KB", 30 << 10))}
    for name, (_, body) in tiles.items():
        with open(os.path.join(files, name.replace(" ", "") + ".png"), "wb") as file:
            file.write(body)
    subprocess.run(["taskset", "-a", "-c", "-p", str(cores[0]), str(node.process.pid)], check=True, capture_output=True)
    nginx, copying = Nginx(files, 18_993, cores[0], "on"), Nginx(files, 18_994, cores[0], "off")
    for name, (path, body) in tiles.items():
        file = f"{name.replace(' ', '')}.png"
        rival, copier, ours = [], [], []
        for _ in range(ROUNDS):
            rival.append(load(f"http://{nginx.host}/{file}", nginx.worker, cores[1]) / 1000)
            copier.append(load(f"http://{copying.host}/{file}", copying.worker, cores[1]) / 1000)
            ours.append(load(f"http://{node.host}{path}", node.process.pid, cores[1]) / 1000)
        row(f"nginx, {len(body)} bytes, per second of its processor", rival, "k/s")
        row("nginx without sendfile", copier, "k/s")
        row("node, out of its memory", ours, "k/s")
        for text, theirs in (("ratio", rival), ("ratio without sendfile", copier)):
            ratios = [mine / his for mine, his in zip(ours, theirs)]
            print(f"{text:<58} {statistics.median(ratios):8.2f} {min(ratios):8.2f} {max(ratios):8.2f}")
    for server in (nginx, copying, node):
        server.stop()
    shutil.rmtree(folder)
    shutil.rmtree(files)
