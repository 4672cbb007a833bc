//! From a plan to one transaction: comparisons, operations, and transactions in
//! the transaction where one level does not hold them all.

use std::collections::BTreeMap;

use etcd_client::{Compare, CompareOp, DeleteOptions, PutOptions, Txn, TxnOp};

use super::layout::{Layout, Span};
use super::plan::{Fact, Plan};
use super::work::Work;
use crate::error::{Error, Result};
use crate::store::commit::unit_of;
use crate::store::{Logged, Revision};

/// Deeper than this, no breadth is left for anything.
const MAX_DEPTH: usize = 12;
/// What a protocol message adds to key and value, about.
const AROUND_OPERATION: usize = 16;

/// One transaction, ready to be sent.
pub(super) struct Composed {
    pub(super) txn: Txn,
    /// Its size in bytes, about.
    pub(super) bytes: usize,
}

/// The transaction of `plan`; none if `limit` operations a level do not hold it.
pub(super) fn compose(
    work: &Work<'_>,
    plan: &Plan,
    layout: &Layout,
    since: Revision,
    logged: &Logged,
    limit: usize,
) -> Result<Option<Composed>> {
    let log = serde_json::to_string(logged)
        .map_err(|error| Error::invalid("the note of a commit cannot be written").because(error))?;
    let mut bytes = 0;
    let mut operations = Vec::new();
    for span in &plan.spans {
        let options = span.to.as_ref().map(|to| DeleteOptions::new().with_range(to.clone()));
        bytes += span.from.len() * 2 + AROUND_OPERATION;
        operations.push(TxnOp::delete(span.from.clone(), options));
    }
    for key in &plan.deleted {
        bytes += key.len() + AROUND_OPERATION;
        operations.push(TxnOp::delete(key.clone(), None));
    }
    let mut put = |key: String, value: &str, lease: Option<i64>| {
        bytes += key.len() + value.len() + AROUND_OPERATION;
        let options = lease.map(|lease| PutOptions::new().with_lease(lease));
        operations.push(TxnOp::put(key, value, options));
    };
    for put_ in plan.puts.iter().filter_map(|index| work.puts.get(*index)) {
        put(layout.key(&put_.path), put_.value, put_.lease);
    }
    for unit in &plan.tally.units {
        put(layout.generation(unit), "", None);
    }
    put(layout.log(), &log, None);
    // The precise ones first; what is not needed is not made.
    let ways: [&dyn Fn() -> Vec<Compare>; 3] =
        [&|| exact(plan, since), &|| by_unit(plan, layout, since), &|| whole(plan, layout, since)];
    for way in ways {
        let compares = way();
        if let Some(breadths) = shape(operations.len(), compares.len(), limit) {
            bytes += compares.len() * 64;
            let txn = Txn::new().when(compares).and_then(nest(operations, &breadths));
            return Ok(Some(Composed { txn, bytes }));
        }
    }
    Ok(None)
}

/// Every fact by itself: nothing but what it depends on can make it fail.
fn exact(plan: &Plan, since: Revision) -> Vec<Compare> {
    plan.guards.union(&plan.facts).map(|fact| compare(fact, since)).collect()
}

/// The guards, and for each unit: no commit of metactl and no foreign write to
/// the keys concerned since the survey. Of others' deletions nothing is seen.
fn by_unit(plan: &Plan, layout: &Layout, since: Revision) -> Vec<Compare> {
    let mut compares: Vec<_> = plan.guards.iter().map(|fact| compare(fact, since)).collect();
    for unit in &plan.seen_units {
        compares.push(still(layout.generation(unit).into_bytes(), None, since));
    }
    let concerned = concerned(plan, layout).into_values();
    compares.extend(concerned.map(|(from, to)| still(from, Some(to), since)));
    compares
}

/// No commit of metactl at all, and no foreign write to the keys concerned.
fn whole(plan: &Plan, layout: &Layout, since: Revision) -> Vec<Compare> {
    let Span { from, to } = layout.generations();
    let concerned = concerned(plan, layout).into_values();
    let concerned = concerned.reduce(|all, one| (all.0.min(one.0), all.1.max(one.1)));
    let concerned = concerned.map(|(from, to)| still(from, Some(to), since));
    std::iter::once(still(from, to, since)).chain(concerned).collect()
}

