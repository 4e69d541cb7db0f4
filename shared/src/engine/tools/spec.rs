//! What the model is offered: the tools of `tool-executor`, as `shared/tools.json` has them.
//!
//! The file is written from the executor's own types (`make tools-json`) and checked against them by a test, so the
//! schema that the model sees is the type that is parsed. It is part of this crate: no call at start fetches it.

use std::fmt;
use std::sync::{Arc, LazyLock};

use serde_json::value::RawValue;

use crate::json::{self, Object};

/// The file as it is checked in.
pub const FILE: &str = include_str!("../../../tools.json");

/// The tools a request offers, in the order of the file: always the same bytes.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Specs(Vec<Arc<Spec>>);

#[derive(PartialEq, Eq)]
struct Spec {
    name: String,
    /// `{"toolSpec": …}` without white space between tokens.
    json: String,
}

impl Specs {
    /// All tools. The file is read once in a process.
    pub fn all() -> Self {
        static ALL: LazyLock<Specs> = LazyLock::new(Specs::read);
        ALL.clone()
    }

    fn read() -> Self {
        let blocks: Vec<&RawValue> = serde_json::from_str(FILE).unwrap_or_default();
        let read = |block: &RawValue| {
            let spec = Object::read(block)?.get("toolSpec")?;
            let name = json::string(Object::read(spec)?.get("name")?)?.into_owned();
            Some(Arc::new(Spec { name, json: compact(block.get()) }))
        };
        Self(blocks.into_iter().filter_map(read).collect())
    }

    /// No tools.
    pub fn none() -> Self {
        Self::default()
    }

    /// Those of `names`.
    ///
    /// # Errors
    /// The first name that is none of them.
    pub fn only(&self, names: &[String]) -> Result<Self, String> {
        if let Some(unknown) = names.iter().find(|name| !self.contains(name)) {
            return Err(unknown.clone());
        }
        Ok(Self(self.0.iter().filter(|spec| names.contains(&spec.name)).cloned().collect()))
    }

    /// Whether `name` is one of them.
    pub fn contains(&self, name: &str) -> bool {
        self.0.iter().any(|spec| spec.name == name)
    }

    /// Their names.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|spec| spec.name.as_str())
    }

    /// Their blocks for `toolConfig.tools`.
    pub fn blocks(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|spec| spec.json.as_str())
    }
}

/// JSON without the white space that the file has for people.
fn compact(json: &str) -> String {
    let (mut out, mut in_string, mut escaped) = (String::with_capacity(json.len()), false, false);
    for c in json.chars() {
        match c {
            _ if escaped => escaped = false,
            '\\' if in_string => escaped = true,
            '"' => in_string = !in_string,
            c if !in_string && c.is_ascii_whitespace() => continue,
            _ => {}
        }
        out.push(c);
    }
    out
}

impl fmt::Debug for Specs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.names()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::converse::validate::{At, tool_config};

    #[test]
    fn every_tool_of_the_file_is_read_and_bedrock_would_take_it() {
        let specs = Specs::all();
        assert!(specs.0.len() >= 3);
        let config = format!(r#"{{"tools":{}}}"#, json::raw_array(specs.blocks()));
        assert_eq!(tool_config(serde_json::from_str(&config).unwrap(), At::ROOT), Ok(()));
        let file: serde_json::Value = serde_json::from_str(FILE).unwrap();
        assert_eq!(serde_json::from_str::<serde_json::Value>(&config).unwrap()["tools"], file);
    }

    #[test]
    fn a_choice_keeps_the_files_order_and_an_unknown_name_is_told() {
        let all = Specs::all();
        let mut reversed: Vec<String> = all.names().map(str::to_owned).collect();
        reversed.reverse();
        assert_eq!(all.only(&reversed), Ok(all.clone()));
        assert_eq!(all.only(&["nobody".to_owned()]), Err("nobody".to_owned()));
        assert_eq!(all.only(&[]), Ok(Specs::none()));
    }
}
