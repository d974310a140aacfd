//! Discovery requests and answers (`spec/grpc` §9). The answers that hold a service are composed from an encoded
//! one, see [`crate::naming::service_info`].

use super::{empty_payload_bodies, payload_body};
use crate::naming::instance::InstanceJson;

/// `type` of a registration.
pub const REGISTER: &str = "registerInstance";
/// `type` of a deregistration.
pub const DEREGISTER: &str = "deregisterInstance";
/// `type` of a batch registration.
pub const BATCH_REGISTER: &str = "batchRegisterInstance";

payload_body! {
    /// Registers or deregisters the one publication of a connection for a service.
    InstanceRequest {
        namespace: String = "namespace",
        service_name: String = "serviceName",
        group_name: String = "groupName",
        /// [`REGISTER`] or [`DEREGISTER`]; anything else is refused.
        kind: String = "type",
        /// In a deregistration it says nothing about the instance's state (Go sends zeros and nulls).
        #[serde(skip_serializing_if = "Option::is_none")]
        instance: Option<InstanceJson> = "instance",
    }
}

payload_body! {
    InstanceResponse {
        /// Echo of the request's type.
        #[serde(skip_serializing_if = "Option::is_none")]
        kind: Option<String> = "type",
    }
}

payload_body! {
    /// Replaces a connection's publication for a service by a list; an empty list is one of zero instances.
    BatchInstanceRequest {
        namespace: String = "namespace",
        service_name: String = "serviceName",
        group_name: String = "groupName",
        /// [`BATCH_REGISTER`]; anything else is refused.
        kind: String = "type",
        instances: Vec<InstanceJson> = "instances",
    }
}

payload_body! {
    BatchInstanceResponse {
        #[serde(skip_serializing_if = "Option::is_none")]
        kind: Option<String> = "type",
    }
}

payload_body! {
    /// Registers or deregisters a persistent instance; answered by an [`InstanceResponse`].
    PersistentInstanceRequest {
        namespace: String = "namespace",
        service_name: String = "serviceName",
        group_name: String = "groupName",
        kind: String = "type",
        #[serde(skip_serializing_if = "Option::is_none")]
        instance: Option<InstanceJson> = "instance",
    }
}

payload_body! {
    /// Reads a service once; answered by a `QueryServiceResponse`.
    ServiceQueryRequest {
        namespace: String = "namespace",
        service_name: String = "serviceName",
        group_name: String = "groupName",
        /// Comma-separated; empty for all.
        cluster: String = "cluster",
        healthy_only: bool = "healthyOnly",
        udp_port: i32 = "udpPort",
    }
}

payload_body! {
    /// Subscribes or unsubscribes a connection; answered by a `SubscribeServiceResponse` in both cases.
    SubscribeServiceRequest {
        namespace: String = "namespace",
        service_name: String = "serviceName",
        group_name: String = "groupName",
        subscribe: bool = "subscribe",
        /// Echoed byte for byte in answers and pushes: clients key their caches by it.
        clusters: String = "clusters",
    }
}

payload_body! {
    ServiceListRequest {
        namespace: String = "namespace",
        group_name: String = "groupName",
        service_name: String = "serviceName",
        /// Below 1 counts as the first page.
        page_no: i32 = "pageNo",
        /// Up to 2147483647 occurs (Dubbo).
        page_size: i32 = "pageSize",
        /// Not looked at.
        selector: String = "selector",
    }
}

payload_body! {
    ServiceListResponse {
        /// Services of the group, all pages together.
        count: i32 = "count",
        /// Bare names.
        service_names: Vec<String> = "serviceNames",
    }
}

empty_payload_bodies! {
    /// Without its service: what a refused query answers.
    QueryServiceResponse,
    /// Without its service: what a refused subscription answers.
    SubscribeServiceResponse,
    /// Acknowledges a naming push; Go and Python acknowledge configuration pushes by it, too.
    NotifySubscriberResponse,
}
