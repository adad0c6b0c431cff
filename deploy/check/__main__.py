# SPDX-License-Identifier: Apache-2.0
"""Checks a tree of Kustomize bases, components and overlays without Kustomize: see scripts/check-manifests."""
import pathlib
import sys

import kubernetes_validate

from kustomization import Broken, Kustomization
from references import problems_of_references
from roles import problems_of_roles

VERSION = "1.37"


def problems_of_schemas(resources):
    for resource in resources:
        try:
            kubernetes_validate.validate(resource.body, VERSION, strict=True)
        except kubernetes_validate.ValidationError as error:
            yield f"{resource}: {error.message}"
        except kubernetes_validate.SchemaNotFoundError:
            yield f"{resource}: there is no such kind"


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
            checks.append(problems_of_roles(resources))
            for problem in (problem for check in checks for problem in check):
                print(f"check-manifests: {name}: {problem}", file=sys.stderr)
                failed = True
    except Broken as broken:
        print(f"check-manifests: {broken}", file=sys.stderr)
        failed = True
    sys.exit(failed)


main()
