//! A turn of a conversation.

use std::fmt;

use serde::ser::{Serialize, SerializeStruct as _, Serializer};

use super::content_block::{BlockKind, ContentBlock};
use crate::json::{Invalid, JsonPath, Raw, Value, shown};
use crate::limits::{BLOCKS, MESSAGES};

/// Who speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// The caller's side: questions, and the results of tools.
    User,
    /// The model.
    Assistant,
}

/// A turn: a role and its blocks. As long as it is not changed, it is written as it came.
#[derive(Clone, PartialEq, Eq)]
pub struct Message {
    role: Role,
    content: Vec<ContentBlock>,
    whole: Option<Raw>,
}

impl Message {
    /// A turn that this service makes.
    pub fn new(role: Role, content: Vec<ContentBlock>) -> Self {
        Self { role, content, whole: None }
    }

    /// Decodes `messages`: at least one turn of `user` or `assistant`.
    ///
    /// # Errors
    /// [`Invalid`] at the first place that is wrong.
    pub fn decode_all(value: Value<'_>, path: &JsonPath<'_>) -> Result<Vec<Self>, Invalid> {
        let turns = path.items(value, MESSAGES)?.enumerate();
        let messages: Vec<_> =
            turns.map(|(index, turn)| Self::decode(turn, &path.index(index))).collect::<Result<_, _>>()?;
        if messages.is_empty() { Err(path.invalid("expected at least one message")) } else { Ok(messages) }
    }

    fn decode(value: Value<'_>, path: &JsonPath<'_>) -> Result<Self, Invalid> {
        path.object(value)?;
        let role_path = path.field("role");
        let role = match role_path.string(path.required(value, "role")?)?.as_ref() {
            "user" => Role::User,
            "assistant" => Role::Assistant,
            other => {
                return Err(role_path.invalid(format_args!("expected user or assistant, found {}", shown(other))));
            }
        };
        let content_path = path.field("content");
        let blocks = content_path.items(path.required(value, "content")?, usize::MAX)?.enumerate();
        let content = blocks
            .map(|(index, block)| ContentBlock::decode(block, &content_path.index(index)))
            .collect::<Result<Vec<_>, _>>()?;
        // How much the model says, and how many results it asks for, is not the caller's to choose.
        let is_result = |block: &&ContentBlock| matches!(block.kind(), BlockKind::ToolResult { .. });
        let callers = content.len() - content.iter().filter(is_result).count();
        if role == Role::User && callers > BLOCKS {
            return Err(content_path.invalid(format_args!("expected at most {BLOCKS} items, found {callers}")));
        }
        Ok(Self { role, content, whole: Some(value.raw()) })
    }

    /// Who speaks.
    pub fn role(&self) -> Role {
        self.role
    }

    /// Puts `blocks` before the others.
    pub fn prepend(&mut self, blocks: Vec<ContentBlock>) {
        self.content.splice(0..0, blocks);
        self.whole = None;
    }

    /// Sorts the blocks; those with the same key stay in their order.
    pub fn sort_by_key<K: Ord>(&mut self, key: impl FnMut(&ContentBlock) -> K) {
        self.content.sort_by_key(key);
        self.whole = None;
    }

    /// Replaces each block that `with` has another one for. Whether there was one.
    pub fn replace_blocks(&mut self, with: impl Fn(&ContentBlock) -> Option<ContentBlock>) -> bool {
        let mut changed = false;
        for block in &mut self.content {
            if let Some(other) = with(block) {
                (*block, changed) = (other, true);
            }
        }
        if changed {
            self.whole = None;
        }
        changed
    }

    /// The blocks, in order.
    pub fn content(&self) -> &[ContentBlock] {
        &self.content
    }
}

impl Serialize for Message {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if let Some(whole) = &self.whole {
            return whole.serialize(serializer);
        }
        let mut message = serializer.serialize_struct("Message", 2)?;
        message.serialize_field("role", &self.role)?;
        message.serialize_field("content", &self.content)?;
        message.end()
    }
}

impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Message({:?}, {} blocks)", self.role, self.content.len())
    }
}
