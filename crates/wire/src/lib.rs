//! Every byte of the Nacos protocols that clients see: field names and their quirks, number formats, separators,
//! texts of errors, codes. No I/O, no runtime, no decisions.
//!
//! Types here are dumb and public. Inward they become words of `navaid-core` by fallible conversions that name the
//! field; outward, core values are written. Where generations differ, the difference is data here.
//!
//! Reading order: [`json`] (how we read and write it), [`param`] (refused parameters and their texts), [`grpc`]
//! (envelope and bodies of 2.x and 3.x clients), [`naming`], [`config`] (shapes both HTTP and gRPC use), [`http`]
//! (envelopes, codes and flags of the three HTTP generations).

pub mod json;
pub mod param;

pub mod grpc;

pub mod config;
pub mod naming;

pub mod console;
pub mod http;
