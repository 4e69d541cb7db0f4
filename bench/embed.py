"""Embedding against boto3 and json in Python, in one run over the same stand-in. Prints a table of ratios.

Arguments: the folder of the release binaries. CPU is the kernel's account of each whole process."""

import http.server
import json
import math
import os
import platform
import resource
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import boto3
from botocore.config import Config
from concurrent.futures import ThreadPoolExecutor

MODEL = "amazon.titan-embed-text-v2:0"
TICK = os.sysconf("SC_CLK_TCK")
CONCURRENCY = 8


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def environment(**more):
    keys = {"AWS_ACCESS_KEY_ID": "bench", "AWS_SECRET_ACCESS_KEY": "bench", "AWS_REGION": "us-east-1"}
    return {**os.environ, **keys, "AWS_EC2_METADATA_DISABLED": "true", **more}


class StandIn:
    """The stand-in for Bedrock, with a pause before each answer."""

    def __init__(self, binaries, pace_ms):
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        command = [binaries / "local", "stand-in", "--port", str(port), "--pace-ms", str(pace_ms)]
        self.process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        while True:
            try:
                socket.create_connection(("127.0.0.1", port)).close()
                break
            except OSError:
                time.sleep(0.01)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()


class Function:
    """The function `embed` under a Lambda Runtime API on loopback."""

    def __init__(self, binaries, bedrock):
        self.event, self.answer = threading.Semaphore(0), threading.Semaphore(0)
        self.body = self.response = None
        function = self

        class RuntimeApi(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def do_GET(self):
                function.event.acquire()
                self.send_response(200)
                self.send_header("Lambda-Runtime-Aws-Request-Id", "bench")
                self.send_header("Lambda-Runtime-Deadline-Ms", str(int(time.time() * 1000) + 27_000))
                self.send_header("Lambda-Runtime-Invoked-Function-Arn", "arn:aws:lambda:us-east-1:123456789012:function:embed")
                self.send_header("Content-Length", str(len(function.body)))
                self.end_headers()
                self.wfile.write(function.body)

            def do_POST(self):
                function.response = self.rfile.read(int(self.headers["Content-Length"]))
                self.send_response(202)
                self.send_header("Content-Length", "0")
                self.end_headers()
                function.answer.release()

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), RuntimeApi)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.process = subprocess.Popen([binaries / "embed"], stdout=subprocess.DEVNULL, env=environment(
            AWS_LAMBDA_RUNTIME_API=f"127.0.0.1:{self.server.server_port}", AWS_LAMBDA_FUNCTION_NAME="embed",
            AWS_LAMBDA_FUNCTION_VERSION="1", AWS_LAMBDA_FUNCTION_MEMORY_SIZE="256",
            AWS_ENDPOINT_URL_BEDROCK_RUNTIME=bedrock, EMBED_MODEL_ID=MODEL, EMBED_CONCURRENCY=str(CONCURRENCY)))

    def invoke(self, texts):
        """Embeds and returns the answer's body and the seconds it took."""
        event = {"httpMethod": "POST", "path": "/embed", "headers": {"Content-Type": "application/json"},
                 "body": json.dumps({"input": texts})}
        self.body = json.dumps(event).encode()
        began = time.perf_counter()
        self.event.release()
        self.answer.acquire()
        seconds = time.perf_counter() - began
        response = json.loads(self.response)
        assert response["statusCode"] == 200, response
        return response["body"], seconds

    def cpu(self):
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / TICK

    def memory(self, field):
        for line in Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith(field):
                return int(line.split()[1]) * 1024

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()
        self.server.shutdown()


def peer(bedrock, texts, runs):
    """What a team would write in Python: boto3, eight threads, json. Prints its CPU seconds for one run."""
    client = boto3.client("bedrock-runtime", region_name="us-east-1", endpoint_url=bedrock, config=Config(max_pool_connections=CONCURRENCY))

    def one(text):
        answer = client.invoke_model(modelId=MODEL, body=json.dumps({"inputText": text}))
        return json.loads(answer["body"].read())["embedding"]

    def all_texts():
        with ThreadPoolExecutor(CONCURRENCY) as pool:
            return json.dumps({"embeddings": list(pool.map(one, texts))})

    all_texts()
    before = resource.getrusage(resource.RUSAGE_SELF)
    for _ in range(runs):
        all_texts()
    after = resource.getrusage(resource.RUSAGE_SELF)
    print((after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime) / runs)


def row(name, value, reach, holds):
    print(f"| {name} | {value} | {reach} | {'yes' if holds else 'NO'} |")
    return holds


def main(binaries):
    texts = [f"text number {n} of many, about shoes and rain" for n in range(400)]
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, boto3 {boto3.__version__}\n")
    print("| figure | measured | reach | reached |\n|---|---|---|---|")
    reached = []
    with StandIn(binaries, 50) as bedrock, Function(binaries, bedrock.url) as function:
        function.invoke(texts[:CONCURRENCY])
        ideal = math.ceil(250 / CONCURRENCY) * 0.05
        seconds = sorted(function.invoke(texts[:250])[1] for _ in range(5))[2]
        share = ideal / seconds
        reached.append(row("250 texts, a model of 50 ms: share of the ideal", f"{share:.2f} ({seconds:.2f} s)", "≥ 0.9", share >= 0.9))
    with StandIn(binaries, 0) as bedrock, Function(binaries, bedrock.url) as function:
        function.invoke(texts[:CONCURRENCY])
        idle = function.memory("VmRSS")
        answer, _ = function.invoke(texts)
        growth = (function.memory("VmHWM") - idle) / len(answer)
        runs, before = 5, function.cpu()
        for _ in range(runs):
            function.invoke(texts)
        ours = (function.cpu() - before) / runs
        command = [sys.executable, __file__, "--peer", bedrock.url, str(runs)]
        theirs = float(subprocess.run(command, env=environment(), check=True, capture_output=True, text=True).stdout)
        ratio = ours / theirs
        figure = f"{ratio:.3f} ({ours / 400 * 1e6:.0f} µs and {theirs / 400 * 1e6:.0f} µs)"
        reached.append(row("400 × 1,024 floats: CPU a vector against boto3 and json", figure, "≤ 0.333", ratio <= 1 / 3))
        size = f"{growth:.2f} × ({len(answer) / 1e6:.1f} MB)"
        reached.append(row("the same: memory's peak over idle, in answers", size, "< 3", growth < 3))
    sys.exit(0 if all(reached) else 1)


if sys.argv[1] == "--peer":
    peer(sys.argv[2], [f"text number {n} of many, about shoes and rain" for n in range(400)], int(sys.argv[3]))
else:
    main(Path(sys.argv[1]).resolve())
