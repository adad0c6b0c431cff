# SPDX-License-Identifier: Apache-2.0
"""What the measurements share: the built programs as processes, the corpus, and rows of a table."""

import ctypes
import http.client
import json
import os
import signal
import statistics
import subprocess
import time
import urllib.parse

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
PROGRAM = os.path.join(ROOT, ".build", "release", "recto")
BOOK = os.path.join(ROOT, "Samples", "books", "octave-manual.pdf")
# Documents that are not part of the repository; what needs them is left out, with a line saying so, where they are absent.
CORPUS = os.environ.get("RECTO_CORPUS", os.path.join(os.path.dirname(ROOT), "shared", "corpus"))
CACHE = os.path.join(ROOT, ".build", "benchmarks")


class Cluster:
    """A `recto serve` of the optimised program."""

    def __init__(self, folder, *options):
        self.process = subprocess.Popen(
            [PROGRAM, "serve", "--archive", folder, "--port", "0", "--admin-port", "0", "--json", *options],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL)
        addresses = json.loads(self.process.stdout.readline())
        self.host = urllib.parse.urlsplit(addresses["url"]).netloc
        self.admin = urllib.parse.urlsplit(addresses["admin"]).netloc
        self.connection = http.client.HTTPConnection(self.host)

    def get(self, path):
        """Status, headers, body and milliseconds, over a connection that is kept."""
        start = time.perf_counter()
        self.connection.request("GET", path)
        response = self.connection.getresponse()
        body = response.read()
        return response.status, response.headers, body, (time.perf_counter() - start) * 1000

    def members(self):
        connection = http.client.HTTPConnection(self.admin)
        connection.request("GET", "/admin/nodes")
        return json.loads(connection.getresponse().read())["members"]

    def purge(self, document):
        connection = http.client.HTTPConnection(self.admin)
        connection.request("POST", "/admin/purge", json.dumps({"document": document}))
        connection.getresponse().read()

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(10)


class Node:
    """One `recto node` of the optimised program, asked directly, without a tile cache unless told otherwise."""

    secret = "a secret for the benchmark only"

    def __init__(self, folder, *options, workers=1, cache=0):
        environment = dict(os.environ, RECTO_CLUSTER_SECRET=self.secret)
        self.process = subprocess.Popen(
            [PROGRAM, "node", "--archive", folder, "--port", "0", "--cluster-port", "0", "--join", "127.0.0.1:1",
             "--id", "node-1", "--log", "json", "--workers", str(workers), "--tile-cache", str(cache), *options],
            env=environment, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL)
        while b'"listening"' not in (line := self.process.stderr.readline()):
            assert line, "the node did not start"
        self.host = urllib.parse.urlsplit(json.loads(line)["url"]).netloc
        self.cluster = json.loads(line)["cluster"]
        self.connection = http.client.HTTPConnection(self.host)

    def get(self, path):
        """Headers and body of an answer that must be a good one, over a connection that is kept."""
        self.connection.request("GET", path)
        response = self.connection.getresponse()
        body = response.read()
        assert response.status == 200, (path, response.status, body[:500])
        return response.headers, body

    def timed(self, path):
        """Milliseconds in the worker (drawing, encoding) and bytes of a tile that is not cached."""
        headers, body = self.get(path)
        timing = server_timing(headers)
        return timing["render"], timing["encode"], len(body)

    def metrics(self):
        """Values by name with labels."""
        _, body = self.get("/metrics")
        lines = [line for line in body.decode().splitlines() if line and not line.startswith("#")]
        return {line.rsplit(" ", 1)[0]: float(line.rsplit(" ", 1)[1]) for line in lines}

    def workers(self, kind="pdf"):
        """Process ids of the workers of that kind, those in reserve too."""
        with open(f"/proc/{self.process.pid}/task/{self.process.pid}/children") as file:
            children = set(file.read().split())
        # Children belong to the thread that started them.
        for thread in os.listdir(f"/proc/{self.process.pid}/task"):
            with open(f"/proc/{self.process.pid}/task/{thread}/children") as file:
                children |= set(file.read().split())
        return [int(child) for child in children if os.readlink(f"/proc/{child}/exe").endswith(f"recto-worker-{kind}")]

    def stop(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self.process.stderr.close()


def server_timing(headers):
    parts = (part.split(";dur=") for part in headers["Server-Timing"].split(", ") if ";dur=" in part)
    return {name: float(value) for name, value in parts}


def cpu_seconds(process):
    """Processor time of a process that is alive, all its threads, to the nanosecond."""
    total = 0
    for thread in os.listdir(f"/proc/{process}/task"):
        with open(f"/proc/{process}/task/{thread}/schedstat") as file:
            total += int(file.read().split()[0])
    return total / 1e9


def private_bytes(process):
    """Bytes of memory that belong to this process alone."""
    with open(f"/proc/{process}/smaps_rollup") as file:
        return sum(int(line.split()[1]) << 10 for line in file if line.startswith("Private_"))


def png_rival():
    """The encoder of `rival-png.c`, compiled when first needed: a function from a pixel buffer to a length."""
    os.makedirs(CACHE, exist_ok=True)
    library = os.path.join(CACHE, "rival-png.so")
    source = os.path.join(ROOT, "Benchmarks", "rival-png.c")
    if not os.path.exists(library) or os.path.getmtime(library) < os.path.getmtime(source):
        subprocess.run(["cc", "-O3", "-shared", "-fPIC", "-o", library, source, "-ldeflate"], check=True)
    encode = ctypes.CDLL(library).rival_png
    encode.restype = ctypes.c_size_t
    encode.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_size_t, ctypes.c_void_p, ctypes.c_size_t]
    return encode


def corpus(*names):
    """The paths of documents of the corpus; nothing, and a line that says so, where one is absent."""
    paths = [os.path.join(CORPUS, name) for name in names]
    for path in paths:
        if not os.path.exists(path):
            print(f"left out: {os.path.basename(path)} is not there (RECTO_CORPUS names the folder of the corpus)")
            return None
    return paths


def load():
    return f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors"


def row(name, values, unit="ms", note=""):
    print(f"{name:<58} {statistics.median(values):8.2f} {min(values):8.2f} {max(values):8.2f}  {unit:<3} {note}")
    return statistics.median(values)
