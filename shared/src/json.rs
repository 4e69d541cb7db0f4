//! JSON that is parsed once and passes through as it came: key order, number spelling, next year's fields.

mod document;
mod edit;
mod object;
mod path;
mod raw;
mod scan;

pub use document::{Document, Kind, ParseError, Value, from_wtf8};
pub use edit::{Edit, without_nulls};
pub use object::Object;
pub use path::{Invalid, JsonPath, shown};
pub use raw::Raw;
