"""Deploys the template to an emulator of AWS, once for each set of parameters, and prints what came of it.

Arguments: the emulator's URL, the region, the template. Standard input: {name: {parameter: value}}. Standard output:
{name: {"roles": {logical id: [policy, …]}, "physical": {logical id: id}} or {"refused": sentence}}."""

import io
import json
import sys
import time
import zipfile

import boto3
from botocore.exceptions import ClientError

url, region, template = sys.argv[1:4]
session = boto3.Session("test", "test", region_name=region)
s3, cloudformation, iam = (session.client(name, endpoint_url=url) for name in ("s3", "cloudformation", "iam"))

code = io.BytesIO()
with zipfile.ZipFile(code, "w") as archive:
    archive.writestr("bootstrap", "#!/bin/sh\n")
location = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
s3.create_bucket(Bucket="artifacts", **location)
s3.put_object(Bucket="artifacts", Key="code.zip", Body=code.getvalue())
text = open(template, encoding="utf-8").read().replace("CodeUri: .\n", "CodeUri: s3://artifacts/code.zip\n")


def deploy(name, parameters):
    parameters = [{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()]
    try:
        cloudformation.create_stack(StackName=name, TemplateBody=text, Parameters=parameters, Capabilities=["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"])
    except ClientError as error:
        return {"refused": str(error)}
    for _ in range(300):
        status = cloudformation.describe_stacks(StackName=name)["Stacks"][0]["StackStatus"]
        if not status.endswith("IN_PROGRESS"):
            break
        time.sleep(0.1)
    if status != "CREATE_COMPLETE":
        events = cloudformation.describe_stack_events(StackName=name)["StackEvents"]
        return {"refused": "; ".join(event.get("ResourceStatusReason", "") for event in events if "FAILED" in event["ResourceStatus"])}
    resources = cloudformation.list_stack_resources(StackName=name)["StackResourceSummaries"]
    physical = {resource["LogicalResourceId"]: resource["PhysicalResourceId"] for resource in resources}
    roles = {}
    for resource in resources:
        if resource["ResourceType"] == "AWS::IAM::Role":
            role = resource["PhysicalResourceId"]
            names = iam.list_role_policies(RoleName=role)["PolicyNames"]
            roles[resource["LogicalResourceId"]] = [iam.get_role_policy(RoleName=role, PolicyName=policy)["PolicyDocument"] for policy in names]
    return {"roles": roles, "physical": physical}


print(json.dumps({name: deploy(name, parameters) for name, parameters in json.load(sys.stdin).items()}))
