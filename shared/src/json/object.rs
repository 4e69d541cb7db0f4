//! An object whose members pass as they came, but for the few that are changed.

use std::fmt;

use serde::ser::{Serialize, SerializeMap as _, Serializer};

use super::{Invalid, JsonPath, Raw, Value};

/// An object's members in order. As long as none is changed, the whole is written as it came.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Object {
    members: Vec<(Box<str>, Raw)>,
    whole: Option<Raw>,
}

impl Object {
    /// Decodes an object; members that are null are absent.
    ///
    /// # Errors
    /// [`Invalid`] if `value` is no object.
    pub fn decode(value: Value<'_>, path: &JsonPath<'_>) -> Result<Self, Invalid> {
        let members = path.members(value)?.map(|(name, value)| (name.into(), value.raw())).collect();
        Ok(Self { members, whole: Some(value.raw()) })
    }

    /// The names of its members.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.members.iter().map(|(name, _)| name.as_ref())
    }

    /// The member `name`.
    pub fn get(&self, name: &str) -> Option<&Raw> {
        self.members.iter().find(|(known, _)| known.as_ref() == name).map(|(_, value)| value)
    }

    /// Sets a member, which is the last one then.
    pub fn set(&mut self, name: &str, value: Raw) {
        self.remove(name);
        self.members.push((name.into(), value));
        self.whole = None;
    }

    /// Removes a member.
    pub fn remove(&mut self, name: &str) {
        let before = self.members.len();
        self.members.retain(|(known, _)| known.as_ref() != name);
        if self.members.len() != before {
            self.whole = None;
        }
    }
}

impl Serialize for Object {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if let Some(whole) = &self.whole {
            return whole.serialize(serializer);
        }
        let mut map = serializer.serialize_map(None)?;
        for (name, value) in &self.members {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

impl fmt::Debug for Object {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Object({} members)", self.members.len())
    }
}
