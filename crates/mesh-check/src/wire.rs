//! The messages that sinks exchange with a source, by the tables of `spec/mesh.md` §2. Fields that no sink here reads
//! are left out; prost skips them.

pub mod discovery;
pub mod google;
pub mod mcp;
pub mod networking;

/// Where a stream of the old Mesh Configuration Protocol is opened.
pub const MCP_PATH: &str = "/istio.mcp.v1alpha1.ResourceSource/EstablishResourceStream";
/// Where a stream of the aggregated discovery service is opened, state of the world.
pub const ADS_PATH: &str = "/envoy.service.discovery.v3.AggregatedDiscoveryService/StreamAggregatedResources";
/// The same with increments.
pub const DELTA_PATH: &str =
    "/envoy.service.discovery.v3.AggregatedDiscoveryService/DeltaAggregatedResources";

/// The type of a service entry's bytes, whatever version the sink asks for.
pub const SERVICE_ENTRY_URL: &str = "type.googleapis.com/istio.networking.v1alpha3.ServiceEntry";
/// The type of what MCP over xDS wraps each resource in.
pub const RESOURCE_URL: &str = "type.googleapis.com/istio.mcp.v1alpha1.Resource";
/// Clusters as Envoy takes them.
pub const CLUSTER_URL: &str = "type.googleapis.com/envoy.config.cluster.v3.Cluster";
/// Endpoints as Envoy takes them.
pub const ENDPOINTS_URL: &str = "type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment";
