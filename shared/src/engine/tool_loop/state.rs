//! What comes next in a turn. Pure: no clock, no calls; the driver does what it is told.

use std::time::Duration;

use super::protocol::{Done, EndReason, Gained, Limits};
use super::usage::UsageSum;
use crate::converse::history::{Block, StopReason, assistant_turn, legalise, result_turn};
use crate::converse::response::Reply;
use crate::engine::round::Round;
use crate::engine::tools::spec::Specs;
use crate::engine::tools::{ToolCall, ToolResult};

/// What to do next.
#[derive(Debug)]
pub(super) enum Step {
    /// Call the model, with the new messages appended.
    Call,
    /// Answer these calls, in this order, and come back with the results.
    Answer(Vec<Planned>),
    /// The turn is over.
    End(Box<Done>),
}

/// A call that is to be answered.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Planned {
    /// By running it.
    Run(ToolCall),
    /// By a result that is known already; the name is the model's.
    Known(String, ToolResult),
}

/// A turn between two steps.
#[derive(Debug)]
pub(super) struct State {
    limits: Limits,
    offered: Specs,
    callers: Vec<String>,
    rounds: u32,
    calls: u32,
    gained: Gained,
    usage: UsageSum,
    reply: Option<Reply>,
    stop_reason: StopReason,
    /// Calls of the caller's tools are open.
    open: bool,
    /// A call was refused for the limit of calls.
    calls_exhausted: bool,
}

impl State {
    pub(super) fn new(limits: Limits, offered: Specs, callers: Vec<String>) -> Self {
        Self {
            limits,
            offered,
            callers,
            rounds: 0,
            calls: 0,
            gained: Gained::default(),
            usage: UsageSum::default(),
            reply: None,
            stop_reason: StopReason::EndTurn,
            open: false,
            calls_exhausted: false,
        }
    }

    /// Whether a tool of ours has run: then asking again would run it again.
    pub(super) fn tool_ran(&self) -> bool {
        self.calls > 0
    }

    /// Whether the next model call is the first.
    pub(super) fn is_first(&self) -> bool {
        self.rounds == 0
    }

    /// The model has answered. `waited` is from the turn's begin to the round's.
    pub(super) fn round_ended(&mut self, round: Round, waited: Duration) -> Step {
        self.rounds += 1;
        self.usage.add(round.usage.as_deref());
        let sum = |latency: u64| round.latency_ms.map(|ms| latency + ms);
        self.gained.latency_ms = if self.rounds == 1 { round.latency_ms } else { self.gained.latency_ms.and_then(sum) };
        let first = round.time_to_first_token.map(|first| waited + first);
        self.gained.time_to_first_token = self.gained.time_to_first_token.or(first);
        self.gained.bedrock_request_id = round.bedrock_request_id;
        self.gained.asked(round.asked);
        (self.reply, self.stop_reason) = (round.reply, round.stop_reason);
        (self.open, self.calls_exhausted) = (false, false);

        let mut blocks = round.blocks;
        let names: Vec<String> = blocks.iter().filter_map(Block::tool_name).map(str::to_owned).collect();
        let repeated = legalise(&mut blocks);
        self.gained.new_messages.extend(assistant_turn(&blocks));
        let calls = blocks.into_iter().enumerate().filter_map(|(at, block)| match block {
            Block::Whole(_) => None,
            Block::Call { id, name, input } => Some((repeated.contains(&at), id, name, input)),
        });
        let mut planned = Vec::new();
        for ((repeated, id, name, input), shown) in calls.zip(names) {
            match self.fate(repeated, &name, input) {
                Fate::Run(input) => {
                    self.calls += 1;
                    planned.push(Planned::Run(ToolCall { tool_use_id: id, name, input }));
                }
                Fate::Open => self.open = true,
                Fate::Refused(why) => planned.push(Planned::Known(shown, ToolResult::error(&id, why))),
            }
        }
        if self.stop_reason.awaits_results() && !planned.is_empty() {
            return Step::Answer(planned);
        }
        let known = planned.into_iter().filter_map(|planned| match planned {
            Planned::Known(_, result) => Some(result),
            Planned::Run(_) => None,
        });
        self.gained.new_messages.extend(result_turn(&known.collect::<Vec<_>>()));
        self.end(EndReason::Model(self.stop_reason.clone()))
    }

    /// What becomes of a call.
    fn fate(&mut self, repeated: bool, name: &str, input: Option<String>) -> Fate {
        if !self.stop_reason.awaits_results() {
            return Fate::Refused(format!("The call was not run: the turn ended with {}.", self.stop_reason.name()));
        }
        if self.stop_reason == StopReason::MalformedToolUse {
            return Fate::Refused("The call was malformed and was not run.".to_owned());
        }
        let Some(input) = input else {
            return Fate::Refused("The call was not run: its input is not a JSON object.".to_owned());
        };
        if repeated {
            return Fate::Refused("The call was not run: another call of this turn has the same toolUseId.".to_owned());
        }
        if self.offered.contains(name) {
            if self.calls >= self.limits.tool_calls {
                self.calls_exhausted = true;
                return Fate::Refused("The call was not run: the limit of tool calls is reached.".to_owned());
            }
            return Fate::Run(input);
        }
        if self.callers.iter().any(|tool| tool == name) {
            return Fate::Open;
        }
        let known: Vec<&str> = self.offered.names().chain(self.callers.iter().map(String::as_str)).collect();
        Fate::Refused(format!("There is no tool {name:?}. The tools are: {}.", known.join(", ")))
    }

    /// The planned calls are answered, in the order of the plan.
    pub(super) fn answered(&mut self, results: &[ToolResult], time_left: bool) -> Step {
        self.gained.new_messages.extend(result_turn(results));
        if self.open {
            self.end(EndReason::Model(StopReason::ToolUse))
        } else if self.calls_exhausted {
            self.end(EndReason::MaxToolCalls)
        } else if self.rounds >= self.limits.rounds {
            self.end(EndReason::MaxRounds)
        } else if !time_left {
            self.end(EndReason::Deadline)
        } else {
            Step::Call
        }
    }

    fn end(&mut self, reason: EndReason) -> Step {
        let gained = Gained { rounds: self.rounds, usage: self.usage.whole(), ..std::mem::take(&mut self.gained) };
        Step::End(Box::new(Done { reason, gained, reply: self.reply.take() }))
    }

    /// What the completed rounds gained, where the round after them failed.
    pub(super) fn failed(&mut self) -> Gained {
        Gained { rounds: self.rounds + 1, usage: self.usage.so_far(), ..std::mem::take(&mut self.gained) }
    }

    /// Adds what a failed round is known to have used.
    pub(super) fn add_usage(&mut self, usage: Option<&serde_json::value::RawValue>) {
        if usage.is_some() {
            self.usage.add(usage);
        }
    }

    /// The turns gained so far.
    pub(super) fn new_messages(&self) -> &[Box<serde_json::value::RawValue>] {
        &self.gained.new_messages
    }
}

enum Fate {
    Run(String),
    Open,
    Refused(String),
}

#[cfg(test)]
mod tests;
