//! What a family's models have in common.

use super::cells::Takes;
use super::rows;

const TABLE: &str = include_str!("../families.tsv");

/// A family as the rules need it.
#[derive(Debug, Clone, Copy)]
pub(in crate::stand_in) struct Family {
    start: &'static str,
    /// A conversation that begins with assistant.
    pub(in crate::stand_in) assistant_first: Takes,
    /// Neighbours of one role.
    pub(in crate::stand_in) repeated_roles: Takes,
    /// A system prompt.
    pub(in crate::stand_in) system: Takes,
    /// Tools in a streamed answer.
    pub(in crate::stand_in) streamed_tools: Takes,
    /// Company of a tool's result in its turn.
    pub(in crate::stand_in) mixed_results: Takes,
    /// `toolResult.status`.
    pub(in crate::stand_in) result_status: Takes,
    results: Option<&'static str>,
    reasoning: Option<&'static str>,
    /// Media by `s3Location`.
    pub(in crate::stand_in) s3: Takes,
    pub(in crate::stand_in) stop_sequences: Takes,
    fields: &'static str,
}

impl Family {
    /// The family of a base id; of an empty one nothing is known.
    pub(super) fn of(base_id: &str) -> Self {
        let starts = |row: &&str| row.split('\t').next().is_some_and(|start| base_id.starts_with(start));
        match rows(TABLE).filter(starts).max_by_key(|row| row.split('\t').next().map(str::len)) {
            Some(row) => Self::read(row),
            None => Self::read(""),
        }
    }

    fn read(row: &'static str) -> Self {
        let mut cells = row.split('\t');
        let mut cell = || cells.next().unwrap_or("?");
        let start = cell();
        let mut takes = || Takes::read(cell());
        let (assistant_first, repeated_roles, system, streamed_tools) = (takes(), takes(), takes(), takes());
        let mixed_results = match takes() {
            Takes::Yes => Takes::No,
            Takes::No => Takes::Yes,
            Takes::Unknown => Takes::Unknown,
        };
        let result_status = takes();
        let mut list = || Some(cell()).filter(|cell| *cell != "?");
        let (results, reasoning) = (list(), list());
        let mut takes = || Takes::read(cell());
        let (s3, stop_sequences) = (takes(), takes());
        let fields = if start.is_empty() { "*" } else { cell() };
        Self {
            start,
            assistant_first,
            repeated_roles,
            system,
            streamed_tools,
            mixed_results,
            result_status,
            results,
            reasoning,
            s3,
            stop_sequences,
            fields,
        }
    }

    pub(in crate::stand_in) fn is_claude(&self) -> bool {
        self.start == "anthropic.claude"
    }

    pub(in crate::stand_in) fn is_nova(&self) -> bool {
        self.start.starts_with("amazon.nova")
    }

    /// Whether a tool's result may hold a medium, which may be a document of `format`.
    pub(in crate::stand_in) fn takes_in_result(&self, medium: &str, format: Option<&str>) -> bool {
        let named = |name: &str| self.results.is_none_or(|all| all.split(',').any(|known| known == name));
        named(medium) || format.is_some_and(named)
    }

    /// Whether reasoning of this kind, as `signed`, may go back.
    pub(in crate::stand_in) fn takes_reasoning(&self, kind: &str) -> bool {
        self.reasoning.is_none_or(|all| all.split(',').any(|known| known == kind))
    }

    /// Whether `additionalModelRequestFields` may have this member.
    pub(in crate::stand_in) fn takes_field(&self, name: &str) -> bool {
        self.fields == "*" || self.fields.split(',').any(|known| known == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_beginning_decides() {
        assert_eq!(Family::of("mistral.mistral-7b-instruct-v0:2").system, Takes::No);
        assert_eq!(Family::of("mistral.ministral-3-8b-instruct").system, Takes::Yes);
        assert!(!Family::of("openai.gpt-oss-120b-1:0").takes_reasoning("redacted"));
        assert!(Family::of("openai.gpt-6-sol").takes_reasoning("redacted"));
    }

    #[test]
    fn of_an_unknown_model_everything_passes() {
        let unknown = Family::of("");
        assert_eq!(
            (unknown.system, unknown.result_status, unknown.mixed_results),
            (Takes::Unknown, Takes::Unknown, Takes::Unknown)
        );
        assert!(
            unknown.takes_in_result("video", None) && unknown.takes_reasoning("signed") && unknown.takes_field("x")
        );
    }

    #[test]
    fn a_result_of_nova_holds_documents_of_two_formats() {
        let nova = Family::of("amazon.nova-lite-v1:0");
        assert!(nova.takes_in_result("image", Some("png")) && nova.takes_in_result("document", Some("csv")));
        assert!(!nova.takes_in_result("document", Some("pdf")) && !nova.takes_in_result("video", Some("mp4")));
    }

    #[test]
    fn every_family_has_twelve_cells() {
        for row in rows(TABLE) {
            assert_eq!(row.split('\t').count(), 12, "{row}");
        }
    }
}
