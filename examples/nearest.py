#!/usr/bin/env python3
"""Finds the sentence that is nearest to a question: embeds five sentences and the question with POST /embed, and
compares them. Arguments: the question, and the URL if it is not that of `make run`."""

import json
import sys
import urllib.request

SENTENCES = [
    "Shoes can be returned within 30 days if they were not worn outside.",
    "We ship with DHL and UPS; parcels arrive within three working days.",
    "You can pay by card, by bank transfer or on account.",
    "Rain jackets are washed at 30 degrees and not ironed.",
    "Our shop in Berlin is open from Monday to Saturday.",
]


def embed(url, texts, purpose):
    body = json.dumps({"input": texts, "inputType": purpose, "dimensions": 256}).encode()
    request = urllib.request.Request(url, body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request) as response:
        return json.load(response)["embeddings"]


def main():
    question = sys.argv[1] if len(sys.argv) > 1 else "How do I return my shoes?"
    url = sys.argv[2] if len(sys.argv) > 2 else "http://127.0.0.1:9000/embed"
    wanted = embed(url, question, "search_query")[0]
    vectors = embed(url, SENTENCES, "search_document")
    # The vectors have length 1: their product is the cosine of the angle between them.
    scores = [sum(a * b for a, b in zip(wanted, vector)) for vector in vectors]
    for score, sentence in sorted(zip(scores, SENTENCES), reverse=True):
        print(f"{score:6.3f}  {sentence}")


main()
