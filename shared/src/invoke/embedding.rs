//! Embedding models: a family is a file, pure (limits, request, answer), and its line in the list below.

pub mod family;
pub mod options;
pub mod vector;

/// Declares the families' modules and the list of them.
macro_rules! families {
    ($($name:ident),* $(,)?) => {
        $(mod $name;)*

        /// All families.
        pub static FAMILIES: &[family::Family] = &[$($name::FAMILY),*];
    };
}

families! {
    titan_text_v1,
    titan_text_v2,
    titan_multimodal,
    cohere_v3,
    cohere_v4,
    nova_multimodal,
}
