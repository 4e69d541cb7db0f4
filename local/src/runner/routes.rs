//! The API's routes: which function answers which path.

use std::collections::BTreeMap;

/// The API's paths and their functions. `{name}` stands for one segment; the first that matches wins. A function
/// itself answers a method that its path does not have.
const ROUTES: &[(&str, &str)] = &[("/chat", "chat"), ("/embed", "embed")];

/// The API's stage, with which every path can begin.
pub(super) const STAGE: &str = "v1";

/// A route that a path leads to.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Route<'a> {
    /// The function's name.
    pub(super) function: &'static str,
    /// The path as the table has it.
    pub(super) resource: &'static str,
    /// The path without the stage, as it came.
    pub(super) path: &'a str,
    /// What stands for each `{name}`, as it came.
    pub(super) parameters: BTreeMap<&'static str, &'a str>,
}

/// Finds the route of a path, with or without the stage and trailing slashes.
pub(super) fn find(path: &str) -> Option<Route<'_>> {
    let staged = path.strip_prefix('/').and_then(|path| path.strip_prefix(STAGE));
    let path = match staged {
        Some("") => "/",
        Some(bare) if bare.starts_with('/') => bare,
        _ => path,
    };
    ROUTES.iter().find_map(|&(resource, function)| {
        let parameters = parameters(resource, path)?;
        Some(Route { function, resource, path, parameters })
    })
}

/// The table's paths, for those who look for another.
pub(super) fn known() -> String {
    ROUTES.iter().map(|(resource, _)| *resource).collect::<Vec<_>>().join(", ")
}

fn parameters<'a>(resource: &'static str, path: &'a str) -> Option<BTreeMap<&'static str, &'a str>> {
    let mut segments = path.trim_end_matches('/').split('/');
    let mut found = BTreeMap::new();
    for expected in resource.trim_end_matches('/').split('/') {
        let segment = segments.next()?;
        match expected.strip_prefix('{').and_then(|name| name.strip_suffix('}')) {
            Some(name) if !segment.is_empty() => {
                found.insert(name, segment);
            }
            None if segment == expected => {}
            _ => return None,
        }
    }
    segments.next().is_none().then_some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn path_with_stage_or_trailing_slash_finds_its_route() {
        for path in ["/chat", "/chat/", "/v1/chat", "/v1/chat/"] {
            let route = find(path).unwrap();
            assert_eq!((route.function, route.resource), ("chat", "/chat"), "{path}");
            assert!(!route.path.contains("v1"), "{path}");
        }
        assert_eq!(find("/v1/embed").unwrap().function, "embed");
    }

    #[test]
    fn other_path_finds_none() {
        for path in ["", "/", "/v1", "/v1/", "/chats", "/chat/x", "/v1chat", "/v2/chat", "/v1/v1/chat", "//chat"] {
            assert_eq!(find(path), None, "{path}");
        }
    }

    #[test]
    fn parameter_is_one_segment_that_is_not_empty() {
        let found = parameters("/model/{modelId}/converse", "/model/a%2Fb:0/converse/").unwrap();
        assert_eq!(found.get("modelId"), Some(&"a%2Fb:0"));
        for path in ["/model//converse", "/model/a/b/converse", "/model/a", "/model/a/converse/x"] {
            assert_eq!(parameters("/model/{modelId}/converse", path), None, "{path}");
        }
        assert!(parameters("/", "/").is_some());
    }
}
