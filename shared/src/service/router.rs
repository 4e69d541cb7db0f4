//! From a request's method and path to what answers it.

use http::Method;
use lambda_http::Request;

use super::config::{ConfigError, Env};
use super::event::RoutePath;
use crate::error::{AppError, Code};

/// A route of a function, relative to the API's base path.
#[derive(Debug)]
pub struct Route<D> {
    /// The method.
    pub method: Method,
    /// The path, without a trailing slash.
    pub path: &'static str,
    /// What answers it.
    pub dialect: D,
}

/// The routes of a function: each with and without the base path, with and without a trailing slash.
#[derive(Debug, Clone)]
pub struct Router<D: 'static> {
    base_path: String,
    routes: &'static [Route<D>],
}

impl<D: Copy> Router<D> {
    /// Reads the API's base path: `API_BASE_PATH`, `/v1` if absent (the stage).
    ///
    /// # Errors
    /// If it is no path.
    pub fn from_env(env: &Env, routes: &'static [Route<D>]) -> Result<Self, ConfigError> {
        let expected = "a path of letters, digits, - _ . ~ and /, such as /v1";
        let base_path = env.checked("API_BASE_PATH", expected, is_base_path)?.unwrap_or_else(|| "/v1".to_owned());
        Ok(Self { base_path: base_path.trim_end_matches('/').to_owned(), routes })
    }

    /// Finds the route of a request.
    ///
    /// # Errors
    /// `not-found` if no route has its path, `method-not-allowed` if those that do have other methods.
    pub fn find(&self, request: &Request) -> Result<D, AppError> {
        let path = request.extensions().get::<RoutePath>().map_or_else(|| request.uri().path(), |path| path.0.as_str());
        let path = path.trim_end_matches('/');
        let relative = path.strip_prefix(&self.base_path).filter(|rest| rest.is_empty() || rest.starts_with('/'));
        let here = self.routes.iter().filter(|route| route.path == path || Some(route.path) == relative);
        let mut methods: Vec<&str> = Vec::new();
        for route in here {
            if route.method == request.method() {
                return Ok(route.dialect);
            }
            methods.push(route.method.as_str());
        }
        if methods.is_empty() {
            let known: Vec<String> =
                self.routes.iter().map(|route| format!("{} {}", route.method, route.path)).collect();
            return Err(AppError::new(Code::NotFound, format!("No such path. Available: {}.", known.join(", "))));
        }
        Err(AppError::method_not_allowed(methods.join(", ")))
    }
}

fn is_base_path(text: &str) -> bool {
    text.starts_with('/') && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.~/".contains(&b))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROUTES: &[Route<u8>] = &[
        Route { method: Method::POST, path: "/chat", dialect: 1 },
        Route { method: Method::GET, path: "/chat", dialect: 2 },
        Route { method: Method::POST, path: "/chat/completions", dialect: 3 },
    ];

    fn find(base_path: &str, method: Method, path: &str) -> Result<u8, (Code, String)> {
        let router = Router::from_env(&Env::from_iter([("API_BASE_PATH", base_path)]), ROUTES).unwrap();
        let mut request = Request::default();
        *request.method_mut() = method;
        request.extensions_mut().insert(RoutePath(path.to_owned()));
        router.find(&request).map_err(|error| (error.code(), error.detail().to_owned()))
    }

    #[test]
    fn route_is_found_with_and_without_base_path_and_trailing_slash() {
        for path in ["/chat", "/chat/", "/v1/chat", "/v1/chat/"] {
            assert_eq!(find("", Method::POST, path), Ok(1), "{path}");
        }
        assert_eq!(find("/ai/v1/", Method::POST, "/ai/v1/chat/completions"), Ok(3));
        assert_eq!(find("/ai/v1", Method::GET, "/chat"), Ok(2));
    }

    #[test]
    fn unknown_path_and_method_are_told_apart() {
        let all = "No such path. Available: POST /chat, GET /chat, POST /chat/completions.";
        for path in ["", "/", "/v1", "/v1chat", "/v2/chat", "/v1/v1/chat", "/chats", "/CHAT", "//chat"] {
            assert_eq!(find("", Method::POST, path), Err((Code::NotFound, all.to_owned())), "{path}");
        }
        let (code, detail) = find("", Method::DELETE, "/v1/chat").unwrap_err();
        assert_eq!((code, detail.as_str()), (Code::MethodNotAllowed, "Only POST, GET is allowed here."));
    }

    #[test]
    fn wrong_base_path_is_named() {
        let read = |path: &str| Router::from_env(&Env::from_iter([("API_BASE_PATH", path)]), ROUTES).map(drop);
        assert!(read("v1").unwrap_err().to_string().starts_with("API_BASE_PATH: expected a path"));
        assert_eq!(read("/a b").map_err(|error| error.to_string().contains("found \"/a b\"")), Err(true));
    }
}
