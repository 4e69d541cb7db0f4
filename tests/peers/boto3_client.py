"""AWS's SDK for Python as a client of the stand-in: every event and every exception. Argument: its URL."""

import json
import sys
import urllib.request

import boto3
from botocore.config import Config
from botocore.eventstream import ChecksumMismatch
from botocore.exceptions import ClientError, EventStreamError

URL = sys.argv[1]
CLAUDE = "us.anthropic.claude-sonnet-4-5-20250929-v1:0"
HELLO = [{"role": "user", "content": [{"text": "Hello!"}]}]
TOOLS = {"tools": [{"toolSpec": {"name": "get_weather", "inputSchema": {"json": {
    "type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}}}}]}
EXCEPTIONS = {
    "AccessDeniedException": 403, "InternalServerException": 500, "ModelErrorException": 424,
    "ModelNotReadyException": 429, "ModelTimeoutException": 408, "ResourceNotFoundException": 404,
    "ServiceUnavailableException": 503, "ThrottlingException": 429, "ValidationException": 400,
}
IN_STREAM = ["internalServerException", "modelStreamErrorException", "validationException", "throttlingException",
             "serviceUnavailableException"]

client = boto3.client(
    "bedrock-runtime", endpoint_url=URL, region_name="us-east-1", aws_access_key_id="test",
    aws_secret_access_key="test", config=Config(retries={"total_max_attempts": 1}))
checks = 0


def check(holds, what):
    global checks
    assert holds, what
    checks += 1


def scenario(text):
    urllib.request.urlopen(URL + "/_local/scenario", data=text.encode()).read()


def stream(**request):
    return client.converse_stream(**{"modelId": CLAUDE, "messages": HELLO, **request})["stream"]


def names(events):
    out = []
    for event in events:
        name = next(iter(event))
        if not out or out[-1] != name:
            out.append(name)
    return out


answer = client.converse(modelId=CLAUDE, messages=HELLO)
check(answer["stopReason"] == "end_turn" and answer["usage"]["totalTokens"] > 0, answer)
check(answer["ResponseMetadata"]["RequestId"], answer)

events = list(stream())
check(names(events) == ["messageStart", "contentBlockDelta", "contentBlockStop", "messageStop", "metadata"], events)
said = "".join(event["contentBlockDelta"]["delta"]["text"] for event in events if "contentBlockDelta" in event)
check(said == answer["output"]["message"]["content"][0]["text"], said)
check(not any("contentBlockStart" in event for event in events), "text has no contentBlockStart")

weather = [{"role": "user", "content": [{"text": "What is the weather in Paris?"}]}]
for model, fragments in ((CLAUDE, True), ("us.amazon.nova-lite-v1:0", False)):
    events = list(stream(modelId=model, messages=weather, toolConfig=TOOLS))
    starts = [event["contentBlockStart"]["start"]["toolUse"]["name"] for event in events if "contentBlockStart" in event]
    deltas = [event["contentBlockDelta"]["delta"] for event in events if "contentBlockDelta" in event]
    inputs = [delta["toolUse"]["input"] for delta in deltas if "toolUse" in delta]
    check(starts == ["get_weather"] and "".join(inputs) == '{"city":"Paris"}', events)
    check((len(inputs) > 1 and inputs[0] == "") if fragments else len(inputs) == 1, inputs)

thinking = {"thinking": {"type": "enabled", "budget_tokens": 1024}}
deltas = [event["contentBlockDelta"]["delta"] for event in stream(additionalModelRequestFields=thinking)
          if "contentBlockDelta" in event]
reasoning = [delta["reasoningContent"] for delta in deltas if "reasoningContent" in delta]
check(len(reasoning) > 2 and "signature" in reasoning[-1] and "text" in reasoning[0], reasoning)

for exception, status in EXCEPTIONS.items():
    for call in (client.converse, client.converse_stream):
        scenario(f"exception:{exception}")
        try:
            call(modelId=CLAUDE, messages=HELLO)
            raise AssertionError(f"{exception} was not raised")
        except ClientError as error:
            check(type(error).__name__ == exception, error)
            check(error.response["ResponseMetadata"]["HTTPStatusCode"] == status, error.response)

for exception in IN_STREAM:
    for after in (0, 3):
        scenario(f"exception:{exception}:{after}")
        got = []
        try:
            for event in stream():
                got.append(event)
            raise AssertionError(f"{exception} was not raised")
        except EventStreamError as error:
            check(error.response["Error"]["Code"] == exception, error.response)
            check(sum("contentBlockDelta" in event for event in got) == after, got)

scenario("error-frame:2")
try:
    list(stream())
    raise AssertionError("an error frame was not raised")
except EventStreamError as error:
    check(error.response["Error"]["Code"] == "InternalFailure", error.response)

scenario("bad-crc:1")
try:
    list(stream())
    raise AssertionError("a bad checksum was not raised")
except ChecksumMismatch:
    check(True, "")

scenario("unknown-event:1")
check(names(stream())[-1] == "metadata", "an unknown event is passed over")
scenario("end:2")
check(names(stream())[-1] != "messageStop", "a clean early end")
scenario("stop:max-tokens")
check(list(stream())[-2]["messageStop"]["stopReason"] == "max_tokens", "a stop reason")

try:
    client.converse(modelId="us.nobody.no-model-v1:0", messages=HELLO)
    raise AssertionError("an unknown model was accepted")
except client.exceptions.ValidationException as error:
    check(error.response["Error"]["Message"] == "The provided model identifier is invalid.", error.response)

arn = "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/a1b2c3d4e5f6"
check(client.converse(modelId=arn, messages=HELLO)["stopReason"] == "end_turn", "an ARN")
check(list(stream(modelId="scenario.no-metadata"))[-1].keys() == {"messageStop"}, "a reserved model id")


def invoke(model, body):
    answer = client.invoke_model(modelId=model, body=json.dumps(body), contentType="application/json",
                                 accept="application/json")
    headers = answer["ResponseMetadata"]["HTTPHeaders"]
    check(int(headers["x-amzn-bedrock-input-token-count"]) > 0, headers)
    return json.loads(answer["body"].read())


titan = invoke("amazon.titan-embed-text-v2:0", {"inputText": "Hello", "dimensions": 256, "normalize": True})
check(len(titan["embedding"]) == 256 and titan["embeddingsByType"]["float"] == titan["embedding"], titan.keys())
check(abs(sum(value * value for value in titan["embedding"]) - 1) < 1e-4, "unit length")
v3 = invoke("cohere.embed-english-v3", {"texts": ["Hello"], "input_type": "search_query"})
check(len(v3["embeddings"][0]) == 1024 and v3["texts"] == ["hello"], v3.keys())
v4 = invoke("cohere.embed-v4:0", {"texts": ["Hello", "World"], "input_type": "search_document"})
check(len(v4["embeddings"]["float"]) == 2 and v4["texts"] == ["Hello", "World"], v4.keys())
nova = invoke("amazon.nova-2-multimodal-embeddings-v1:0", {
    "taskType": "SINGLE_EMBEDDING", "singleEmbeddingParams": {
        "embeddingPurpose": "GENERIC_RETRIEVAL", "text": {"value": "Hello", "truncationMode": "NONE"}}})
check(len(nova["embeddings"][0]["embedding"]) == 3072 and nova["embeddings"][0]["embeddingType"] == "TEXT", nova.keys())
for body in ({"inputText": "a", "dimensions": 77}, {"text": "a"}, {"inputText": ""}):
    try:
        invoke("amazon.titan-embed-text-v2:0", body)
        raise AssertionError(f"{body} was accepted")
    except client.exceptions.ValidationException as error:
        check(error.response["Error"]["Message"].startswith("Malformed input request: #"), error.response)
print(f"{checks} checks")
