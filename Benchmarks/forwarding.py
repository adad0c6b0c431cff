# SPDX-License-Identifier: Apache-2.0
"""What the router costs a request: beside HAProxy and nginx, all in front of the same two backends.

The proxies run with one thread on the first processor and take turns; wrk and the backends have the second. What counts is
requests for each second of the proxy's processor time, which other work on the machine disturbs least.
"""

import http.client
import json
import os
import re
import shutil
import signal
import socket
import statistics
import subprocess
import tempfile
import time
import urllib.parse

from common import PROGRAM, cpu_seconds, row

SIZES = {"1 KB": 1 << 10, "30 KB": 30 << 10}
DOCUMENTS = 64
CONNECTIONS = 32
ROUNDS = int(os.environ.get("RECTO_ROUNDS", "7"))
SECONDS = int(os.environ.get("RECTO_SECONDS", "3"))
PROXY_CORE, LOAD_CORE = "0", "1"
SECRET = "a secret for the benchmark only"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def start(core, arguments, **options):
    return subprocess.Popen(
        ["taskset", "-c", core, *arguments], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, **options)


def until_answers(port, path):
    """Waits until the port serves the path."""
    deadline = time.monotonic() + 10
    while True:
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
            connection.request("GET", path)
            response = connection.getresponse()
            response.read()
            if response.status == 200:
                return
        except OSError:
            pass
        assert time.monotonic() < deadline, f"port {port} does not serve {path}"
        time.sleep(0.05)


def write(folder, name, text):
    path = os.path.join(folder, name)
    with open(path, "w") as file:
        file.write(text)
    return path


def nginx(folder, name, body, core):
    """nginx as one process, without logs of requests."""
    return start(core, ["nginx", "-p", folder, "-e", "/dev/null", "-c", write(folder, name + ".conf", f"""
daemon off; master_process off; pid {folder}/{name}.pid; worker_rlimit_nofile 4096;
events {{ worker_connections 2048; }}
http {{ access_log off; default_type image/png; sendfile on; tcp_nodelay on;
client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
keepalive_requests 1000000000; keepalive_timeout 75s;
{body} }}
""")], stderr=subprocess.DEVNULL)


def tile(size, document):
    return f"/iiif/{size.replace(' ', '')}-{document}/2/full/max/0/default.png"


class Backends:
    """Two nginx on one processor, each of which takes itself for a node of the cluster."""

    def __init__(self, folder):
        self.ports = [free_port(), free_port()]
        for size, length in SIZES.items():
            for document in range(DOCUMENTS):
                path = folder + tile(size, document)
                os.makedirs(os.path.dirname(path))
                with open(path, "wb") as file:
                    file.write(os.urandom(length))
        self.processes = []
        for number, port in enumerate(self.ports):
            state = json.dumps({
                "id": f"node-{number}", "incarnation": 1, "role": "node", "status": "ready",
                "address": f"127.0.0.1:{port}", "clusterAddress": f"127.0.0.1:{port}", "load": 0, "capacity": 64,
                "age": 1000, "openDocuments": 0, "workerBytes": 0, "tileCacheBytes": 0, "hot": [], "rendering": ""})
            self.processes.append(nginx(folder, f"backend-{number}", f"""
server {{ listen 127.0.0.1:{port}; root {folder};
location = /cluster/state {{ default_type application/json; return 200 '{state}'; }} }}""", LOAD_CORE))
        for port in self.ports:
            until_answers(port, tile("1 KB", 0))


