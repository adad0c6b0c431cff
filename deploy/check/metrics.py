# SPDX-License-Identifier: Apache-2.0
"""Whether what an autoscaler goes by is made by a rule that we ship, out of metrics that the programs have."""
import pathlib
import re

from kustomization import documents

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]


def rules(root):
    """The shipped rules of prometheus-adapter."""
    for file in sorted(root.glob("components/*/adapter-rules.yaml")):
        for document in documents(file):
            yield from document["rules"]["custom"]


def problems_of_metrics(resources, root):
    made = {rule["name"]["as"] for rule in rules(root)}
    for resource in resources:
        if resource.kind != "HorizontalPodAutoscaler":
            continue
        for metric in resource.body["spec"]["metrics"]:
            if metric["type"] == "Pods" and metric["pods"]["metric"]["name"] not in made:
                yield f"{resource}: no rule makes the metric {metric['pods']['metric']['name']}"


def problems_of_rules(root):
    """The metrics that a rule reads must stand in the catalogue of all that the programs have."""
    catalogue = REPOSITORY / "Sources/Observability/MetricCatalogue.swift"
    known = set(re.findall(r'"(recto_[a-z_]+)"', catalogue.read_text()))
    for rule in rules(root):
        for name in sorted(set(re.findall(r"recto_[a-z_]+", rule["seriesQuery"] + rule["metricsQuery"])) - known):
            yield f"adapter-rules.yaml: the programs have no metric {name}"
