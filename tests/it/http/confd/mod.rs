//! confd with the metad backend, as it really asks, against the service.

mod fake;
mod scale_out;
mod survives;
