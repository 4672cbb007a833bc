//! Names that somebody who typed a wrong one may have meant.

/// The at most three names nearest to `typed`, best first; none that are far.
pub fn nearest<'a>(typed: &str, known: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    let last = |name: &'a str| name.rsplit('.').next().unwrap_or(name);
    let typed_last = typed.rsplit('.').next().unwrap_or(typed);
    let mut scored: Vec<(f64, &str)> = known
        .into_iter()
        .map(|name| {
            let whole = strsim::jaro_winkler(typed, name);
            // `broker.cuont` and `cluster.broker.count` are the same slip.
            let tail = strsim::jaro_winkler(typed_last, last(name)) * 0.98;
            (whole.max(tail), name)
        })
        .filter(|(score, _)| *score > 0.82)
        .collect();
    scored.sort_by(|left, right| right.0.total_cmp(&left.0).then(left.1.cmp(right.1)));
    scored.dedup_by(|left, right| left.1 == right.1);
    // What is clearly further away than the best would only distract.
    let best = scored.first().map_or(0.0, |(score, _)| *score);
    scored.retain(|(score, _)| *score > best - 0.04);
    scored.into_iter().take(3).map(|(_, name)| name).collect()
}

/// Names as a part of a sentence: `` `a`, `b` and `c` ``.
pub fn listed<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    let quoted: Vec<String> = names.into_iter().map(|name| format!("`{name}`")).collect();
    match quoted.as_slice() {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// What to say of a wrong name among known ones: the nearest, else what there is.
pub fn instead(typed: &str, known: &[&str], of: &str) -> String {
    let near = nearest(typed, known.iter().copied());
    if !near.is_empty() {
        return format!("near to it: {}", listed(near));
    }
    match known.len() {
        0 => format!("there are no {of}"),
        1..=12 => format!("{of}: {}", listed(known.iter().copied())),
        many => format!("there are {many} {of}, none like it"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_found_and_the_rest_is_listed() {
        let known = ["cluster.broker.count", "cluster.broker.cpu", "env.heap"];
        assert_eq!(nearest("cluster.broker.cuont", known)[0], "cluster.broker.count");
        assert_eq!(nearest("zzz", known), Vec::<&str>::new());
        assert_eq!(instead("zzz", &["a", "b"], "roles"), "roles: `a` and `b`");
        assert_eq!(instead("zzz", &[], "roles"), "there are no roles");
    }
}
