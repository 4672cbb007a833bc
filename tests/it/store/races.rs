//! Many writers at once.

use futures_util::future::join_all;
use metactl::error::Kind;
use metactl::store::{Guard, Store};

use super::rooms::Room;
use super::words::*;

/// Adds one number to a list that is one value, as often as it takes.
async fn add(store: &dyn Store, number: usize) {
    loop {
        let entry = entry(store, "/cl-1/list").await;
        let revision = entry.as_ref().map_or(0, |entry| entry.mod_revision);
        let list = entry.map_or_else(String::new, |entry| entry.value + ",") + &number.to_string();
        let guard = Guard::Revision(path("/cl-1/list"), revision);
        let pair = format!("/cl-1/list={list}");
        match try_commit(store, vec![guard], puts(&[&pair])).await {
            Ok(_) => return,
            Err(error) => assert_eq!(error.kind(), Kind::Conflict, "{error}"),
        }
    }
}

pub async fn fifty_adders_lose_nothing(room: &dyn Room) {
    let stores = join_all((0..10).map(|_| room.open())).await;
    join_all((0..50).map(|number| add(&*stores[number % 10], number))).await;
    let list = value(&*stores[0], "/cl-1/list").await.unwrap();
    let mut numbers: Vec<usize> = list.split(',').map(|text| text.parse().unwrap()).collect();
    numbers.sort_unstable();
    assert_eq!(numbers, (0..50).collect::<Vec<_>>());
}

pub async fn twenty_racers_have_one_winner(room: &dyn Room) {
    let stores = join_all((0..5).map(|_| room.open())).await;
    let first = put(&*stores[0], &["/a=start"]).await;
    let outcomes = join_all((0..20).map(async |racer| {
        let guard = Guard::Revision(path("/a"), first);
        try_commit(&*stores[racer % 5], vec![guard], puts(&[&format!("/a={racer}")])).await
    }))
    .await;
    let winners: Vec<_> = (0..20).filter(|racer| outcomes[*racer].is_ok()).collect();
    assert_eq!(winners.len(), 1, "{outcomes:?}");
    assert_eq!(value(&*stores[0], "/a").await, Some(winners[0].to_string()));
    for outcome in outcomes.into_iter().filter(Result::is_err) {
        refused(outcome, Kind::Conflict);
    }
}

pub async fn one_path_becomes_leaf_or_directory(room: &dyn Room) {
    let (one, two) = (room.open().await, room.open().await);
    for round in 0..12 {
        let leaf = puts(&[&format!("/r{round}/a=leaf")]);
        let child = puts(&[&format!("/r{round}/a/b/c=child")]);
        let (leaf, child) =
            tokio::join!(try_commit(&*one, vec![], leaf), try_commit(&*two, vec![], child));
        assert!(leaf.is_ok() != child.is_ok(), "round {round}: {leaf:?} {child:?}");
        refused(if leaf.is_ok() { child } else { leaf }, Kind::Conflict);
        assert_eq!(tree(&*one, &format!("/r{round}")).await.len(), 1);
    }
}
