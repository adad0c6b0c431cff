# SPDX-License-Identifier: Apache-2.0
"""A running cluster of the built program, and what one asks of it."""

import json
import subprocess
import time
from dataclasses import dataclass
from urllib.parse import quote

import urllib3

PASSWORDS = {"fixtures/locked.pdf": "recto"}


@dataclass
class Answer:
    status: int
    body: bytes
    etag: str | None

    @property
    def problem(self):
        """The last part of a problem's type, or the status where there is none."""
        try:
            return json.loads(self.body)["type"].rsplit(":", 1)[-1]
        except (ValueError, KeyError, TypeError):
            return str(self.status)


class Client:
    """Asks one address. Usable by one process."""

    def __init__(self, url):
        self.url = url
        self.pool = urllib3.PoolManager(maxsize=8, retries=urllib3.Retry(
            total=2, respect_retry_after_header=False))

    def get(self, path, document=""):
        headers = {}
        if document in PASSWORDS:
            headers["Recto-Password"] = PASSWORDS[document]
        # The path goes out as it is: urllib3 leaves what is escaped alone.
        for _ in range(6):
            response = self.pool.request("GET", self.url + path, headers=headers, timeout=60)
            if response.status != 503:
                break
            # Overload is an answer with the time to wait.
            time.sleep(float(response.headers.get("Retry-After", "1")))
        return Answer(response.status, response.data, response.headers.get("ETag"))


def segment(document):
    return quote(document, safe="")


def image_path(document, page, request):
    return f"/iiif/{segment(document)}/{page}/{request}"


class Cluster:
    """`recto serve` on a folder, with two nodes."""

    def __init__(self, program, folder, log):
        self.log = open(log, "ab")
        self.process = subprocess.Popen(
            [program, "serve", "--archive", folder, "--port", "0", "--admin-port", "0", "--nodes", "2", "--json",
             "--log", "json", "--log-level", "warning", "--deadline", "60"],
            stdout=subprocess.PIPE, stderr=self.log, stdin=subprocess.DEVNULL)
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit(f"fidelity: {program} did not start; see {log}")
        addresses = json.loads(line)
        self.url, self.admin = addresses["url"], addresses["admin"]

    def members(self):
        """The address of each member that answers documents, by id."""
        members = json.loads(Client(self.admin).get("/admin/nodes").body)["members"]
        return {m["id"]: f"http://{m['address']}" for m in members if m["role"] in ("node", "portal")}

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.log.close()
