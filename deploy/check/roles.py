# SPDX-License-Identifier: Apache-2.0
"""What every role must keep to: security, probes, ports, grace periods, and names that the programs know."""
import pathlib
import re

from references import pod, workloads

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
SERVICE_NAME = re.compile(r"^(?:srv:_cluster\._tcp\.|dns:)?([a-z-]+)(?::(\d+))?$")
PROBES = {"startupProbe": "/healthz", "livenessProbe": "/healthz", "readinessProbe": "/readyz"}


def problems_of_roles(resources):
    settings = {}
    for resource in resources:
        if resource.kind == "ConfigMap":
            settings.update(resource.body["data"])
    yield from _variables(settings)
    for resource in workloads(resources):
        for problem in _role(resource, resources, settings):
            yield f"{resource}: {problem}"


def _role(resource, resources, settings):
    spec = pod(resource)["spec"]
    container = spec["containers"][0]
    environment = {**settings, **{one["name"]: one.get("value", "") for one in container.get("env", [])}}
    yield from _variables(environment)
    yield from _security(spec, container)
    yield from _probes(container)
    yield from _discovery(container, environment, resources)
    yield from _grace(spec, container, environment)
    ports = {port["name"]: str(port["containerPort"]) for port in container["ports"]}
    annotations = pod(resource)["metadata"]["annotations"]
    if annotations.get("prometheus.io/port") != ports["http"]:
        yield "what is scraped is not the public port"
    mounts = [mount["mountPath"] for mount in container["volumeMounts"]]
    folders = [environment["RECTO_CLUSTER_SECRET_FILE"]]
    if container["args"][0] != "router":
        folders += [environment["RECTO_ARCHIVE"], environment["XDG_CACHE_HOME"] + "/recto"]
    for folder in folders:
        if not any(folder == mount or folder.startswith(mount + "/") for mount in mounts):
            yield f"nothing is mounted at {folder}"


def _variables(environment):
    documented = (REPOSITORY / "docs/configuration.md").read_text()
    for name in environment:
        if name.startswith("RECTO_") and f"`{name}`" not in documented:
            yield f"docs/configuration.md does not know {name}"


def _security(spec, container):
    user = re.search(r"^USER (\d+):(\d+)$", (REPOSITORY / "deploy/Dockerfile").read_text(), re.MULTILINE)
    wanted = {
        "runAsNonRoot": True, "runAsUser": int(user[1]), "runAsGroup": int(user[2]),
        "seccompProfile": {"type": "RuntimeDefault"},
    }
    for name, value in wanted.items():
        if spec["securityContext"].get(name) != value:
            yield f"securityContext.{name} is not {value}"
    wanted = {
        "allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "capabilities": {"drop": ["ALL"]},
    }
    for name, value in wanted.items():
        if container["securityContext"].get(name) != value:
            yield f"the container's securityContext.{name} is not {value}"
    if spec.get("automountServiceAccountToken") is not False:
        yield "it is given a token of the cluster's API"
    for what in ("cpu", "memory"):
        if what not in container["resources"]["requests"]:
            yield f"it requests no {what}"


def _probes(container):
    for name, path in PROBES.items():
        probe = container.get(name, {}).get("httpGet", {})
        if probe.get("path") != path or probe.get("port") != "http":
            yield f"its {name} is not {path} on its public port"


def _discovery(container, environment, resources):
    """Each Service in which members look for others must be headless and name the port."""
    headless = {
        one.name: {port["name"]: str(port["port"]) for port in one.body["spec"]["ports"]}
        for one in resources
        if one.kind == "Service" and one.body["spec"].get("clusterIP") == "None"
        and one.body["spec"].get("publishNotReadyAddresses")
    }
    places = [one.removeprefix("--discover=") for one in container["args"] if one.startswith("--discover=")]
    if container["args"][0] != "router":
        places.append(environment["RECTO_JOIN"])
    if not places:
        yield "it looks for nobody"
    for place in places:
        match = SERVICE_NAME.match(place)
        if not match or "cluster" not in headless.get(match[1], {}):
            yield f"there is no headless Service with the port cluster for {place}"
        elif match[2] and match[2] != headless[match[1]]["cluster"]:
            yield f"{place} is another port than that of the Service"


def _grace(spec, container, environment):
    """The time until the kernel kills must hold preStop and what the role takes by itself."""
    hook = container["lifecycle"]["preStop"]
    needed = hook.get("sleep", {}).get("seconds", 0) + float(environment.get("RECTO_DRAIN_DEADLINE", 10))
    if "exec" in hook and hook["exec"]["command"] != ["recto", "drain"]:
        yield "its preStop does not drain it"
    if spec["terminationGracePeriodSeconds"] < needed + 5:
        yield f"its grace period is too short for the {needed:g} s that it may take"
