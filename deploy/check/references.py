# SPDX-License-Identifier: Apache-2.0
"""Whether manifests name one another as they should."""

# What the base names and an overlay must bring.
FROM_OVERLAY = {("Secret", "recto-cluster"), ("PersistentVolumeClaim", "recto-archive")}
WORKLOADS = {"Deployment", "StatefulSet"}


def workloads(resources):
    return [resource for resource in resources if resource.kind in WORKLOADS]


def pod(resource):
    return resource.body["spec"]["template"]


def matches(selector, labels):
    """Whether a label selector, old or new style, chooses a pod with these labels."""
    plain = selector if "matchLabels" not in selector and "matchExpressions" not in selector else None
    wanted = plain if plain is not None else selector.get("matchLabels", {})
    if any(labels.get(name) != value for name, value in wanted.items()):
        return False
    expressions = [] if plain is not None else selector.get("matchExpressions", [])
    return all(one["operator"] == "In" and labels.get(one["key"]) in one["values"] for one in expressions)


def chosen(resources, selector):
    return [one for one in workloads(resources) if matches(selector, pod(one)["metadata"]["labels"])]


def port_names(resource):
    return {port["name"] for container in pod(resource)["spec"]["containers"] for port in container["ports"]}


def problems_of_references(resources, is_whole):
    known = {(resource.kind, resource.name) for resource in resources}
    if len(known) != len(resources):
        yield "two resources have the same kind and name"
    if not is_whole:
        known |= FROM_OVERLAY
    for resource in resources:
        for check in (_services, _budgets, _policies, _scalers, _ingresses):
            for problem in check(resource, resources):
                yield f"{resource}: {problem}"
    for resource in workloads(resources):
        for problem in _workload(resource, resources, known):
            yield f"{resource}: {problem}"


def _services(resource, resources):
    if resource.kind != "Service":
        return
    targets = chosen(resources, resource.body["spec"]["selector"])
    if not targets:
        yield "its selector chooses no pods"
    for target in targets:
        for port in resource.body["spec"]["ports"]:
            if port["targetPort"] not in port_names(target):
                yield f"{target.name} has no port {port['targetPort']}"


def _budgets(resource, resources):
    if resource.kind == "PodDisruptionBudget" and len(chosen(resources, resource.body["spec"]["selector"])) != 1:
        yield "its selector chooses not exactly one workload"


def _policies(resource, resources):
    if resource.kind != "NetworkPolicy":
        return
    targets = chosen(resources, resource.body["spec"]["podSelector"])
    if not targets:
        yield "its selector chooses no pods"
    for rule in resource.body["spec"].get("ingress", []):
        for port in rule.get("ports", []):
            for target in targets:
                if port["port"] not in port_names(target):
                    yield f"{target.name} has no port {port['port']}"
        for peer in rule.get("from", []):
            # Pods of other namespaces are not ours to know.
            if "namespaceSelector" not in peer and not chosen(resources, peer["podSelector"]):
                yield "a rule lets in pods that there are none of"


def _scalers(resource, resources):
    if resource.kind != "HorizontalPodAutoscaler":
        return
    target = resource.body["spec"]["scaleTargetRef"]
    found = [one for one in workloads(resources) if (one.kind, one.name) == (target["kind"], target["name"])]
    if not found:
        yield f"there is no {target['kind']} {target['name']}"
    for one in found:
        if "replicas" in one.body["spec"]:
            yield f"{one.name} has replicas of its own: each application of the manifest would set them back"


def _ingresses(resource, resources):
    if resource.kind != "Ingress":
        return
    ports = {
        (one.name, port["name"]) for one in resources if one.kind == "Service" for port in one.body["spec"]["ports"]
    }
    for rule in resource.body["spec"]["rules"]:
        for path in rule["http"]["paths"]:
            service = path["backend"]["service"]
            if (service["name"], service["port"]["name"]) not in ports:
                yield f"there is no Service {service['name']} with the port {service['port']['name']}"


def _workload(resource, resources, known):
    spec = resource.body["spec"]
    labels = pod(resource)["metadata"]["labels"]
    if not matches(spec["selector"], labels):
        yield "its selector does not choose its own pods"
    if resource.kind == "StatefulSet" and ("Service", spec["serviceName"]) not in known:
        yield f"there is no Service {spec['serviceName']}"
    for constraint in pod(resource)["spec"].get("topologySpreadConstraints", []):
        if not matches(constraint["labelSelector"], labels):
            yield "a topology constraint is about other pods"
    for kind, name in _named(pod(resource)["spec"]):
        if (kind, name) not in known:
            yield f"there is no {kind} {name}"
    volumes = {volume["name"] for volume in pod(resource)["spec"].get("volumes", [])}
    volumes |= {claim["metadata"]["name"] for claim in spec.get("volumeClaimTemplates", [])}
    mounted = {mount["name"] for one in pod(resource)["spec"]["containers"] for mount in one["volumeMounts"]}
    for name in sorted(mounted ^ volumes):
        yield f"the volume {name} is {'not there' if name in mounted else 'mounted nowhere'}"


def _named(spec):
    """The settings, secrets and claims that a pod names."""
    for container in spec["containers"]:
        for source in container.get("envFrom", []):
            yield "ConfigMap", source["configMapRef"]["name"]
    for volume in spec.get("volumes", []):
        if "secret" in volume:
            yield "Secret", volume["secret"]["secretName"]
        if "persistentVolumeClaim" in volume:
            yield "PersistentVolumeClaim", volume["persistentVolumeClaim"]["claimName"]
