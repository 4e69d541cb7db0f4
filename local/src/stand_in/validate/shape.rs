//! Whether a request has the shape of the API's model: what cannot be read is a SerializationException; then what
//! breaks constraints is counted and joined in one ValidationException.

use std::fmt::Write as _;

use base64::Engine as _;
use serde_json::Value;

use super::api::{CONVERSE, Kind, Member};
use super::model_error;
use crate::stand_in::error::Rejection;

mod rule;

pub(super) fn check(request: &Value) -> Result<(), Rejection> {
    let mut walk = Walk::default();
    walk.visit(&CONVERSE, request, &mut Vec::new())?;
    match walk.violations.len() {
        0 => walk.unknown.map_or(Ok(()), Err),
        1 => Err(Rejection::validation(format!("1 validation error detected: {}", walk.violations.concat()))),
        n => Err(Rejection::validation(format!("{n} validation errors detected: {}", walk.violations.join("; ")))),
    }
}

/// A step of the way to a value.
#[derive(Debug, Clone, Copy)]
enum Step<'a> {
    Member(&'a str),
    Item(usize),
}

#[derive(Default)]
struct Walk {
    violations: Vec<String>,
    /// The first structure of content with a member that it does not have, or union without exactly one.
    unknown: Option<Rejection>,
}

