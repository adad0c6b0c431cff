# SPDX-License-Identifier: Apache-2.0
"""Whether a manifest is what its schema says, and has no field that the schema does not know."""
import functools
import json

import kubernetes_validate

VERSION = "1.37"


@functools.cache
def _problem(text):
    """Overlays have most manifests unchanged from the base: each is checked once."""
    try:
        kubernetes_validate.validate(json.loads(text), VERSION, strict=True)
    except kubernetes_validate.ValidationError as error:
        return error.message
    except kubernetes_validate.SchemaNotFoundError:
        return "there is no such kind"
    return None


def problems_of_schemas(resources):
    for resource in resources:
        # The namespace is an overlay's, and no schema has anything against one.
        metadata = {name: value for name, value in resource.body["metadata"].items() if name != "namespace"}
        problem = _problem(json.dumps({**resource.body, "metadata": metadata}, sort_keys=True))
        if problem:
            yield f"{resource}: {problem}"
