// Evaluates policies offline. Standard input: [{policies, action, resource, context}]; standard output: a list of
// "Allowed", "ImplicitlyDenied", "ExplicitlyDenied", or an error's text.
import { runSimulation, runUnsafeSimulation } from '@cloud-copilot/iam-simulate'
import { readFileSync } from 'node:fs'

const account = '000000000000'
const results = []
for (const { policies, action, resource, context } of JSON.parse(readFileSync(0, 'utf8'))) {
  const simulation = {
    request: {
      principal: `arn:aws:iam::${account}:role/function`,
      action,
      resource: { resource, accountId: account },
      contextVariables: context,
    },
    identityPolicies: policies.map((policy, at) => ({ name: `policy-${at}`, policy })),
    serviceControlPolicies: [],
    resourceControlPolicies: [],
  }
  // A model's ARN without a region is right, and unknown to the data of the checked simulation.
  const run = resource.includes(':bedrock:::') ? runUnsafeSimulation : runSimulation
  const result = await run(simulation, {})
  // The unchecked one answers with the word itself.
  results.push(typeof result === 'string' ? result : (result.overallResult ?? JSON.stringify(result.errors)))
}
console.log(JSON.stringify(results))
