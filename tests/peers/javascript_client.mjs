// AWS's SDK for JavaScript v3 as a client of the stand-in, over HTTP/2 without TLS: every event and every
// exception. Argument: its URL.

import assert from "node:assert/strict";
import { BedrockRuntimeClient, ConverseCommand, ConverseStreamCommand } from "@aws-sdk/client-bedrock-runtime";

const url = process.argv[2];
const modelId = "us.anthropic.claude-sonnet-4-5-20250929-v1:0";
const messages = [{ role: "user", content: [{ text: "Hello!" }] }];
const toolConfig = { tools: [{ toolSpec: { name: "get_weather", inputSchema: { json: {
  type: "object", properties: { city: { type: "string" } }, required: ["city"] } } } }] };
const exceptions = {
  AccessDeniedException: 403, InternalServerException: 500, ModelErrorException: 424, ModelNotReadyException: 429,
  ModelTimeoutException: 408, ResourceNotFoundException: 404, ServiceUnavailableException: 503,
  ThrottlingException: 429, ValidationException: 400,
};
const inStream = ["internalServerException", "modelStreamErrorException", "validationException",
  "throttlingException", "serviceUnavailableException"];

const client = new BedrockRuntimeClient({
  endpoint: url, region: "us-east-1", maxAttempts: 1, credentials: { accessKeyId: "test", secretAccessKey: "test" },
});
let checks = 0;
const check = (holds, what) => { assert.ok(holds, what); checks += 1; };
const scenario = (text) => fetch(`${url}/_local/scenario`, { method: "POST", body: text });
const open = (more = {}) => client.send(new ConverseStreamCommand({ modelId, messages, ...more }));
const read = async (more, got = []) => {
  for await (const event of (await open(more)).stream) got.push(event);
  return got;
};
const names = (events) => events.map((event) => Object.keys(event)[0]).filter((name, i, all) => name !== all[i - 1]);

const answer = await client.send(new ConverseCommand({ modelId, messages }));
check(answer.stopReason === "end_turn" && answer.usage.totalTokens > 0, answer);

let events = await read();
assert.deepEqual(names(events), ["messageStart", "contentBlockDelta", "contentBlockStop", "messageStop", "metadata"]);
const said = events.map((event) => event.contentBlockDelta?.delta.text ?? "").join("");
check(said === answer.output.message.content[0].text, said);

events = await read({ messages: [{ role: "user", content: [{ text: "What is the weather in Paris?" }] }], toolConfig });
check(events.some((event) => event.contentBlockStart?.start.toolUse?.name === "get_weather"), events);
const input = events.map((event) => event.contentBlockDelta?.delta.toolUse?.input ?? "").join("");
assert.deepEqual(JSON.parse(input), { city: "Paris" });

events = await read({ additionalModelRequestFields: { thinking: { type: "enabled", budget_tokens: 1024 } } });
check(events.some((event) => event.contentBlockDelta?.delta.reasoningContent?.signature), "a signature");

for (const [exception, status] of Object.entries(exceptions)) {
  for (const Command of [ConverseCommand, ConverseStreamCommand]) {
    await scenario(`exception:${exception}`);
    const error = await client.send(new Command({ modelId, messages })).then(() => null, (error) => error);
    check(error?.name === exception, `${exception}: ${error}`);
    check(error.$metadata.httpStatusCode === status, `${exception}: ${error.$metadata.httpStatusCode}`);
  }
}

for (const exception of inStream) {
  for (const after of [0, 3]) {
    await scenario(`exception:${exception}:${after}`);
    const got = [];
    const error = await read({}, got).then(() => null, (error) => error);
    check(error?.name.toLowerCase() === exception.toLowerCase(), `${exception}: ${error}`);
    check(got.filter((event) => event.contentBlockDelta).length === after, `${exception} after ${after}`);
  }
}

await scenario("error-frame:2");
check(await read().then(() => false, (error) => `${error.name} ${error.message}`.includes("InternalFailure")
  || error.message.includes("internal server error")), "an error frame");
await scenario("bad-crc:1");
check(await read().then(() => false, () => true), "a bad checksum");
await scenario("cut:700");
check(await read().then(() => false, () => true), "a cut connection");
await scenario("stop:max-tokens");
check((await read()).some((event) => event.messageStop?.stopReason === "max_tokens"), "a stop reason");

client.destroy();
console.log(`${checks} checks`);
