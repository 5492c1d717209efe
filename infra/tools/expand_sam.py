"""Expands template.yaml to plain CloudFormation without asking AWS, so that linters see every resource that SAM makes.

usage: expand_sam.py template.yaml expanded.json [Parameter=value …]
"""

import json
import logging
import os
import sys
from pathlib import Path

os.environ.setdefault("AWS_DEFAULT_REGION", "us-east-1")
logging.getLogger("samtranslator").setLevel(logging.CRITICAL)

from samtranslator.model.exceptions import InvalidDocumentException
from samtranslator.translator.transform import transform
from samtranslator.yaml_helper import yaml_parse


class NoManagedPolicies:
    """Every function has a role of its own; SAM must not add policies of AWS's."""

    def load(self):
        return {}


def expand(template: dict, parameters: dict[str, str]) -> dict:
    # It silences a check that only the unexpanded template needs silenced.
    template.pop("Metadata", None)
    for resource in template["Resources"].values():
        properties = resource.get("Properties", {})
        if resource["Type"] == "AWS::Serverless::Function" and isinstance(properties.get("CodeUri"), str):
            # What `sam package` would put here.
            properties["CodeUri"] = {"Bucket": "code", "Key": properties["CodeUri"]}
    return transform(template, parameters, NoManagedPolicies())


def main() -> None:
    source, target = map(Path, sys.argv[1:3])
    parameters = dict(argument.split("=", 1) for argument in sys.argv[3:])
    try:
        expanded = expand(yaml_parse(source.read_text()), parameters)
    except InvalidDocumentException as error:
        sys.exit("\n".join(cause.message for cause in error.causes))
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps(expanded, indent=1, default=str))


main()