impl Walk {
    fn visit<'a>(&mut self, kind: &Kind, value: &'a Value, path: &mut Vec<Step<'a>>) -> Result<(), Rejection> {
        match kind {
            Kind::Document => Ok(()),
            Kind::Text(rule) => {
                let text = text(value)?;
                if let Some(broken) = rule.broken_by(text) {
                    let shown = (!text.is_empty() && !hidden(path)).then(|| format!("'{text}'"));
                    self.violation(path, shown, broken);
                }
                Ok(())
            }
            Kind::Blob => {
                let bytes = base64::engine::general_purpose::STANDARD.decode(text(value)?);
                // Wording not known from the service.
                let bytes = bytes.map_err(|_| serialization("STRING_VALUE is not valid base64"))?;
                if bytes.is_empty() {
                    self.violation(path, None, "Member must have length greater than or equal to 1".to_owned());
                }
                Ok(())
            }
            Kind::Integer(min) => {
                let number = value.as_i64().ok_or_else(|| unreadable(value, "Integer"))?;
                if number < *min {
                    let broken = format!("Member must have value greater than or equal to {min}");
                    self.violation(path, Some(format!("'{number}'")), broken);
                }
                Ok(())
            }
            Kind::Float => {
                let number = value.as_f64().ok_or_else(|| unreadable(value, "Float"))?;
                let broken = match number {
                    number if number < 0.0 => "Member must have value greater than or equal to 0",
                    number if number > 1.0 => "Member must have value less than or equal to 1",
                    _ => return Ok(()),
                };
                self.violation(path, Some(format!("'{value}'")), broken.to_owned());
                Ok(())
            }
            // A text is read as true.
            Kind::Flag if value.is_boolean() || value.is_string() => Ok(()),
            Kind::Flag => Err(unreadable(value, "Boolean")),
            Kind::Structure(members) => self.members(members, value, path),
            Kind::Block(members) => {
                self.members(members, value, path)?;
                self.known(members, value, path);
                Ok(())
            }
            Kind::Union(name, members) => {
                self.members(members, value, path)?;
                self.known(members, value, path);
                let set = |member: &&Member| is_set(member, value);
                if members.iter().filter(set).count() != 1 && self.unknown.is_none() {
                    // Wording not known from the service.
                    let sentence = format!("The {name} object at {} must set exactly one member.", zero_based(path));
                    self.unknown = Some(Rejection::validation(sentence));
                }
                Ok(())
            }
            Kind::List(item, min, max) => self.items(item, (*min, *max), value, path),
            Kind::Map(min, max, key, entry) => {
                let entries = value.as_object().ok_or_else(|| unreadable(value, "Map"))?;
                self.count(entries.len(), (*min, *max), path);
                if let Some(broken) = entries.keys().find_map(|name| key.broken_by(name).map(|_| key.every())) {
                    self.violation(path, None, format!("Map keys must satisfy constraint: [{broken}]"));
                }
                match entry {
                    Kind::Text(rule) => {
                        let texts = entries.values().map(text).collect::<Result<Vec<_>, _>>()?;
                        if texts.iter().any(|text| rule.broken_by(text).is_some()) {
                            let broken = format!("Map value must satisfy constraint: [{}]", rule.every());
                            self.violation(path, None, broken);
                        }
                        Ok(())
                    }
                    entry => entries.iter().try_for_each(|(name, value)| {
                        path.push(Step::Member(name));
                        self.visit(entry, value, path)?;
                        path.pop();
                        Ok(())
                    }),
                }
            }
        }
    }

    fn members<'a>(
        &mut self,
        members: &'static [Member],
        value: &'a Value,
        path: &mut Vec<Step<'a>>,
    ) -> Result<(), Rejection> {
        let object = value.as_object().ok_or_else(|| unreadable(value, "Structure"))?;
        for member in members {
            path.push(Step::Member(member.name));
            match object.get(member.name).filter(|_| is_set(member, value)) {
                Some(value) => self.visit(&member.kind, value, path)?,
                None if member.required => self.violation(path, None, "Member must not be null".to_owned()),
                None => {}
            }
            path.pop();
        }
        Ok(())
    }

    /// Remembers a member that a structure of content does not have.
    fn known(&mut self, members: &[Member], value: &Value, path: &[Step<'_>]) {
        let stray = |name: &&String| !members.iter().any(|member| member.name == name.as_str());
        if let Some(name) = value.as_object().and_then(|object| object.keys().find(stray))
            && self.unknown.is_none()
        {
            let at = pointer(path);
            self.unknown = Some(model_error(&format!(
                "Malformed input request: #{at}: extraneous key [{name}] is not permitted, please reformat your input and try again."
            )));
        }
    }

    fn items<'a>(
        &mut self,
        item: &'static Kind,
        limits: (usize, usize),
        value: &'a Value,
        path: &mut Vec<Step<'a>>,
    ) -> Result<(), Rejection> {
        let items = value.as_array().ok_or_else(|| serialization("Expected list or null"))?;
        self.count(items.len(), limits, path);
        if let Kind::Text(rule) = item {
            let texts = items.iter().map(text).collect::<Result<Vec<_>, _>>()?;
            if texts.iter().any(|text| rule.broken_by(text).is_some()) {
                self.violation(path, None, format!("Member must satisfy constraint: [{}]", rule.every()));
            }
            return Ok(());
        }
        for (index, value) in items.iter().enumerate() {
            path.push(Step::Item(index));
            match value {
                Value::Null => self.violation(path, None, "Member must not be null".to_owned()),
                value => self.visit(item, value, path)?,
            }
            path.pop();
        }
        Ok(())
    }

    fn count(&mut self, length: usize, (min, max): (usize, usize), path: &[Step<'_>]) {
        if length < min {
            self.violation(path, None, format!("Member must have length greater than or equal to {min}"));
        }
        if length > max {
            self.violation(path, None, format!("Member must have length less than or equal to {max}"));
        }
    }

    fn violation(&mut self, path: &[Step<'_>], shown: Option<String>, broken: String) {
        let shown = shown.filter(|shown| shown.len() <= 256).map(|shown| format!(" {shown}")).unwrap_or_default();
        self.violations.push(format!("Value{shown} at '{}' failed to satisfy constraint: {broken}", one_based(path)));
    }
}

/// Null is absent, but in a document it is a value.
fn is_set(member: &Member, value: &Value) -> bool {
    value.get(member.name).is_some_and(|value| !value.is_null() || matches!(member.kind, Kind::Document))
}

/// What a conversation says is not repeated.
fn hidden(path: &[Step<'_>]) -> bool {
    matches!(path.first(), Some(Step::Member("messages" | "system")))
}

fn text(value: &Value) -> Result<&str, Rejection> {
    value.as_str().ok_or_else(|| unreadable(value, "String"))
}

/// The service's sentence for a value of another kind (Coral's, as other AWS services answer too).
fn unreadable(value: &Value, wanted: &str) -> Rejection {
    let token = match value {
        Value::Array(_) => return serialization("Start of list found where not expected"),
        Value::Object(_) => return serialization("Start of structure or map found where not expected."),
        _ if matches!(wanted, "Structure" | "Map") => {
            // Wording not known from the service.
            return serialization("Expected structure or null");
        }
        Value::Null => "NULL_VALUE",
        Value::Bool(true) => "TRUE_VALUE",
        Value::Bool(false) => "FALSE_VALUE",
        Value::Number(_) => "NUMBER_VALUE",
        Value::String(_) => "STRING_VALUE",
    };
    serialization(&format!("{token} can not be converted to a {wanted}"))
}

fn serialization(message: &str) -> Rejection {
    Rejection::new("SerializationException", message)
}

/// As constraints write a path: `messages.1.member.content`.
fn one_based(path: &[Step<'_>]) -> String {
    written(path, '.', |index| format!("{}.member", index + 1))
}

/// As Converse's own rules write a path: `messages.0.content`.
fn zero_based(path: &[Step<'_>]) -> String {
    written(path, '.', |index| index.to_string())
}

/// As the schemas of models' bodies write a path: `/messages/0/content`.
fn pointer(path: &[Step<'_>]) -> String {
    format!("/{}", written(path, '/', |index| index.to_string()))
}

fn written(path: &[Step<'_>], between: char, item: impl Fn(usize) -> String) -> String {
    let mut all = String::new();
    for step in path {
        if !all.is_empty() {
            all.push(between);
        }
        let _ = match step {
            Step::Member(name) => write!(all, "{name}"),
            Step::Item(index) => write!(all, "{}", item(*index)),
        };
    }
    all
}

#[cfg(test)]
mod tests;
