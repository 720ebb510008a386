//! The memory store that expires leases by itself, call by call.

use std::time::Duration;

use elector::Store as _;
use elector::memory::Memory;
use elector::store::{Acquire, Bid, Candidate, MayTake, Renew};
use tokio::time::advance;

use crate::cluster::LEASE;

#[tokio::test(start_paused = true)]
async fn a_lease_has_run_out_at_its_very_end_and_not_before() {
    let tick = Duration::from_nanos(1);
    for (passed, held) in [(LEASE - tick, true), (LEASE, false)] {
        let store = Memory::new();
        let backend = store.election("test").unwrap();
        let (me, rival) = (Candidate::new("me"), Candidate::new("rival"));
        let bid =
            |who: &Candidate| Bid::new(who.clone(), 1, LEASE).with_may_take(MayTake::vacant());
        let Acquire::Won(lease) = backend.acquire(&bid(&me)).await.unwrap() else { panic!() };
        assert_eq!(store.leader("test").unwrap().name, me.name);
        advance(passed).await;
        assert_eq!(store.leader("test").is_some(), held);
        if !held {
            assert!(matches!(backend.renew(&bid(&me), &lease).await, Ok(Renew::Lost(_))));
        }
        let rivals = backend.acquire(&bid(&rival)).await.unwrap();
        assert_eq!(matches!(rivals, Acquire::Held(_)), held);
        let kept = matches!(backend.renew(&bid(&me), &lease).await, Ok(Renew::Kept(..)));
        assert_eq!(kept, held);
    }
}
