//! What comes next in a turn. Pure: no clock, no calls; the driver does what it says.

use std::time::Duration;

use super::turn::{EndReason, Limits, TurnDone, TurnSummary};
use super::usage::UsageSum;
use crate::converse::answer_block::{AnswerBlock, ToolUse};
use crate::converse::history::{assistant_turn, result_turn};
use crate::converse::message::Message;
use crate::converse::response::ConverseResponse;
use crate::converse::stop_reason::StopReason;
use crate::converse::tool_result::ToolResult;
use crate::converse::tool_specs::ToolSpecs;
use crate::engine::call::converse::Answer;
use crate::engine::failover::Attempts;
use crate::engine::tools::ToolCall;
use crate::json::Raw;

/// What to do next.
#[derive(Debug)]
pub(super) enum Step {
    /// Call the model, with these turns appended to the request.
    Call(Vec<Message>),
    /// Answer these calls, in this order, and come back with the results.
    Run(Vec<Planned>),
    /// The turn is over.
    End(Box<TurnDone>),
}

/// A call that is to be answered.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Planned {
    /// By running it.
    Run(ToolCall),
    /// By a result that is known already, with the tool's name.
    Known(String, ToolResult),
}

/// A turn between two steps.
#[derive(Debug)]
pub(super) struct State {
    limits: Limits,
    offered: ToolSpecs,
    callers_tools: Vec<String>,
    rounds: u32,
    calls: u32,
    summary: TurnSummary,
    /// How many of the new messages the request holds already.
    sent: usize,
    usage: UsageSum,
    response: Option<ConverseResponse>,
    stop_reason: StopReason,
    /// Calls of the caller's tools are open.
    open: bool,
    /// A call was rejected for the limit of calls.
    calls_exhausted: bool,
    /// The round before held no call that could be read.
    unreadable_before: bool,
}

/// What an answer is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum TurnKind {
    /// The model calls tools, and waits for their results.
    Tools,
    /// Its call could not be read: that is reported to it.
    Malformed,
    /// It has said what it had to say.
    Answer,
}

/// What becomes of a call.
enum Fate {
    Run(Raw),
    /// The caller runs it.
    Open,
    /// It is answered with this sentence, for the model.
    Rejected(String),
}

impl State {
    pub(super) fn new(limits: Limits, offered: ToolSpecs, callers_tools: Vec<String>) -> Self {
        Self {
            limits,
            offered,
            callers_tools,
            rounds: 0,
            calls: 0,
            summary: TurnSummary::default(),
            sent: 0,
            usage: UsageSum::default(),
            response: None,
            stop_reason: StopReason::EndTurn,
            open: false,
            calls_exhausted: false,
            unreadable_before: false,
        }
    }

    /// Whether a tool of ours has run: then a retry of the request would run it again.
    pub(super) fn tool_ran(&self) -> bool {
        self.calls > 0
    }

