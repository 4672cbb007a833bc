//! The metadata service: request, one call, reply.

pub mod exchange;
