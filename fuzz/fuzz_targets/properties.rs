//! The property that `PROPERTY` names, over what libFuzzer thinks of.

#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use tests::properties::{ALL, Property};

static CHOSEN: LazyLock<Property> = LazyLock::new(|| {
    let name = std::env::var("PROPERTY").unwrap_or_default();
    let known = ALL.map(|(name, _)| name).join(", ");
    ALL.into_iter().find(|(known, _)| *known == name).unwrap_or_else(|| panic!("PROPERTY: expected one of {known}"))
});

fuzz_target!(|data: &[u8]| (CHOSEN.1)(data));
