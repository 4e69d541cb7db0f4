"""The template as CloudFormation deploys it: AWS's own translator, JSON on standard output.

Argument: the template. Code and layers stand for themselves."""

import json
import os
import sys

os.environ.setdefault("AWS_DEFAULT_REGION", "us-east-1")

from samtranslator.translator.transform import transform
from samtranslator.yaml_helper import yaml_parse


class ManagedPolicies:
    """The managed policies that the translator puts into roles, by name."""

    def load(self):
        names = ["service-role/AWSLambdaBasicExecutionRole", "AWSXRayDaemonWriteAccess", "AWSXrayWriteOnlyAccess"]
        return {name.rsplit("/")[-1]: f"arn:aws:iam::aws:policy/{name}" for name in names}


template = yaml_parse(open(sys.argv[1], encoding="utf-8").read())
for resource in template["Resources"].values():
    if resource["Type"] == "AWS::Serverless::Function":
        resource["Properties"]["CodeUri"] = "s3://artifacts/code.zip"
print(json.dumps(transform(template, {}, ManagedPolicies()), indent=1))
