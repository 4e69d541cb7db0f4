//! What a caller wants of a vector, in the words of the API.

use std::fmt;

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$member_doc:meta])* $member:ident = $word:literal),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
        pub enum $name { $($(#[$member_doc])* $member),* }

        impl $name {
            /// All words.
            pub const ALL: &'static [Self] = &[$(Self::$member),*];

            /// Reads a word.
            pub fn from_name(name: &str) -> Option<Self> {
                match name { $($word => Some(Self::$member),)* _ => None }
            }

            /// The word.
            pub fn name(self) -> &'static str {
                match self { $(Self::$member => $word),* }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.name())
            }
        }
    };
}

words! {
    /// What the vectors are for. Families that make no difference ignore it.
    Purpose {
        /// Texts that will be searched.
        #[default]
        SearchDocument = "search_document",
        /// What they are searched with.
        SearchQuery = "search_query",
        /// Texts that are sorted into classes.
        Classification = "classification",
        /// Texts that are grouped.
        Clustering = "clustering",
    }
}

words! {
    /// The form of a vector's values.
    EmbeddingType {
        /// Decimal numbers.
        #[default]
        Float = "float",
        /// Whole numbers from -128 to 127.
        Int8 = "int8",
        /// Whole numbers from 0 to 255.
        Uint8 = "uint8",
        /// Bits.
        Binary = "binary",
        /// Bits, packed into numbers from 0 to 255.
        Ubinary = "ubinary",
    }
}

words! {
    /// What happens to a text that is too long for the model.
    Truncate {
        /// It is rejected.
        #[default]
        None = "none",
        /// Its start is left out.
        Start = "start",
        /// Its end is left out.
        End = "end",
    }
}

/// What a caller wants.
#[derive(Debug, Clone, Copy, Default)]
pub struct Options {
    /// What the vectors are for.
    pub purpose: Purpose,
    /// Values in a vector; none: the model's default.
    pub dimensions: Option<u32>,
    /// Whether vectors have length 1; none: the model's default.
    pub normalize: Option<bool>,
    /// The form of the values.
    pub embedding_type: EmbeddingType,
    /// What happens to a text that is too long; none: the model's default, which is to reject it.
    pub truncate: Option<Truncate>,
}