/// For each unit, one range that holds everything that was looked at; generations
/// are looked at by themselves.
fn concerned(plan: &Plan, layout: &Layout) -> BTreeMap<String, (Vec<u8>, Vec<u8>)> {
    let mut ranges: BTreeMap<String, (Vec<u8>, Vec<u8>)> = BTreeMap::new();
    let own = layout.generations();
    for fact in plan.facts.union(&plan.guards) {
        let (from, to) = match fact {
            Fact::Key(key, _) => (key.as_bytes().to_vec(), [key.as_bytes(), b"\0"].concat()),
            Fact::Empty(from, to) | Fact::Still(from, to) => (from.clone(), to.clone()),
        };
        if from >= own.from && own.to.as_ref().is_some_and(|end| from < *end) {
            continue;
        }
        let leaf = from.strip_suffix(b"/").unwrap_or(&from);
        let unit = layout.path(leaf).and_then(|path| unit_of(&path).map(str::to_owned));
        let range =
            ranges.entry(unit.unwrap_or_default()).or_insert_with(|| (from.clone(), to.clone()));
        range.0 = from.min(std::mem::take(&mut range.0));
        range.1 = to.max(std::mem::take(&mut range.1));
    }
    ranges
}

fn compare(fact: &Fact, since: Revision) -> Compare {
    match fact {
        Fact::Key(key, 0) => Compare::create_revision(key.clone(), CompareOp::Equal, 0),
        Fact::Key(key, revision) => {
            Compare::mod_revision(key.clone(), CompareOp::Equal, *revision as i64)
        }
        Fact::Empty(from, to) => {
            Compare::create_revision(from.clone(), CompareOp::Equal, 0).with_range(to.clone())
        }
        Fact::Still(from, to) => still(from.clone(), Some(to.clone()), since),
    }
}

fn still(from: Vec<u8>, to: Option<Vec<u8>>, since: Revision) -> Compare {
    let compare = Compare::mod_revision(from, CompareOp::Less, since as i64 + 1);
    to.into_iter().fold(compare, |compare, to| compare.with_range(to))
}

/// How broad each level of nested transactions is made, outermost first; none if
/// there is no way. etcd takes from `limit` the breadth of each level on the way
/// down, and the comparisons count for the outermost.
fn shape(operations: usize, compares: usize, limit: usize) -> Option<Vec<usize>> {
    if operations.max(compares) <= limit {
        return Some(vec![operations.max(1)]);
    }
    (2..=MAX_DEPTH).find_map(|depth| {
        let first = (limit / depth).max(compares);
        let rest = limit.checked_sub(first)?;
        let mut breadths = vec![first];
        // What does not divide goes to the upper levels.
        breadths.extend((1..depth).map(|level| (rest + depth - 1 - level) / (depth - 1)));
        let held = breadths.iter().try_fold(1usize, |held, breadth| held.checked_mul(*breadth));
        held.is_none_or(|held| held >= operations).then_some(breadths)
    })
}

/// Puts `operations` into transactions of the given breadths.
fn nest(operations: Vec<TxnOp>, breadths: &[usize]) -> Vec<TxnOp> {
    let Some((breadth, deeper)) = breadths.split_first() else { return operations };
    if deeper.is_empty() || operations.len() <= *breadth {
        return operations;
    }
    let size = operations.len().div_ceil(*breadth);
    let mut rest = operations.into_iter();
    std::iter::from_fn(|| {
        let part: Vec<_> = rest.by_ref().take(size).collect();
        (!part.is_empty()).then(|| TxnOp::txn(Txn::new().and_then(nest(part, deeper))))
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_shape_holds_all_and_keeps_the_limit(
            operations in 1usize..20_000,
            compares in 0usize..200,
            limit in 3usize..200,
        ) {
            if let Some(breadths) = shape(operations, compares, limit) {
                prop_assert!(breadths.iter().product::<usize>() >= operations);
                let first = breadths[0].max(compares);
                prop_assert!(first + breadths[1..].iter().sum::<usize>() <= limit);
            }
        }
    }

    #[test]
    fn thousands_fit_into_small_levels() {
        assert_eq!(shape(100, 20, 128).unwrap(), [100]);
        assert_eq!(shape(4096, 64, 128).unwrap(), [64, 64]);
        assert!(shape(9720, 2, 128).is_some());
        assert!(shape(5000, 2, 32).is_some());
        assert!(shape(10, 200, 128).is_none());
    }
}