class Rival:
    """A proxy that is one process with a port."""

    def __init__(self, name, port, process):
        self.name, self.port, self.process = name, port, process
        until_answers(port, tile("1 KB", 0))

    def stop(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()


def router(backends, folder):
    members = [part for port in backends.ports for part in ("--member", f"127.0.0.1:{port}")]
    log = os.path.join(folder, "router.log")
    process = start(
        PROXY_CORE, [PROGRAM, "router", "--port", "0", "--admin-port", "0", "--cluster-port", "0", "--threads", "1",
                     "--connections-per-client", "20000", "--log", "json", *members],
        env=dict(os.environ, RECTO_CLUSTER_SECRET=SECRET), stderr=open(log, "w"))
    deadline = time.monotonic() + 10
    while '"listening"' not in (text := open(log).read()):
        assert process.poll() is None and time.monotonic() < deadline, text
        time.sleep(0.05)
    line = next(line for line in text.splitlines() if '"listening"' in line)
    return Rival("recto router", urllib.parse.urlsplit(json.loads(line)["url"]).port, process)


def haproxy(backends, folder):
    port = free_port()
    servers = "\n".join(
        f"  server s{number} 127.0.0.1:{server} check inter 250" for number, server in enumerate(backends.ports))
    configuration = write(folder, "haproxy.cfg", f"""
global
  nbthread 1
  maxconn 4000
defaults
  mode http
  timeout connect 1s
  timeout client 75s
  timeout server 30s
  timeout http-request 10s
  timeout http-keep-alive 75s
  retries 3
  option redispatch
  option forwardfor
  option http-keep-alive
  http-reuse safe
frontend door
  bind 127.0.0.1:{port}
  default_backend nodes
backend nodes
  balance uri
  hash-type consistent
  option httpchk GET /cluster/state
{servers}
""")
    return Rival("haproxy", port, start(PROXY_CORE, ["haproxy", "-db", "-q", "-f", configuration]))


def nginx_proxy(backends, folder):
    port = free_port()
    servers = " ".join(f"server 127.0.0.1:{server};" for server in backends.ports)
    return Rival("nginx", port, nginx(folder, "proxy", f"""
upstream nodes {{ hash $uri consistent; {servers} keepalive 64; keepalive_requests 1000000000; }}
server {{ listen 127.0.0.1:{port};
location / {{ proxy_pass http://nodes; proxy_http_version 1.1; proxy_set_header Connection "";
proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for; proxy_buffers 16 8k; }} }}""", PROXY_CORE))


def script(folder, size, pause=None):
    """Asks for one document after the other; with a pause, in milliseconds, after each answer."""
    paths = ", ".join(f'"{tile(size, document)}"' for document in range(DOCUMENTS))
    # Between nothing and twice the mean, so that connections do not fall into step.
    delay = f"function delay() return math.random(0, {2 * pause}) end" if pause else ""
    return write(folder, "load.lua", f"""
local requests, next = {{}}, 0
init = function()
  for _, path in ipairs({{ {paths} }}) do requests[#requests + 1] = wrk.format("GET", path) end
end
request = function() next = next % #requests + 1; return requests[next] end
{delay}
""")


def wrk(port, lua, seconds=SECONDS, connections=CONNECTIONS):
    """Requests, and latency in ms at half and at 99 of a hundred."""
    text = subprocess.run(
        ["taskset", "-c", LOAD_CORE, "wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency", "-s", lua,
         f"http://127.0.0.1:{port}"], check=True, capture_output=True, text=True).stdout
    assert "Non-2xx" not in text and "Socket errors" not in text, text
    units = {"us": 0.001, "ms": 1, "s": 1000}
    latency = {
        int(share): float(value) * units[unit]
        for share, value, unit in re.findall(r"^\s+(50|99)%\s+([\d.]+)(us|ms|s)$", text, re.M)}
    return int(re.search(r"(\d+) requests in", text)[1]), latency[50], latency[99]


def cost(rivals, folder):
    """Requests for each second of processor time, and each rival's share of HAProxy's, taken round by round."""
    rates = {}
    for size in SIZES:
        lua = script(folder, size)
        figures = {rival.name: [] for rival in rivals}
        for round in range(ROUNDS + 1):
            for rival in rivals if round % 2 else reversed(rivals):
                before = cpu_seconds(rival.process.pid)
                requests, _, _ = wrk(rival.port, lua)
                # The first round warms.
                if round:
                    figures[rival.name].append(requests / (cpu_seconds(rival.process.pid) - before) / 1000)
                    rates[rival.name, size] = max(rates.get((rival.name, size), 0), requests / SECONDS)
        for name, values in figures.items():
            ratios = [value / other for value, other in zip(values, figures["haproxy"])]
            row(f"{size}: {name}, thousand requests per CPU-second", values, "k/s",
                f"to haproxy {statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})")
    return rates


def latency(rivals, backends, folder, rates):
    """What is added to asking a backend directly, at half of the router's highest rate."""
    for size in SIZES:
        rate = rates["recto router", size] / 2
        lua = script(folder, size, pause=max(1, round(CONNECTIONS / rate * 1000)))
        figures = {name: ([], []) for name in ["backend", *(rival.name for rival in rivals)]}
        for _ in range(ROUNDS):
            for name, port in [("backend", backends.ports[0]), *((rival.name, rival.port) for rival in rivals)]:
                _, half, most = wrk(port, lua)
                figures[name][0].append(half)
                figures[name][1].append(most)
        for name in figures:
            for index, share in enumerate(["p50", "p99"]):
                values = figures[name][index]
                added = statistics.median(a - b for a, b in zip(values, figures["backend"][index]))
                row(f"{size}: {name}, {share} at about {rate:.0f} requests/s", values, note=f"added {added:.3f} ms")


def forwarding():
    missing = [tool for tool in ("haproxy", "nginx", "wrk", "taskset") if shutil.which(tool) is None]
    if missing:
        print(f"left out: {', '.join(missing)} not there")
        return
    folder = tempfile.mkdtemp()
    # nginx gives up the rights of root.
    os.chmod(folder, 0o755)
    processes = []
    try:
        backends = Backends(folder)
        processes += backends.processes
        rivals = []
        for make in (router, haproxy, nginx_proxy):
            rivals.append(make(backends, folder))
            processes.append(rivals[-1].process)
        latency(rivals, backends, folder, cost(rivals, folder))
    finally:
        for process in processes:
            process.kill()
            process.wait()
        shutil.rmtree(folder)
