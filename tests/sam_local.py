"""`make sam-local`: each sample event through `sam local invoke`, which runs the built function in a container.

Arguments: the `sam` command, the `local` binary. It needs a Docker engine and, if no registry is reached, makes the
one image that the SAM CLI asks for from this machine's own C library and a static busybox. `sam local` hands a streamed
response over as it is on Lambda's wire (prelude, eight NUL bytes, body), and `sam local start-api` cannot read it at
all and answers 502: what it is for a person is printed here."""

import ipaddress
import json
import os
import platform
import re
import shutil
import socket
import subprocess
import sys
import tarfile
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

SAM, LOCAL = sys.argv[1:3]
ARCHITECTURE = "x86_64" if platform.machine() == "x86_64" else "arm64"
IMAGE = f"public.ecr.aws/lambda/provided:al2023-{ARCHITECTURE}"
# What is not answered with 200.
EXPECTED = {"invalid": 400, "unknown-model": 404, "refused-dimension": 400}
FUNCTIONS = {"chat": "ChatFunction", "embed": "EmbedFunction", "tool-executor": "ToolExecutorFunction"}


def docker(*arguments, **more):
    return subprocess.run(["docker", *arguments], capture_output=True, text=True, **more)


def image():
    """The image of the runtime: AWS's own if it is there or can be pulled, else the least that runs a binary."""
    if docker("image", "inspect", IMAGE).returncode == 0 or docker("pull", "--quiet", IMAGE).returncode == 0:
        return
    busybox = shutil.which("busybox")
    if not busybox or "statically linked" not in subprocess.run(["file", "-L", busybox], capture_output=True, text=True).stdout:
        sys.exit(f"{IMAGE} cannot be pulled, and there is no static busybox to make one from: apt-get install busybox-static file")
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        for name in ("bin", "lib64", "tmp", "var/task", "var/runtime"):
            (root / name).mkdir(parents=True)
        libraries = subprocess.run(["ldd", ".aws-sam/build/ChatFunction/bootstrap"], capture_output=True, text=True, check=True).stdout
        for word in libraries.split():
            if word.startswith("/"):
                target = root / word.lstrip("/")
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(os.path.realpath(word), target)
        shutil.copy(busybox, root / "bin/busybox")
        for name in ("sh", "mv", "chmod", "mkdir", "ls"):
            (root / "bin" / name).symlink_to("busybox")
        archive = root / "image.tar"
        with tarfile.open(archive, "w") as tar:
            for entry in ("bin", "lib", "lib64", "tmp", "usr", "var"):
                if (root / entry).exists():
                    tar.add(root / entry, entry)
        made = docker("import", "--change", "ENV PATH=/bin", "--change", "ENV LAMBDA_TASK_ROOT=/var/task", str(archive), IMAGE)
        if made.returncode:
            sys.exit(f"docker import failed: {made.stderr}")
    print(f"{IMAGE} was made on this machine")


def readable(answer):
    """Status and body of what `sam local invoke` printed."""
    if "\0" * 8 in answer:
        prelude, body = answer.split("\0" * 8, 1)
        return json.loads(prelude)["statusCode"], body
    value = json.loads(answer)
    if isinstance(value, dict) and "statusCode" in value:
        return value["statusCode"], value["body"]
    return None, json.dumps(value)


def template():
    """The built template with a variable that the deployed one has not: the endpoint of the stand-in."""
    built = Path(".aws-sam/build/template.yaml")
    local = built.with_name("template-local.yaml")
    local.write_text(re.sub(r"(?m)^( *)Variables:\n", r"\g<0>\1  AWS_ENDPOINT_URL_BEDROCK_RUNTIME: ''\n", built.read_text()))
    return str(local)


def main():
    if docker("info").returncode:
        sys.exit("no Docker engine answers: start one, or use `make invoke`, which needs none")
    image()
    # Where a container finds this machine.
    network = json.loads(docker("network", "inspect", "bridge", "--format", "{{json .IPAM.Config}}").stdout)[0]
    host = network.get("Gateway") or str(next(ipaddress.ip_network(network["Subnet"]).hosts()))
    with socket.socket() as listener:
        listener.bind((host, 0))
        port = listener.getsockname()[1]
    stand_in = subprocess.Popen([LOCAL, "stand-in", "--host", host, "--port", str(port), "--pace-ms", "0"], stderr=subprocess.DEVNULL)
    variables = {"AWS_ENDPOINT_URL_BEDROCK_RUNTIME": f"http://{host}:{port}", "CHAT_FAST_MODEL_ID": "us.amazon.nova-lite-v1:0", "TOOL_EXECUTOR_FUNCTION": "", "ORDERS_TABLE": ""}
    environment = {**os.environ, "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "SAM_CLI_TELEMETRY": "0"}
    local = template()
    try:
        with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
            json.dump({"Parameters": variables}, file)
            file.flush()

            def invoke(event):
                """Whether the event was answered as it must be."""
                function, case = event.name.split(".")[:2]
                command = [SAM, "local", "invoke", FUNCTIONS[function], "--template", local, "--event", str(event), "--env-vars", file.name, "--region", "us-east-1", "--skip-pull-image", "--parameter-overrides", f"Architecture={ARCHITECTURE}"]
                done = subprocess.run(command, env=environment, capture_output=True, text=True)
                try:
                    status, body = readable(done.stdout.strip())
                except ValueError:
                    print(f"{event.name}: FAILED\n{done.stdout}\n{done.stderr}")
                    return False
                print(f"{event.name}: {status or 'JSON'}: {' '.join(body.split())[:100]}")
                return status in (None, EXPECTED.get(case, 200))

            # The first one makes the image that the others use.
            first, *others = sorted(Path("events").glob("*.json"))
            answered = invoke(first)
            with ThreadPoolExecutor(4) as pool:
                answered = all([answered, *pool.map(invoke, others)])
    finally:
        stand_in.terminate()
        stand_in.wait()
    sys.exit(0 if answered else 1)


main()
