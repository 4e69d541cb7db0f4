"""What one writes from the examples. Python's runtime cannot stream, so the answer comes whole."""

import json
import os

import boto3

client = boto3.client("bedrock-runtime")


def handler(event, context):
    messages = json.loads(event["body"])["messages"]
    answer = client.converse_stream(modelId=os.environ["CHAT_MODEL_ID"], messages=messages)
    texts = (event["contentBlockDelta"]["delta"].get("text") for event in answer["stream"] if "contentBlockDelta" in event)
    body = "".join(f"data: {json.dumps({'text': text})}\n\n" for text in texts if text)
    return {"statusCode": 200, "headers": {"content-type": "text/event-stream"}, "body": body}
