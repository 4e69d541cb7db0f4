//! The tools. A tool is a file below `tools/` and its name in the list below: nothing else.
//!
//! The file has an `Input` (its schema is what the model is offered, and what is parsed), a `DESCRIPTION` written
//! for a model, and `run`.

use std::fmt;

use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::Context;

/// Declares the modules of the tools, what is offered of each, and how a call finds its tool.
macro_rules! tools {
    ($($name:ident),* $(,)?) => {
        $(pub mod $name;)*

        /// The specifications of all tools, as `toolConfig.tools` takes them.
        pub fn specs() -> Value {
            Value::from(vec![$(spec(stringify!($name), $name::DESCRIPTION, schema::<$name::Input>())),*])
        }

        /// Runs the tool `name`.
        ///
        /// # Errors
        /// [`Refusal`] for an unknown tool, an input that breaks the schema, or what the tool itself rejects.
        pub async fn run(name: &str, input: &str, context: &Context) -> Result<Value, Refusal> {
            match name {
                $(stringify!($name) => $name::run(parse(input)?, context).await,)*
                _ => Err(Refusal(format!("There is no tool {name:?}. The tools are: {}.", [$(stringify!($name)),*].join(", ")))),
            }
        }
    };
}

tools! {
    calculate,
    current_time,
    get_order_status,
}

/// Why a tool did not do its work: a sentence that the model can act on. It is shown to the model, so it
/// holds nothing that a caller must not see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal(pub String);

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Refusal {}

fn spec(name: &str, description: &str, schema: Value) -> Value {
    json!({ "toolSpec": { "name": name, "description": description, "inputSchema": { "json": schema } } })
}

/// A type's JSON schema, without what a model does not need.
fn schema<T: JsonSchema>() -> Value {
    let mut schema = schemars::schema_for!(T).to_value();
    if let Some(members) = schema.as_object_mut() {
        members.remove("$schema");
        members.remove("title");
        members.remove("description");
    }
    schema
}

/// Parses an input, and says at which path it breaks the schema.
fn parse<T: DeserializeOwned>(input: &str) -> Result<T, Refusal> {
    let mut json = serde_json::Deserializer::from_str(input);
    serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let path = error.path().to_string();
        let at = if path == "." { String::new() } else { format!(" at {path}") };
        Refusal(format!("The input does not fit the tool's schema{at}: {}.", error.inner()))
    })
}
