//! JSON that is parsed once and passes through as it came: key order, number spelling, next year's fields.

mod document;
mod edit;
mod object;
mod path;
mod raw;
mod scan;

pub use document::{Document, Kind, ParseError, Value, from_wtf8};
pub use edit::Edit;
pub use object::Object;
pub use path::{Invalid, JsonPath, likely, shown, whole_number};
pub use raw::Raw;