    /// What of the caller's request was changed for the model that is called.
    pub(super) fn adapted(&mut self, what: &[&'static str]) {
        self.summary.adapted.extend(what);
    }

    /// The model has answered. `waited` is from the turn's begin to the round's.
    pub(super) fn answered(&mut self, answer: Answer, attempts: Attempts, waited: Duration) -> Step {
        self.rounds += 1;
        self.usage.add(answer.usage.as_ref());
        let summary = &mut self.summary;
        let sum = |latency: u64| answer.latency_ms.map(|ms| latency + ms);
        summary.latency_ms = if self.rounds == 1 { answer.latency_ms } else { summary.latency_ms.and_then(sum) };
        let first = answer.time_to_first_token.map(|first| waited + first);
        summary.time_to_first_token = summary.time_to_first_token.or(first);
        summary.bedrock_request_id = answer.bedrock_request_id;
        summary.attempted(attempts);
        (self.response, self.stop_reason) = (answer.response, answer.stop_reason);
        (self.open, self.calls_exhausted) = (false, false);

        if self.stop_reason == StopReason::GuardrailIntervened {
            return self.blocked();
        }
        let kind = self.kind(&answer.blocks);
        let planned = self.plan(answer.blocks, kind);
        match kind {
            TurnKind::Tools if self.open || !planned.is_empty() => {
                // The content decides, and not the label.
                self.stop_reason = StopReason::ToolUse;
                if planned.is_empty() { self.end(EndReason::Model(StopReason::ToolUse)) } else { Step::Run(planned) }
            }
            TurnKind::Malformed if !planned.is_empty() => Step::Run(planned),
            TurnKind::Tools | TurnKind::Malformed | TurnKind::Answer => self.answer_ends(planned),
        }
    }

    /// What an answer is by what it holds. Its stop reason decides only whether its calls can be believed.
    fn kind(&mut self, blocks: &[AnswerBlock]) -> TurnKind {
        let calls = || blocks.iter().filter_map(AnswerBlock::call);
        let whole = calls().any(|call| call.input.is_some());
        let unreadable = match &self.stop_reason {
            StopReason::MalformedToolUse => true,
            reason => *reason == StopReason::ToolUse && !whole && calls().next().is_some(),
        };
        let again = std::mem::replace(&mut self.unreadable_before, unreadable);
        match unreadable {
            // Once: a model that cannot call is not called until the limit of rounds.
            true if !again => TurnKind::Malformed,
            true => {
                self.stop_reason = StopReason::MalformedToolUse;
                TurnKind::Answer
            }
            false if whole && !self.stop_reason.spoils_calls() => TurnKind::Tools,
            false => TurnKind::Answer,
        }
    }

    /// A guardrail blocked the question, a tool's result or the answer. What stays in the conversation is checked again in
    /// every request, so nothing of this turn does; the guardrail's own words are not the model's.
    fn blocked(&mut self) -> Step {
        self.summary.new_messages.clear();
        self.summary.discard_last_user_turn = true;
        self.end(EndReason::Model(StopReason::GuardrailIntervened))
    }

    /// The turn is over, so whatever was called is answered with why it was not run.
    fn answer_ends(&mut self, planned: Vec<Planned>) -> Step {
        let known = planned.into_iter().filter_map(|planned| match planned {
            Planned::Known(_, result) => Some(result),
            Planned::Run(_) => None,
        });
        self.summary.new_messages.extend(result_turn(&known.collect::<Vec<_>>()));
        let reason = match self.stop_reason.clone() {
            StopReason::ToolUse => StopReason::EndTurn,
            reason => reason,
        };
        self.end(EndReason::Model(reason))
    }

    /// Takes the model's turn into the history, and decides the fate of each of its calls.
    fn plan(&mut self, blocks: Vec<AnswerBlock>, kind: TurnKind) -> Vec<Planned> {
        self.summary.new_messages.extend(assistant_turn(&blocks));
        let calls = blocks.into_iter().filter_map(|block| match block {
            AnswerBlock::Content(_) => None,
            AnswerBlock::Call(call) => Some(call),
        });
        let mut planned = Vec::new();
        for ToolUse { tool_use_id, name, input, repeated } in calls {
            match self.fate(kind, repeated, &name, input) {
                Fate::Run(input) => {
                    self.calls += 1;
                    planned.push(Planned::Run(ToolCall { tool_use_id, name, input }));
                }
                Fate::Open => self.open = true,
                Fate::Rejected(why) => planned.push(Planned::Known(name, ToolResult::error(&tool_use_id, why))),
            }
        }
        planned
    }

    fn fate(&mut self, kind: TurnKind, repeated: bool, name: &str, input: Option<Raw>) -> Fate {
        match kind {
            TurnKind::Tools => {}
            // What was cut is not a call that the model made, be its input whole or not.
            TurnKind::Answer => {
                let name = self.stop_reason.name();
                return Fate::Rejected(format!("The call was not run: the turn ended with {name}."));
            }
            TurnKind::Malformed if self.stop_reason == StopReason::MalformedToolUse => {
                return Fate::Rejected("The call was malformed and was not run.".to_owned());
            }
            TurnKind::Malformed => {}
        }
        let Some(input) = input else {
            return Fate::Rejected("The call was not run: its input is not a JSON object.".to_owned());
        };
        if repeated {
            return Fate::Rejected(
                "The call was not run: another call of this turn has the same toolUseId.".to_owned(),
            );
        }
        if self.offered.contains(name) {
            if self.calls >= self.limits.tool_calls {
                self.calls_exhausted = true;
                return Fate::Rejected("The call was not run: the limit of tool calls is reached.".to_owned());
            }
            return Fate::Run(input);
        }
        if self.callers_tools.iter().any(|tool| tool == name) {
            return Fate::Open;
        }
        let known: Vec<&str> = self.offered.names().chain(self.callers_tools.iter().map(String::as_str)).collect();
        Fate::Rejected(format!("There is no tool {name:?}. The tools are: {}.", known.join(", ")))
    }

    /// The planned calls are answered, in the order of the plan.
    pub(super) fn results(&mut self, results: &[ToolResult], time_left: bool) -> Step {
        self.summary.new_messages.extend(result_turn(results));
        if self.open {
            self.end(EndReason::Model(StopReason::ToolUse))
        } else if self.calls_exhausted {
            self.end(EndReason::MaxToolCalls)
        } else if self.rounds >= self.limits.rounds {
            self.end(EndReason::MaxRounds)
        } else if !time_left {
            self.end(EndReason::Deadline)
        } else {
            let turns = self.summary.new_messages.get(self.sent..).unwrap_or_default().to_vec();
            self.sent = self.summary.new_messages.len();
            Step::Call(turns)
        }
    }

    fn end(&mut self, reason: EndReason) -> Step {
        let summary =
            TurnSummary { rounds: self.rounds, usage: self.usage.whole(), ..std::mem::take(&mut self.summary) };
        Step::End(Box::new(TurnDone { reason, summary, response: self.response.take() }))
    }

    /// What the completed rounds came to, if the round after them failed.
    pub(super) fn failed(&mut self) -> TurnSummary {
        TurnSummary { rounds: self.rounds + 1, usage: self.usage.so_far(), ..std::mem::take(&mut self.summary) }
    }

    /// Adds what a failed round is known to have used.
    pub(super) fn add_usage(&mut self, usage: Option<&Raw>) {
        if usage.is_some() {
            self.usage.add(usage);
        }
    }
}

#[cfg(test)]
mod tests;
