//! Every byte of the Nacos protocols that clients see: field names and their quirks, number formats, separators,
//! texts of errors, codes. No I/O, no runtime, no decisions.
//!
//! Types here are dumb and public. Inward they become words of `navaid-core` by fallible conversions that name the
//! field; outward, core values are written. Where generations differ, the difference is data here.
//!
//! ```
//! use navaid_wire::grpc::{Payload, Request, Response, naming::{InstanceRequest, InstanceResponse}};
//!
//! let body = br#"{"type":"registerInstance","serviceName":"order","instance":{"ip":"10.0.0.7","port":8080}}"#;
//! let request = Request::<InstanceRequest>::read(body)?;
//! let instance = request.body.instance.expect("it was sent").into_instance(1024)?;
//! assert_eq!(instance.endpoint.to_string(), "10.0.0.7:8080");
//!
//! let answer = Response::ok(InstanceResponse { kind: Some(request.body.kind) }).encode();
//! assert_eq!(Payload::decode(answer)?.type_name, "InstanceResponse");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Reading order: [`json`] (how we read and write it), [`param`] (refused parameters and their texts), [`grpc`]
//! (envelope and bodies of 2.x and 3.x clients), [`naming`], [`config`] (shapes both HTTP and gRPC use), [`console`]
//! (what the server tells about itself), [`loader`] (connections and load), [`http`] (envelopes, codes and flags of the three HTTP generations).

pub mod json;
pub mod param;

pub mod grpc;

pub mod config;
pub mod naming;

pub mod console;
pub mod http;
pub mod loader;
pub mod mesh;
