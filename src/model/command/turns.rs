//! Whose turn it is: stages one after another, so many nodes at a time, and no
//! further ones after too many failures.

use std::collections::BTreeMap;

use super::{Fate, Order, Step, Target};

/// What became of an order so far, by node id. Nodes that are not in it wait.
pub type Fates = BTreeMap<String, Fate>;

/// The nodes to begin with now, in their order.
///
/// A node in `given_up` counts as failed, whatever its fate says.
pub fn due<'a>(
    order: &'a Order,
    fates: &Fates,
    given_up: &[String],
) -> Vec<(&'a Step, &'a Target)> {
    if failures(fates, given_up) > order.max_fail {
        return Vec::new();
    }
    let unsent = |node: &Target| fates.get(&node.node_id).is_none_or(Fate::is_unsent);
    let open = |node: &Target| {
        let over = fates.get(&node.node_id).is_some_and(|fate| fate.state.is_over());
        !over && !given_up.contains(&node.node_id)
    };
    let Some(stage) =
        order.nodes().filter(|(_, node)| open(node)).map(|(step, _)| step.stage).min()
    else {
        return Vec::new();
    };
    let busy = order.nodes().filter(|(_, node)| open(node) && !unsent(node)).count();
    let room = order.parallel.map_or(usize::MAX, |most| most.saturating_sub(busy));
    let of_stage = order.nodes().filter(|(step, _)| step.stage == stage);
    of_stage.filter(|(_, node)| open(node) && unsent(node)).take(room).collect()
}

/// Whether nothing runs any more and nothing is going to begin.
pub fn is_over(order: &Order, fates: &Fates, given_up: &[String]) -> bool {
    let busy = order.nodes().any(|(_, node)| {
        let fate = fates.get(&node.node_id);
        let busy = fate.is_some_and(|fate| !fate.state.is_over() && !fate.is_unsent());
        busy && !given_up.contains(&node.node_id)
    });
    !busy && due(order, fates, given_up).is_empty()
}

/// How many nodes have failed.
pub fn failures(fates: &Fates, given_up: &[String]) -> usize {
    let failed = |(id, fate): &(&String, &Fate)| {
        (fate.state.is_over() && !fate.is_good()) || given_up.contains(id)
    };
    fates.iter().filter(failed).count()
}

#[cfg(test)]
mod tests {
    use super::super::order::tests::order;
    use super::*;
    use crate::model::command::State;

    fn fates(all: &[(&str, State, Option<i32>)]) -> Fates {
        let fate = |(id, state, exit): &(&str, State, Option<i32>)| {
            let sent = Some("now".to_owned());
            ((*id).to_owned(), Fate { state: *state, exit: *exit, sent, ..Fate::default() })
        };
        all.iter().map(fate).collect()
    }

    fn names(due: &[(&Step, &Target)]) -> Vec<String> {
        due.iter().map(|(_, node)| node.node_id.clone()).collect()
    }

    #[test]
    fn stages_come_one_after_another() {
        let order = order(&[(1, &["c"]), (0, &["a", "b"])]);
        assert_eq!(names(&due(&order, &Fates::new(), &[])), ["a", "b"]);
        let half = fates(&[("a", State::Done, Some(0)), ("b", State::Running, None)]);
        assert!(due(&order, &half, &[]).is_empty() && !is_over(&order, &half, &[]));
        let whole = fates(&[("a", State::Done, Some(0)), ("b", State::Done, Some(0))]);
        assert_eq!(names(&due(&order, &whole, &[])), ["c"]);
        let failed = fates(&[("a", State::Done, Some(0)), ("b", State::Done, Some(1))]);
        assert!(is_over(&order, &failed, &[]));
    }

    #[test]
    fn so_many_at_a_time_until_too_many_have_failed() {
        let mut order = order(&[(0, &["a", "b", "c", "d"])]);
        order.parallel = Some(2);
        assert_eq!(names(&due(&order, &Fates::new(), &[])), ["a", "b"]);
        let one = fates(&[("a", State::TimedOut, None), ("b", State::Running, None)]);
        assert!(due(&order, &one, &[]).is_empty());
        order.max_fail = 1;
        assert_eq!(names(&due(&order, &one, &[])), ["c"]);
        assert_eq!(names(&due(&order, &one, &["b".to_owned()])), Vec::<String>::new());
        assert!(is_over(&order, &one, &["b".to_owned()]));
    }
}
