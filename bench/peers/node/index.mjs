// What one writes from the examples: each text that the model streams is an event.
import { BedrockRuntimeClient, ConverseStreamCommand } from '@aws-sdk/client-bedrock-runtime'

const client = new BedrockRuntimeClient({})

export const handler = awslambda.streamifyResponse(async (event, stream) => {
  const { messages } = JSON.parse(event.body)
  stream = awslambda.HttpResponseStream.from(stream, { statusCode: 200, headers: { 'content-type': 'text/event-stream' } })
  const answer = await client.send(new ConverseStreamCommand({ modelId: process.env.CHAT_MODEL_ID, messages }))
  for await (const { contentBlockDelta } of answer.stream) {
    const text = contentBlockDelta?.delta?.text
    if (text) stream.write(`data: ${JSON.stringify({ text })}\n\n`)
  }
  stream.end()
})
