//! The store's contract: each case is written once and runs on every store.
//!
//! The cases follow the order of the trait's documentation. A store takes part
//! with a room in `rooms.rs` and one line here.

mod commits;
mod compaction;
mod guards;
mod leases;
mod model;
mod names;
mod notes;
mod places;
mod races;
mod reads;
mod rooms;
mod status;
mod values;
mod watches;
pub mod words;

use std::time::Duration;

use rooms::Room;

/// Longer than any case takes, shorter than anybody wants to wait for one that hangs.
const DEADLINE: Duration = Duration::from_secs(100);

fn run<R: Room>(room: impl Future<Output = R>, case: impl AsyncFnOnce(&dyn Room)) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let room = room.await;
        tokio::time::timeout(DEADLINE, case(&room)).await.expect("the case hangs");
    });
}

/// Every case, for one store; a room is told the file of cases it is for.
macro_rules! suite {
    ($($store:ident)+) => { $(
        mod $store {
            suite! { $store reads:
                a_key_by_itself a_subtree_ends_at_the_segment a_leaf_is_a_subtree_of_one
                ranges_come_in_their_order_sorted_bytewise all_ranges_are_of_one_revision
                what_was_acknowledged_is_read_by_everybody at_a_revision at_the_newest_revision
                a_revision_that_has_not_happened the_sink_ends_the_read bookkeeping_is_hidden
                a_new_store_is_empty
            }
            suite! { $store names:
                children_sorted_by_name nothing_below names_at_a_revision names_end_at_the_segment
            }
            suite! { $store commits:
                all_changes_are_one_revision nothing_of_a_refused_commit
                what_is_the_same_is_no_change deletion_of_nothing_is_no_change
                a_commit_of_nothing deletions_come_first replacing_changes_what_differs
                a_new_value_keeps_the_create_revision coming_back_is_a_new_creation
                a_subtree_is_deleted_by_segments deleting_everything_leaves_the_generations
                wrong_changes_are_invalid changes_need_not_be_sorted five_thousand_at_once
            }
            suite! { $store guards:
                absent at_a_revision_of_the_key of_a_value unit_unchanged
                guards_count_when_nothing_changes all_guards_must_hold
                generations_rise_with_their_unit_alone
            }
            suite! { $store places:
                a_leaf_gets_no_children a_directory_gets_no_value
                what_is_deleted_makes_room_for_children what_is_deleted_makes_room_for_a_leaf
                neighbours_are_not_in_the_way many_at_once_find_the_one_in_the_way
            }
            suite! { $store notes:
                a_note_is_kept_with_its_commit many_paths_become_a_count
                a_commit_is_found_by_its_operation
            }
            suite! { $store values:
                any_text_survives a_large_value_survives paths_of_any_script
            }
            suite! { $store races:
                fifty_adders_lose_nothing twenty_racers_have_one_winner
                one_path_becomes_leaf_or_directory
            }
            suite! { $store watches:
                every_commit_once_in_order commits_come_whole_with_what_was_before
                only_the_subtrees overlapping_subtrees_tell_once from_an_old_revision
                commits_of_others_arrive_soon a_dropped_wait_loses_nothing
                what_changes_nothing_is_not_told bookkeeping_is_not_told
                a_watch_may_begin_before_the_store_does a_large_commit_arrives_whole
                who_follows_is_told_what_is_there_by_then
            }
            suite! { $store leases:
                a_lease_is_rounded_up_to_whole_seconds keys_go_with_their_lease
                expiry_is_told_to_watchers renewal_keeps_the_keys revoking_deletes_at_once
                a_lease_that_is_gone_is_not_found losing_the_lease_is_a_change
                a_past_revision_ignores_expiry
            }
            suite! { $store compaction:
                what_is_kept_stays_readable what_is_forgotten_is_named
                a_watch_of_the_forgotten_is_told a_running_watch_goes_on
                compacting_twice_is_no_error the_future_cannot_be_compacted
                deleted_keys_are_forgotten
            }
            suite! { $store status: it_says_how_the_store_is }
            suite! { $store model: random_histories_agree_with_memory }
        }
    )+ };
    ($store:ident $file:ident: $($case:ident)+) => {
        mod $file { $(
            #[test]
            fn $case() {
                let room = crate::store::rooms::$store(stringify!($file));
                crate::store::run(room, crate::store::$file::$case);
            }
        )+ }
    };
}

suite! { memory sqlite sqlite_threaded etcd etcd_prefix http }
