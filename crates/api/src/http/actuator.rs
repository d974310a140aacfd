//! `/actuator/prometheus`: the metrics of this server, where every generation of Nacos has them
//! (`spec/http-naming-core` §14.4). Open to everybody there, too.

use http::{HeaderValue, StatusCode, header::ACCEPT};

use super::{
    call::Call,
    failure::{Costume, Failure},
    reply::Reply,
    route::{Route, Routes, Touches},
};
use crate::metrics::{self, Format};

/// The classic text, which a Nacos server answers.
const TEXT: HeaderValue = HeaderValue::from_static("text/plain;version=0.0.4;charset=utf-8");
const OPEN_METRICS: HeaderValue =
    HeaderValue::from_static("application/openmetrics-text;version=1.0.0;charset=utf-8");

pub(super) fn routes() -> Vec<Route> {
    Routes::new(Costume::Text, Touches::Nothing).get("/actuator/prometheus", show_metrics).into_routes()
}

async fn show_metrics(call: Call) -> Result<Reply, Failure> {
    let wants_open_metrics =
        call.header(ACCEPT.as_str()).is_some_and(|accept| accept.contains("application/openmetrics-text"));
    let (format, content_type) =
        if wants_open_metrics { (Format::OpenMetrics, OPEN_METRICS) } else { (Format::Text, TEXT) };
    let page = metrics::page(&call, format);
    Ok(Reply::new(StatusCode::OK, content_type, page))
}
