# SPDX-License-Identifier: Apache-2.0
"""Checks a tree of Kustomize bases, components and overlays without Kustomize: see scripts/check-manifests."""
import itertools
import pathlib
import sys

from kustomization import Broken, Kustomization
from metrics import problems_of_metrics, problems_of_rules
from references import problems_of_references
from roles import problems_of_roles
from schemas import problems_of_schemas

def variants(root):
    """The base by itself, each overlay, and each component on top of each overlay."""
    base = Kustomization.read(root / "base")
    yield "base", base, False
    for folder in sorted(root.glob("overlays/*/")):
        yield folder.name, Kustomization.read(folder), True
        for component in sorted(root.glob("components/*/")):
            both = Kustomization.read(folder)
            both.apply_component(component)
            yield f"{folder.name} with {component.name}", both, True


def main():
    root = pathlib.Path(sys.argv[1])
    failed = False
    try:
        for name, kustomization, is_whole in variants(root):
            resources = kustomization.resources
            checks = [problems_of_schemas(resources), problems_of_references(resources, is_whole)]
            checks += [problems_of_roles(resources), problems_of_metrics(resources, root)]
            for problem in itertools.chain(*checks):
                print(f"check-manifests: {name}: {problem}", file=sys.stderr)
                failed = True
        for problem in problems_of_rules(root):
            print(f"check-manifests: {problem}", file=sys.stderr)
            failed = True
    except Broken as broken:
        print(f"check-manifests: {broken}", file=sys.stderr)
        failed = True
    sys.exit(failed)


main()
