//! The loop of a turn: the model plans, tools act, the model reads their results.
//!
//! [`turn`] is what goes in and comes out; `state` decides what comes next, purely; this file does it: one model call
//! after the other, the calls of one round side by side, and exactly one end.

use std::sync::Arc;
use std::time::Duration;

use async_stream::stream;
use futures_util::{Stream, StreamExt as _};
use tokio::time::{Instant, timeout};

use super::call::CallFailure;
use super::call::converse::ConverseOperation;
use super::converse_api::ConverseApi;
use super::deadline::Deadline;
use super::failover::{Attempts, Failover, FailoverEvent, Plan};
use super::retry::RetryTokens;
use super::tools::{ToolCall, ToolProvider};
use crate::converse::tool_result::ToolResult;
use crate::limits::PARALLEL_TOOL_CALLS;

mod state;
pub mod turn;
mod usage;

use state::{Planned, State, Step};
use turn::{Limits, ToolAnswer, Turn, TurnEvent, TurnFailed};

/// Runs a turn. Nothing is sent before the stream is first polled, and dropping it ends whatever it does.
pub fn run<C: ConverseApi, T: ToolProvider>(
    api: &C,
    tools: &T,
    turn: Turn,
    limits: Limits,
    tokens: &RetryTokens,
    deadline: Deadline,
    began: Instant,
) -> impl Stream<Item = TurnEvent> + Send + use<C, T> {
    let (api, tools, tokens) = (api.clone(), tools.clone(), tokens.clone());
    stream! {
        let callers_tools = turn.request.tool_names().map(str::to_owned).collect();
        let mut state = State::new(limits, turn.additions.tools.clone(), callers_tools);
        let streamed = turn.streamed;
        let request = Arc::new(turn.request);
        let mut operation = ConverseOperation::new(api, request, Arc::new(turn.additions), streamed, deadline);
        let mut plan = Plan { model: turn.model, fallbacks: turn.fallbacks, tokens, deadline, status_open: streamed };
        loop {
            let round_began = Instant::now();
            let mut failover = Failover::new(operation, plan.clone());
            let (answer, attempts) = loop {
                match failover.next().await {
                    FailoverEvent::Event(event) => yield TurnEvent::Model(event),
                    FailoverEvent::Answered(answer, attempts) => break (answer, attempts),
                    FailoverEvent::Failed(failure, attempts) => {
                        state.adapted(failover.operation().adapted());
                        yield TurnEvent::Failed(Box::new(failed(state, failure, attempts)));
                        return;
                    }
                }
            };
            // A turn stays with the model that began it: another one could reject its signed reasoning.
            let model;
            (operation, model) = failover.into_parts();
            state.adapted(operation.adapted());
            plan = Plan { model, fallbacks: [].into(), status_open: false, ..plan };
            let step = match state.answered(answer, attempts, round_began - began) {
                Step::Run(planned) => {
                    let mut results = vec![None; planned.len()];
                    let mut running = run_all(&tools, planned, deadline);
                    while let Some((at, answer)) = running.next().await {
                        if let Some(slot) = results.get_mut(at) {
                            *slot = Some(answer.result.clone());
                        }
                        yield TurnEvent::ToolResult(Box::new(answer));
                    }
                    let results: Vec<ToolResult> = results.into_iter().flatten().collect();
                    state.results(&results, deadline.leaves_time_for_a_round(Instant::now()))
                }
                step => step,
            };
            match step {
                Step::Call(turns) => {
                    operation.later_round(turns);
                }
                Step::End(done) => {
                    yield TurnEvent::Done(done);
                    return;
                }
                // Results are never answered by more calls.
                Step::Run(_) => return,
            }
        }
    }
}

/// A round failed: what the others gained is kept, and a retry would run a tool of ours again.
fn failed(mut state: State, failure: CallFailure, attempts: Attempts) -> TurnFailed {
    let tool_ran = state.tool_ran();
    state.add_usage(failure.usage.as_ref());
    let mut summary = state.failed();
    summary.time_to_first_token = summary.time_to_first_token.or(failure.time_to_first_token);
    summary.bedrock_request_id = failure.bedrock_request_id.or(summary.bedrock_request_id);
    summary.attempted(attempts);
    let error = if tool_ran { failure.error.not_retryable() } else { failure.error };
    TurnFailed { error, summary }
}

/// Answers planned calls side by side, as many at once as [`PARALLEL_TOOL_CALLS`], in the order they are ready, each with
/// its place in the plan.
fn run_all<T: ToolProvider>(
    tools: &T,
    planned: Vec<Planned>,
    deadline: Deadline,
) -> impl Stream<Item = (usize, ToolAnswer)> + Send + Unpin {
    let (known, calls): (Vec<_>, Vec<_>) =
        planned.into_iter().enumerate().partition(|(_, planned)| matches!(planned, Planned::Known(..)));
    let known = known.into_iter().filter_map(|(at, planned)| match planned {
        Planned::Known(name, result) => Some((at, ToolAnswer { name, result, duration: Duration::ZERO })),
        Planned::Run(_) => None,
    });
    let tools = tools.clone();
    let running = calls.into_iter().filter_map(move |(at, planned)| match planned {
        Planned::Run(call) => Some(timed(tools.clone(), at, call, deadline)),
        Planned::Known(..) => None,
    });
    let running = futures_util::stream::iter(running).buffer_unordered(PARALLEL_TOOL_CALLS);
    Box::pin(futures_util::stream::iter(known).chain(running))
}

/// Runs a call within its budget. The provider has the same budget; this one holds whatever it does.
async fn timed<T: ToolProvider>(tools: T, at: usize, call: ToolCall, deadline: Deadline) -> (usize, ToolAnswer) {
    let began = Instant::now();
    let budget = deadline.tool(began);
    let (id, name) = (call.tool_use_id.clone(), call.name.clone());
    let late = |_| ToolResult::error(&id, "The tool did not answer in time.");
    let result = timeout(budget + Duration::from_millis(100), tools.call(call, budget)).await.unwrap_or_else(late);
    (at, ToolAnswer { name, result, duration: began.elapsed() })
}

#[cfg(test)]
mod tests;
