//! HTTP calls, each on a connection of its own.

use anyhow::Result;
use serde_json::Value;

use super::value;
use crate::http;
use crate::json::Json;
use crate::scenario::{Body, HttpRequest};
use crate::target::Target;

/// Parameters in the order in which they are sent.
type Pairs<'a> = [(&'a str, &'a str)];

/// A caller of one server.
#[derive(Clone, Debug)]
pub struct HttpClient {
    target: Target,
    headers: Vec<(String, String)>,
}

/// What came back.
#[derive(Debug)]
pub struct HttpAnswer {
    pub status: u16,
    /// The body where it is no JSON object and no list, else empty.
    pub text: String,
    /// The body where it is a JSON object or a list, else null.
    pub json: Value,
}

impl HttpClient {
    pub fn new(target: &Target) -> Self {
        Self { target: target.clone(), headers: Vec::new() }
    }

    /// The same caller with another `User-Agent`.
    pub fn with_agent(&self, agent: &str) -> Self {
        Self { headers: vec![("User-Agent".to_owned(), agent.to_owned())], ..self.clone() }
    }

    /// Calls with a form as the body that is sent as it is, encoded or not; the path may have a query.
    ///
    /// # Errors
    /// No whole answer came in time.
    pub async fn call_with_bare_form(&self, method: &str, path: &str, form: &str) -> Result<HttpAnswer> {
        let typed = ("Content-Type".to_owned(), "application/x-www-form-urlencoded".to_owned());
        let caller = Self { headers: [self.headers.clone(), vec![typed]].concat(), ..self.clone() };
        caller.send(method, path, &[], Body::Text(form.to_owned())).await
    }

    /// Calls with its parameters in the query, whatever the method.
    ///
    /// # Errors
    /// No whole answer came in time.
    pub async fn call(&self, method: &str, path: &str, query: &Pairs<'_>) -> Result<HttpAnswer> {
        self.send(method, path, query, Body::None).await
    }

    /// Calls with a form as the body.
    ///
    /// # Errors
    /// No whole answer came in time.
    pub async fn call_with_form(
        &self,
        method: &str,
        path: &str,
        query: &Pairs<'_>,
        form: &Pairs<'_>,
    ) -> Result<HttpAnswer> {
        self.send(method, path, query, Body::Form(object(form))).await
    }

    async fn send(&self, method: &str, path: &str, query: &Pairs<'_>, body: Body) -> Result<HttpAnswer> {
        let request = HttpRequest {
            method: method.to_owned(),
            query: (!query.is_empty()).then(|| object(query)),
            headers: self.headers.clone(),
            body,
            ..HttpRequest::get(path)
        };
        let answer = http::send(&self.target, &request).await?;
        let status = answer.get("status").map(value).transpose()?.and_then(|status| status.as_u64());
        Ok(HttpAnswer {
            status: u16::try_from(status.unwrap_or_default())?,
            text: answer.get("text").map(Json::bare).unwrap_or_default(),
            json: answer.get("json").map(value).transpose()?.unwrap_or_default(),
        })
    }
}

fn object(pairs: &Pairs<'_>) -> Json {
    Json::Object(pairs.iter().map(|&(name, value)| (name.to_owned(), value.into())).collect())
}
