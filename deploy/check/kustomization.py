# SPDX-License-Identifier: Apache-2.0
"""As much of Kustomize as our manifests use: what else a kustomization says is refused, so that nothing goes unchecked."""
import copy
import dataclasses
import pathlib

import yaml

KNOWN = {
    "apiVersion", "kind", "resources", "components", "namespace", "images", "secretGenerator", "patches",
}
# Lists of maps that a strategic merge joins by a key; all others are replaced as a whole.
MERGED_BY = {
    "containers": "name", "env": "name", "volumes": "name", "volumeMounts": "mountPath", "tolerations": "key",
}
OF_THE_CLUSTER = {"Namespace", "PersistentVolume"}


class Broken(Exception):
    """A tree that Kustomize would refuse too."""


@dataclasses.dataclass
class Resource:
    """One manifest and the file that it is from."""

    body: dict
    file: pathlib.Path

    @property
    def kind(self):
        return self.body["kind"]

    @property
    def name(self):
        return self.body["metadata"]["name"]

    def __str__(self):
        return f"{self.file.name}: {self.kind} {self.name}"


def documents(file):
    try:
        found = [document for document in yaml.safe_load_all(file.read_text()) if document is not None]
    except (OSError, yaml.YAMLError) as error:
        raise Broken(f"{file}: {error}") from error
    for document in found:
        if not isinstance(document, dict):
            raise Broken(f"{file}: a document is no map")
    return found


def merged(old, new, key=None):
    """A strategic merge of `new` into `old`."""
    if isinstance(old, dict) and isinstance(new, dict):
        result = dict(old)
        for name, value in new.items():
            if value is None:
                result.pop(name, None)
            else:
                result[name] = merged(old[name], value, name) if name in old else value
        return result
    if isinstance(old, list) and isinstance(new, list) and key in MERGED_BY:
        by = MERGED_BY[key]
        result = {entry[by]: entry for entry in old}
        for entry in new:
            result[entry[by]] = merged(result[entry[by]], entry) if entry[by] in result else entry
        return list(result.values())
    return new


class Kustomization:
    """The resources that a folder stands for."""

    def __init__(self):
        self.resources = []

    @classmethod
    def read(cls, folder):
        result = cls()
        content = result._content(folder, "Kustomization")
        for entry in content.get("resources", []):
            path = (folder / entry).resolve()
            if path.is_dir():
                result.resources += cls.read(path).resources
            else:
                result.resources += [Resource(body, path) for body in documents(path)]
        result._generate(content, folder)
        for entry in content.get("components", []):
            result.apply_component((folder / entry).resolve())
        result._transform(content, folder)
        return result

    def apply_component(self, folder):
        self._transform(self._content(folder, "Component"), folder)

    @staticmethod
    def _content(folder, kind):
        file = folder / "kustomization.yaml"
        found = documents(file)
        if len(found) != 1 or found[0].get("kind") != kind:
            raise Broken(f"{file}: this is not one {kind}")
        unknown = set(found[0]) - KNOWN
        if unknown:
            raise Broken(f"{file}: nothing here checks {', '.join(sorted(unknown))}")
        named = {(folder / entry).resolve() for entry in found[0].get("resources", [])}
        named |= {(folder / patch["path"]).resolve() for patch in found[0].get("patches", [])}
        for other in sorted(folder.glob("*.yaml")):
            body = documents(other)
            if other != file and other.resolve() not in named and any("kind" in one for one in body):
                raise Broken(f"{other}: no kustomization names it")
        return found[0]

    def _generate(self, content, folder):
        for generator in content.get("secretGenerator", []):
            if not generator.get("options", {}).get("disableNameSuffixHash"):
                raise Broken(f"{folder}: the secret {generator['name']} would get another name")
            data = {file.split("=")[0]: "" for file in generator.get("files", [])}
            body = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": generator["name"]}, "stringData": data}
            self.resources.append(Resource(body, folder / "kustomization.yaml"))

    def _transform(self, content, folder):
        for patch in content.get("patches", []):
            for body in documents(folder / patch["path"]):
                self._patch(body, folder / patch["path"])
        for image in content.get("images", []):
            if not any(image["name"] == one.split(":")[0] for one in self._images()):
                raise Broken(f"{folder}: no container has the image {image['name']}")
        namespace = content.get("namespace")
        for resource in self.resources:
            if namespace and resource.kind not in OF_THE_CLUSTER:
                resource.body["metadata"]["namespace"] = namespace

    def _patch(self, body, file):
        for resource in self.resources:
            if resource.kind == body.get("kind") and resource.name == body.get("metadata", {}).get("name"):
                resource.body = merged(copy.deepcopy(resource.body), body)
                return
        raise Broken(f"{file}: there is no {body.get('kind')} {body.get('metadata', {}).get('name')} to patch")

    def _images(self):
        for resource in self.resources:
            template = resource.body.get("spec", {}).get("template", {})
            for container in template.get("spec", {}).get("containers", []):
                yield container["image"]
