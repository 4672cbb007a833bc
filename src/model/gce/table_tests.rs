//! What a record is made into.

use super::*;
use crate::model::gce::render;

const HOST: &[(&str, &str)] = &[
    ("gsid", "123456789"),
    ("instance_id", "i-m1"),
    ("ip", "192.168.100.2"),
    ("eip", "203.0.113.7"),
    ("mac", "52:54:00:0A:bc:01"),
    ("cpu", "2"),
    ("memory", "4096"),
    ("zone", "pek3a"),
];

fn shown(
    host: &[(&'static str, &'static str)],
    attributes: &[(&'static str, &'static str)],
) -> String {
    let record = |name: &str| host.iter().find(|(leaf, _)| *leaf == name).map(|(_, value)| *value);
    let cluster = |name: &str| (name == "vxnet").then_some("vxnet-1");
    let mut own = Directory::new(Naming::Own);
    attributes.iter().for_each(|(key, value)| own.insert(key, Node::Leaf(Leaf::text(*value))));
    let facts = Facts {
        host: &record,
        cluster: &cluster,
        project: "shop",
        number: 42,
        attributes: own,
        project_attributes: Directory::new(Naming::Own),
        guest: None,
        account: None,
    };
    render::text_below(&tree(&facts))
}

#[test]
fn a_full_record_answers_everything() {
    assert_eq!(
        shown(HOST, &[("tags", "web, db"), ("my-key", "v")]),
        "instance/attributes/my-key v\n\
         instance/attributes/tags web, db\n\
         instance/hostname i-m1.c.shop.internal\n\
         instance/id 123456789\n\
         instance/machine-type projects/42/machineTypes/custom-2-4096\n\
         instance/name i-m1\n\
         instance/network-interfaces/0/access-configs/0/external-ip 203.0.113.7\n\
         instance/network-interfaces/0/access-configs/0/type ONE_TO_ONE_NAT\n\
         instance/network-interfaces/0/ip 192.168.100.2\n\
         instance/network-interfaces/0/mac 52:54:00:0a:bc:01\n\
         instance/network-interfaces/0/network projects/42/networks/vxnet-1\n\
         instance/tags web\n\
         instance/tags db\n\
         instance/zone projects/42/zones/pek3a\n\
         project/numeric-project-id 42\n\
         project/project-id shop\n\
         universe/universe-domain googleapis.com\n"
    );
}

#[test]
fn what_the_record_does_not_say_is_not_there() {
    assert_eq!(
        shown(&[("gsid", "x"), ("eip", ""), ("cpu", "2")], &[]),
        "instance/network-interfaces/0/network projects/42/networks/vxnet-1\n\
         project/numeric-project-id 42\n\
         project/project-id shop\n\
         universe/universe-domain googleapis.com\n"
    );
}

#[test]
fn tags_are_written_in_several_ways() {
    for text in ["a,b", "a b", " a,\n b,", r#"["a", "b"]"#] {
        assert_eq!(items(text), ["a", "b"], "{text}");
    }
    assert!(items("").is_empty());
}

#[test]
fn the_table_is_sorted_and_leads_back() {
    assert!(KEYS.is_sorted_by(|one, other| one.path < other.path));
    let back: Vec<_> = told_back().map(|(leaf, ..)| leaf).collect();
    assert_eq!(back, ["instance_id", "eip", "ip", "mac", "zone"]);
}
