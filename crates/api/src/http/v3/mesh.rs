//! `/v3/admin/mesh`: who is connected to the mesh port, and what a service or an item of routing rules becomes there.
//! Navaid's own calls.

use std::sync::Arc;

use http::StatusCode;
use navaid_core::seam::MeshView;
use navaid_wire::{
    http::ErrorCode,
    mesh::{ShownConnection, ShownEntry, ShownRules},
};

use crate::http::{
    call::Call,
    config::dialect::V3 as CONFIG_V3,
    failure::{Costume, Failure},
    naming::{dialect::V3, service_params::service},
    reply::Reply,
    route::{Route, Routes, Touches},
};

pub(crate) fn routes() -> Vec<Route> {
    Routes::new(Costume::Envelope, Touches::Operation("core/mesh"))
        .get("/v3/admin/mesh/connections", connections)
        .get("/v3/admin/mesh/entries", entry)
        .into_routes()
}

/// Open streams, oldest first.
async fn connections(call: Call) -> Result<Reply, Failure> {
    let now = call.now().wall.as_millis();
    let connections = port(&call)?.connections().into_iter();
    Ok(Reply::success(&connections.map(|open| ShownConnection::new(open, now)).collect::<Vec<_>>()))
}

/// What would be sent of the service that `serviceName`, `groupName` and `namespaceId` (or `service` alone) name; or what
/// is sent of the configuration item that `dataId`, `groupName` and `namespaceId` name.
async fn entry(mut call: Call) -> Result<Reply, Failure> {
    if call.params.text("dataId").is_some() {
        return rules(&call);
    }
    if let Some(name) = call.params.text("service").map(str::to_owned)
        && call.params.text("serviceName").is_none()
    {
        call.params.prefer("serviceName", name);
    }
    let key = service(&call.params, V3)?;
    let Some(entry) = port(&call)?.entry(&key) else {
        let key = key.grouped();
        return Err(not_found(format!(
            "service {key} is unknown, or not among those that the mesh is shown"
        )));
    };
    Ok(Reply::success(&ShownEntry::from(entry)))
}

fn rules(call: &Call) -> Result<Reply, Failure> {
    let key = CONFIG_V3.key(&call.params)?;
    let Some(rules) = port(call)?.rules(&key) else {
        return Err(not_found(format!(
            "configuration item {key} is unknown, has no tag virtual-service or destination-rule, or is not in a \
             namespace that the mesh is shown"
        )));
    };
    Ok(Reply::success(&ShownRules::from(rules)))
}

fn port(call: &Call) -> Result<&Arc<dyn MeshView>, Failure> {
    call.node.mesh.as_ref().ok_or_else(|| {
        not_found("the mesh port is closed: set nacos.istio.mcp.server.enabled=true to open it".to_owned())
    })
}

fn not_found(text: String) -> Failure {
    Failure::Refused { status: StatusCode::NOT_FOUND, code: ErrorCode::RESOURCE_NOT_FOUND, text }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testbed::Testbed;

    #[tokio::test(start_paused = true)]
    async fn closed_port_says_how_to_open_it() {
        let testbed = Testbed::start();
        for refused in [
            connections(testbed.call("", &[])).await.unwrap_err(),
            entry(testbed.call("service=s", &[])).await.unwrap_err(),
            entry(testbed.call("dataId=d&groupName=g", &[])).await.unwrap_err(),
        ] {
            let Failure::Refused { status, text, .. } = refused else { panic!("{refused:?}") };
            assert_eq!(status, StatusCode::NOT_FOUND);
            assert!(text.contains("nacos.istio.mcp.server.enabled"), "{text}");
        }
        assert!(matches!(entry(testbed.call("", &[])).await, Err(Failure::Missing { .. })));
    }
}
