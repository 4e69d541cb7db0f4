"""`make rehearse`: the deployment on one machine. `sam deploy` to an emulator of AWS (MiniStack), calls to the deployed
API, `sam delete`. Bedrock is the stand-in.

Arguments: the `sam` command, the `local` binary. Where the emulator differs from AWS, this says so."""

import contextlib
import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

import boto3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest

SAM, LOCAL = sys.argv[1:3]
REGION, STACK = "eu-west-1", "rehearsal"


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


@contextlib.contextmanager
def running(command, port, **environment):
    """A process that listens on a port, ended at the end."""
    process = subprocess.Popen(command, env={**os.environ, **environment}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(600):
            with contextlib.suppress(OSError):
                socket.create_connection(("127.0.0.1", port)).close()
                break
            if process.poll() is not None:
                sys.exit(f"{command[0]} ended with {process.returncode}")
            time.sleep(0.1)
        yield
    finally:
        process.terminate()
        process.wait()


def events(body):
    """The events of a stream of server-sent events."""
    blocks = [block for block in body.split("\n\n") if block and not block.startswith(":")]
    read = (block.split("\n", 1) for block in blocks)
    return [(name.removeprefix("event: "), json.loads(data.removeprefix("data: "))) for name, data in read]


class Api:
    def __init__(self, session, url, aws):
        self.credentials, self.url = session.get_credentials(), url
        apigateway = session.client("apigateway", endpoint_url=aws)
        self.id = next(api["id"] for api in apigateway.get_rest_apis()["items"] if api["name"] == STACK)
        # The emulator answers 500 to a streamed integration: it is made a buffered one here, and only here.
        resources = apigateway.get_resources(restApiId=self.id)["items"]
        chat = next(resource["id"] for resource in resources if resource["path"] == "/chat")
        integration = apigateway.get_integration(restApiId=self.id, resourceId=chat, httpMethod="POST")
        assert integration["uri"].endswith("/response-streaming-invocations"), integration["uri"]
        buffered = integration["uri"].replace("2021-11-15", "2015-03-31").replace("response-streaming-invocations", "invocations")
        apigateway.update_integration(restApiId=self.id, resourceId=chat, httpMethod="POST", patchOperations=[{"op": "replace", "path": "/uri", "value": buffered}])
        deployment = apigateway.create_deployment(restApiId=self.id)["id"]
        apigateway.update_stage(restApiId=self.id, stageName="v1", patchOperations=[{"op": "replace", "path": "/deploymentId", "value": deployment}])
        print("MiniStack differs from AWS: it has no streamed integrations, so /chat is buffered here, and its answer keeps the prelude.")

    def post(self, path, body, signed=True, **headers):
        """Posts JSON; the status and the body."""
        host = f"{self.id}.execute-api.localhost:{self.url.rsplit(':')[-1]}"
        request = AWSRequest("POST", f"{self.url}/v1{path}", data=json.dumps(body), headers={"Host": host, "Content-Type": "application/json", **headers})
        if signed:
            SigV4Auth(self.credentials, "execute-api", REGION).add_auth(request)
        try:
            with urllib.request.urlopen(urllib.request.Request(request.url, request.data.encode(), dict(request.headers)), timeout=60) as answer:
                status, data = answer.status, answer.read()
        except urllib.error.HTTPError as error:
            status, data = error.code, error.read()
        if b"\0" * 8 in data:
            prelude, data = data.split(b"\0" * 8, 1)
            status = json.loads(prelude)["statusCode"]
        return status, data.decode()


def question(text):
    return {"messages": [{"role": "user", "content": [{"text": text}]}]}


def rehearse(session, aws):
    physical = session.client("cloudformation", endpoint_url=aws).describe_stack_resources(StackName=STACK)["StackResources"]
    names = {resource["LogicalResourceId"]: resource["PhysicalResourceId"] for resource in physical}
    order = {"order_id": {"S": "77"}, "status": {"S": "waiting at the harbour"}}
    session.client("dynamodb", endpoint_url=aws).put_item(TableName=names["OrdersTable"], Item=order)
    api = Api(session, aws, aws)

    status, body = api.post("/chat", question("Hello!"), Accept="text/event-stream")
    print(f"POST {api.url}/v1/chat (Host: {api.id}.execute-api.localhost): {status}\n\n{body}")
    assert status == 200 and events(body)[-1][0] == "done", body

    status, body = api.post("/chat", question("Hello!"), Accept="application/json")
    whole = json.loads(body)
    assert status == 200 and whole["stopReason"] == "end_turn" and whole["modelId"] == "global.amazon.nova-2-lite-v1:0", body
    print("chat, whole:", whole["output"]["message"]["content"][0]["text"][:60], "…")

    status, body = api.post("/chat", question("Where is order 77?"), Accept="text/event-stream")
    results = [data for name, data in events(body) if name == "toolResult"]
    assert status == 200 and results[0]["content"][0]["json"]["status"] == "waiting at the harbour", body
    print("chat, with a tool and DynamoDB:", json.dumps(results[0]["content"][0]["json"]))

    status, body = api.post("/embed", {"input": ["one", "two"]})
    assert status == 200 and [len(vector) for vector in json.loads(body)["embeddings"]] == [1024, 1024], body
    print("embed: two vectors of 1024")

    status, body = api.post("/chat", {"messages": []})
    assert status == 400 and json.loads(body)["code"] == "invalid-request", body
    status, body = api.post("/chat", question("Hello!"), signed=False)
    assert status == 403, (status, body)
    print("rejected: 400 invalid-request for no messages, 403 without a signature")


def main():
    stand_in, gateway = free_port(), free_port()
    aws = f"http://127.0.0.1:{gateway}"
    credentials = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": REGION, "AWS_ENDPOINT_URL": aws}
    # Functions inherit the emulator's environment; nothing of the shell's may lead to the real AWS.
    emulator = {**credentials, "GATEWAY_PORT": str(gateway), "IOT_MTLS_ENABLED": "0", "AUTH": "true", "AWS_ENDPOINT_URL_BEDROCK_RUNTIME": f"http://127.0.0.1:{stand_in}"}
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_BEARER_TOKEN_BEDROCK"):
        os.environ.pop(name, None)
    session = boto3.Session("test", "test", region_name=REGION)
    sam_environment = {**os.environ, **credentials, "SAM_CLI_POLL_DELAY": "1", "SAM_CLI_TELEMETRY": "0"}

    def sam(*arguments):
        done = subprocess.run([SAM, *arguments, "--stack-name", STACK, "--region", REGION], env=sam_environment, capture_output=True, text=True)
        if done.returncode:
            sys.exit(f"sam {arguments[0]} failed:\n{done.stdout}\n{done.stderr}")
        print(f"sam {arguments[0]}: done")

    with running([LOCAL, "stand-in", "--port", str(stand_in), "--pace-ms", "0"], stand_in), running([".venv-ministack/bin/ministack"], gateway, **emulator):
        sam("deploy", "--resolve-s3", "--capabilities", "CAPABILITY_IAM", "--no-confirm-changeset", "--parameter-overrides", "Architecture=x86_64")
        rehearse(session, aws)
        sam("delete", "--no-prompts")
    print("rehearsed: deployed, called, deleted")


main()
