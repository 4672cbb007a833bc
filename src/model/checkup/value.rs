//! Whether a value is what the schema says.

use std::net::IpAddr;

use crate::model::ids;
use crate::model::path::Path;
use crate::model::schema::Value;

/// What would be accepted, when `text` is not.
pub(super) fn wanted(value: Value, text: &str) -> Option<&'static str> {
    let (holds, wanted) = match value {
        Value::Text | Value::List | Value::Role => (true, ""),
        Value::Directory => (false, "a directory"),
        Value::Count => (text.parse::<u64>().is_ok(), "a whole number"),
        Value::Positive => (text.parse::<u64>().is_ok_and(|n| n > 0), "a whole number from 1"),
        Value::Ip => (text.parse::<IpAddr>().is_ok(), "an ip address"),
        Value::MaybeIp => {
            (text.is_empty() || text.parse::<IpAddr>().is_ok(), "an ip address or nothing")
        }
        Value::Mac => (is_mac(text), "a MAC address"),
        Value::ClusterId => (ids::check_cluster(text).is_ok(), "a cluster's id, `cl-…`"),
        Value::InstanceId => (is_id(text, "i-"), "an instance's id, `i-…`"),
        Value::NodeId => (is_id(text, "cln-"), "a node's id, `cln-…`"),
        Value::PortOrEnv => (
            is_port(text) || text.strip_prefix("env.").is_some_and(|key| !key.is_empty()),
            "a port or `env.<key>`",
        ),
        Value::Port => (is_port(text), "a port"),
        Value::Path => (Path::parse(text).is_ok(), "an absolute path"),
        Value::Json => (serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok(), "JSON"),
    };
    (!holds).then_some(wanted)
}

fn is_port(text: &str) -> bool {
    text.parse::<u16>().is_ok_and(|port| port > 0)
}

fn is_id(text: &str, prefix: &str) -> bool {
    let inside = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    text.strip_prefix(prefix).is_some_and(|rest| !rest.is_empty() && rest.chars().all(inside))
}

fn is_mac(text: &str) -> bool {
    let parts: Vec<&str> = text.split([':', '-']).collect();
    let hex = |part: &&str| part.len() == 2 && part.chars().all(|c| c.is_ascii_hexdigit());
    parts.len() == 6 && parts.iter().all(hex)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_of_value_takes_its_own() {
        let cases = [
            (Value::Count, "0", "-1"),
            (Value::Positive, "1", "0"),
            (Value::Ip, "fd00::1", "10.0.0.256"),
            (Value::MaybeIp, "", "x"),
            (Value::Mac, "52:54:9a:00:Ff:01", "52:54:9a:00:ff"),
            (Value::ClusterId, "cl-1", "cl_1"),
            (Value::InstanceId, "i-a1", "i-"),
            (Value::NodeId, "cln-a1", "i-a1"),
            (Value::PortOrEnv, "env.a.port", "env."),
            (Value::PortOrEnv, "65535", "0"),
            (Value::Port, "80", "70000"),
            (Value::Path, "/x", "x"),
            (Value::Json, "[]", "["),
        ];
        for (value, good, bad) in cases {
            assert_eq!(wanted(value, good), None, "{value:?} {good}");
            assert!(wanted(value, bad).is_some(), "{value:?} {bad}");
        }
    }
}
