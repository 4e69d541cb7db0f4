//! The loop of a turn: the model plans, tools act, the model reads what came of it.
//!
//! The [`protocol`] is what goes in and comes out; `state` decides what comes next, purely; this file does it:
//! one model call after the other, the calls of one round side by side, pings in every silence, and exactly one end.

use std::collections::VecDeque;
use std::pin::Pin;
use std::time::Duration;

use futures_util::stream::{self, FuturesUnordered};
use futures_util::{Stream, StreamExt as _};
use tokio::time::{Instant, timeout};

use crate::engine::converse_api::Converse;
use crate::engine::deadline::{Deadline, PING_AFTER};
use crate::engine::retry::RetryTokens;
use crate::engine::round::{self, Question, RoundEvent, RoundStream};
use crate::engine::tools::port::Tools;
use crate::engine::tools::{ToolCall, ToolResult};
use crate::limits::PARALLEL_TOOL_CALLS;

pub mod protocol;
mod state;
mod usage;

use protocol::{Answered, Failed, Limits, LoopEvent, Turn};
use state::{Planned, State, Step};

/// A turn's events.
pub type LoopStream = Pin<Box<dyn Stream<Item = LoopEvent> + Send>>;

/// Runs a turn. Nothing is sent before the stream is first polled, and dropping it ends whatever it does.
pub fn run<C: Converse, T: Tools>(
    converse: &C,
    tools: &T,
    turn: Turn,
    limits: Limits,
    tokens: &RetryTokens,
    deadline: Deadline,
    now: Instant,
) -> LoopStream {
    let state = State::new(limits, turn.offered.clone(), turn.request.tool_names());
    let mut turn = turn;
    turn.request.offer_tools(&turn.offered.blocks().collect::<Vec<_>>());
    // Boxed: each event moves it.
    let driver = Box::new(Driver {
        converse: converse.clone(),
        tools: tools.clone(),
        turn,
        state,
        tokens: tokens.clone(),
        deadline,
        began: now,
        appended: 0,
        phase: Phase::Begin,
        out: VecDeque::new(),
    });
    Box::pin(stream::unfold(driver, |mut driver| async move {
        // Dropping the wait loses nothing: whatever is under way is in the driver.
        let event = timeout(PING_AFTER, driver.next()).await.unwrap_or(Some(LoopEvent::Ping))?;
        Some((event, driver))
    }))
}

struct Driver<C, T> {
    converse: C,
    tools: T,
    turn: Turn,
    state: State,
    tokens: RetryTokens,
    deadline: Deadline,
    began: Instant,
    /// How many of the gained turns the request holds already.
    appended: usize,
    phase: Phase,
    /// Events that wait to be taken.
    out: VecDeque<LoopEvent>,
}

enum Phase {
    Begin,
    Calling { round: RoundStream, began: Instant },
    Running(Running),
    Over,
}

/// A call with its place in the plan.
type RunningCall = Pin<Box<dyn Future<Output = (usize, Answered)> + Send>>;

/// The calls of one round.
struct Running {
    waiting: VecDeque<(usize, ToolCall)>,
    running: FuturesUnordered<RunningCall>,
    results: Vec<Option<ToolResult>>,
}

impl<C: Converse, T: Tools> Driver<C, T> {
    async fn next(&mut self) -> Option<LoopEvent> {
        loop {
            if let Some(event) = self.out.pop_front() {
                return Some(event);
            }
            match &mut self.phase {
                Phase::Begin => self.begin(),
                Phase::Calling { round, began } => {
                    let began = *began;
                    match round.next().await {
                        Some(RoundEvent::Model(event)) => return Some(LoopEvent::Model(event)),
                        Some(RoundEvent::Done(round)) => {
                            self.turn.model_id = round.asked.model_id.clone();
                            let step = self.state.round_ended(*round, began - self.began);
                            self.take(step);
                        }
                        Some(RoundEvent::Failed(failed)) => return Some(self.failed(*failed)),
                        None => return None,
                    }
                }
                Phase::Running(_) => {
                    if let Some(event) = self.run_calls().await {
                        return Some(event);
                    }
                }
                Phase::Over => return None,
            }
        }
    }

