//! The macro that emits the suite, and the list of its cases.

/// Emits one `#[tokio::test]` per case of the contract, each on a fresh [`Fixture`](crate::Fixture).
///
/// * `time`: `paused` for a store whose time is tokio's, so that waiting costs nothing; `real` for all others.
/// * `not_applicable`: the names of the cases that this fixture cannot play, because it cannot
///   [tamper](crate::Fixture::tampers) as they need. One more test, `applicability`, fails when a case is missing from
///   the list or is in it without need, and prints every case that does not apply, and why.
/// * `fixture`: an expression, evaluated for each test, that gives a future of `Result<impl Fixture, Skip>`.
///
/// Put two calls into two modules.
#[macro_export]
macro_rules! contract_tests {
    (
        time: $time:ident,
        not_applicable: [$($exempt:ident),* $(,)?],
        fixture: $fixture:expr $(,)?
    ) => {
        $crate::__contract_test! { $time applicability {
            $crate::contract::applicability(&[$(stringify!($exempt)),*], $fixture.await).await;
        } }
        $crate::__contract_cases! { __contract_emit { $time { $fixture } } }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __contract_emit {
    ({ $time:ident { $fixture:expr } } $($module:ident::$name:ident [$($need:expr),*];)*) => {
        $(
            $crate::__contract_test! { $time $name {
                $crate::contract::play(stringify!($name), $fixture.await).await;
            } }
        )*
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __contract_test {
    (paused $name:ident $body:block) => {
        #[$crate::__tokio::test(start_paused = true, crate = "::elector_testing::__tokio")]
        async fn $name() $body
    };
    (real $name:ident $body:block) => {
        #[$crate::__tokio::test(
            flavor = "multi_thread",
            worker_threads = 2,
            crate = "::elector_testing::__tokio"
        )]
        async fn $name() $body
    };
}

/// The cases and what they need, handed to the macro called `$callback`.
#[doc(hidden)]
#[macro_export]
macro_rules! __contract_cases {
    ($callback:ident $args:tt) => {
        $crate::$callback! { $args
            acquire::one_winner [];
            acquire::one_of_many_wins [];
            acquire::acquire_among_others_that_come_and_go [];
            acquire::leader_is_shown_to_rivals [];
            acquire::metadata_is_shown_as_given [];
            acquire::same_name_is_another_session [];
            acquire::ambiguous_acquire_is_rewon [];
            acquire::lease_is_rounded_up [];
            acquire::leaders_own_duration_is_shown [];
            acquire::election_names_are_kept_apart [];
            acquire::foreign_leader_is_respected [Need::Tamper(Tamper::Usurp)];

            token::token_rises_across_releases [];
            token::token_rises_across_take_overs [];
            token::token_rises_when_the_same_session_acquires_again [];
            token::token_rises_across_deletion [Need::Tamper(Tamper::Delete)];
            token::token_of_a_slow_acquire_rises [Need::Tamper(Tamper::Delete)];
            token::token_rises_across_a_foreign_term [Need::Tamper(Tamper::Usurp)];
            token::token_is_above_the_floor [];
            token::token_never_wraps [];

            expiry::no_grant_before_the_lease_ran_out [Need::ServerExpiry];
            expiry::renew_extends [Need::ServerExpiry];
            expiry::hint_is_within_the_lease [Need::ServerExpiry];
            expiry::expired_lease_is_lost [Need::ServerExpiry];

            observed::live_leader_is_not_taken [Need::ObservedExpiry];
            observed::stale_leader_is_taken [Need::ObservedExpiry];
            observed::one_of_many_takes_a_stale_leader [Need::ObservedExpiry];
            observed::earlier_beat_takes_nothing [Need::ObservedExpiry];
            observed::renewal_and_take_over_exclude_each_other [Need::ObservedExpiry];
            observed::release_names_its_term [Need::ObservedExpiry];
            observed::release_of_an_earlier_term_explains_nothing [Need::ObservedExpiry];
            observed::reservation_is_shown [Need::ObservedExpiry];
            observed::reservation_binds_the_others [Need::ObservedExpiry];
            observed::record_deleted_under_watchers_is_not_free
                [Need::ObservedExpiry, Need::Tamper(Tamper::Delete)];
            observed::record_vacated_under_watchers_is_not_free
                [Need::ObservedExpiry, Need::Tamper(Tamper::Vacate)];
            observed::proven_death_frees [Need::ObservedExpiry, Need::Tamper(Tamper::Kill)];

            renew::renewal_keeps_the_term [];
            renew::renewal_changes_the_beat [];
            renew::every_renewal_is_seen [];
            renew::renewal_with_another_duration [];
            renew::ambiguous_renewal_is_kept [];
            renew::renewal_of_an_old_term_is_lost [];
            renew::renewal_is_lost_to_another [];
            renew::renewal_after_release_is_lost [];
            renew::renewal_with_a_stolen_lease_is_lost [];
            renew::renewal_of_a_deleted_term_is_lost [Need::Tamper(Tamper::Delete)];
            renew::renewal_of_a_vacated_term_is_lost [Need::Tamper(Tamper::Vacate)];
            renew::renewal_of_a_usurped_term_is_lost [Need::Tamper(Tamper::Usurp)];
            renew::renewal_of_a_touched_record_is_kept [Need::Tamper(Tamper::Touch)];

            release::release_frees_at_once [];
            release::release_may_be_repeated [];
            release::release_of_an_old_term_does_nothing [];
            release::release_never_frees_another [];
            release::release_never_frees_a_foreign_leader [Need::Tamper(Tamper::Usurp)];
            release::release_of_a_stolen_lease_does_nothing [];
            release::release_after_an_ambiguous_acquire_frees [];
            release::release_after_an_ambiguous_renew_frees [];
            release::release_of_nothing_blocks_nobody [];
            release::release_stops_an_acquire_under_way [];
            release::release_under_way_spares_the_next_term [];
            release::release_of_a_touched_record_frees [Need::Tamper(Tamper::Touch)];

            request::request_reaches_the_leader_by_watch [];
            request::request_reaches_the_leader_by_renew [];
            request::request_survives_an_ambiguous_renew [];
            request::request_leaves_the_term_alone [];
            request::request_of_an_old_term_is_dropped [];
            request::request_dies_with_its_term [];
            request::request_left_by_a_foreign_write_is_dropped [Need::Tamper(Tamper::Usurp)];
            request::request_without_a_leader_is_dropped [];

            watch::watch_yields_the_current_state_first [];
            watch::watch_stays_open_while_nothing_changes [];
            watch::watch_tells_of_acquire [];
            watch::watch_tells_of_release [];
            watch::watch_tells_of_the_next_term [];
            watch::watch_tells_of_renewals [Need::ObservedExpiry];
            watch::watch_tells_of_deletion [Need::Tamper(Tamper::Delete)];
            watch::watch_ends_at_the_latest_state [];
            watch::watch_dropped_one_leaves_the_others [];

            traces::candidate_that_gave_up_leaves_nothing [];
            traces::candidate_that_vanished_leaves_nothing [];
            traces::dropped_acquire_is_safe [];
            traces::dropped_renew_is_safe [];
            traces::dropped_release_is_safe [];
            traces::dropped_request_is_safe [];

            elected::electors_hand_over_at_once [];
            elected::elector_cut_off_both_ways_is_replaced_without_overlap [];
            elected::elector_that_hears_no_answer_is_replaced_without_overlap [];
            elected::elector_with_a_slow_clock_is_replaced_without_overlap [];
            elected::elector_that_was_suspended_does_not_lead [];
            elected::elector_resigns_on_request [];
            elected::elector_notices_a_deletion [Need::Tamper(Tamper::Delete)];
            elected::elector_frees_what_it_does_not_know_it_won [];
            elected::clocks_hours_apart_do_not_matter [];
            elected::flaky_store_keeps_its_leader [];

            corrupt::corrupt_record_is_an_error [Need::Tamper(Tamper::Corrupt)];
            corrupt::corrupt_record_is_never_overwritten [Need::Tamper(Tamper::Corrupt)];
        }
    };
}