    /// Calls the model with everything gained so far.
    fn begin(&mut self) {
        if !self.state.is_first() {
            self.turn.request.free_tool_choice();
        }
        let gained = self.state.new_messages();
        self.turn.request.append(gained.get(self.appended..).unwrap_or_default());
        self.appended = gained.len();
        let question = Question {
            model_id: self.turn.model_id.clone(),
            // A turn stays with the model that began it: another one could refuse its signed reasoning.
            fallbacks: std::mem::take(&mut self.turn.fallbacks),
            body: self.turn.request.to_json().into(),
            guardrail: self.turn.guardrail,
            streamed: self.turn.streamed,
            status_open: self.turn.streamed && self.state.is_first(),
        };
        let round = round::ask(&self.converse, question, &self.tokens, self.deadline);
        self.phase = Phase::Calling { round, began: Instant::now() };
    }

    fn take(&mut self, step: Step) {
        self.phase = match step {
            Step::Call => Phase::Begin,
            Step::End(done) => {
                self.out.push_back(LoopEvent::Done(done));
                Phase::Over
            }
            Step::Answer(planned) => self.plan(planned),
        };
    }

    fn plan(&mut self, planned: Vec<Planned>) -> Phase {
        let mut running = Running { waiting: VecDeque::new(), running: FuturesUnordered::new(), results: Vec::new() };
        for (at, planned) in planned.into_iter().enumerate() {
            match planned {
                Planned::Run(call) => {
                    running.results.push(None);
                    running.waiting.push_back((at, call));
                }
                Planned::Known(name, result) => {
                    running.results.push(Some(result.clone()));
                    let answered = Answered { name, result, duration: Duration::ZERO };
                    self.out.push_back(LoopEvent::ToolResult(Box::new(answered)));
                }
            }
        }
        Phase::Running(running)
    }

    /// Starts what may start and waits for the next result; `None` once all are there.
    async fn run_calls(&mut self) -> Option<LoopEvent> {
        let Phase::Running(calls) = &mut self.phase else { return None };
        while calls.running.len() < PARALLEL_TOOL_CALLS
            && let Some((at, call)) = calls.waiting.pop_front()
        {
            calls.running.push(Box::pin(timed(self.tools.clone(), at, call, self.deadline)));
        }
        match calls.running.next().await {
            Some((at, answered)) => {
                if let Some(slot) = calls.results.get_mut(at) {
                    *slot = Some(answered.result.clone());
                }
                Some(LoopEvent::ToolResult(Box::new(answered)))
            }
            None => {
                let results: Vec<ToolResult> = calls.results.drain(..).flatten().collect();
                let time_left = self.deadline.leaves_time_for_a_round(Instant::now());
                let step = self.state.answered(&results, time_left);
                self.take(step);
                None
            }
        }
    }

    /// A round failed: what the others gained is kept, and asking again would run a tool of ours again.
    fn failed(&mut self, failed: round::Failed) -> LoopEvent {
        self.phase = Phase::Over;
        self.state.add_usage(failed.usage.as_deref());
        let mut gained = self.state.failed();
        gained.time_to_first_token = gained.time_to_first_token.or(failed.time_to_first_token);
        gained.bedrock_request_id = failed.bedrock_request_id.or(gained.bedrock_request_id);
        gained.asked(failed.asked);
        let error = if self.state.tool_ran() { failed.error.not_retryable() } else { failed.error };
        LoopEvent::Failed(Box::new(Failed { error, gained }))
    }
}

/// Runs a call within its budget. The port has the same budget; this one holds whatever it does.
async fn timed<T: Tools>(tools: T, at: usize, call: ToolCall, deadline: Deadline) -> (usize, Answered) {
    let began = Instant::now();
    let budget = deadline.tool(began);
    let (id, name) = (call.tool_use_id.clone(), call.name.clone());
    let late = || ToolResult::error(&id, "The tool did not answer in time.");
    let result =
        timeout(budget + Duration::from_millis(100), tools.call(call, budget)).await.unwrap_or_else(|_| late());
    (at, Answered { name, result, duration: began.elapsed() })
}

#[cfg(test)]
mod tests;
