//! The work of a term: checks, writes to the fenced register, and stops when it is told to.

use std::pin::pin;

use elector::Term;

use super::executor::OnPurpose;
use super::fact::Fact;
use super::network::Delivery;
use super::seat::{Seat, Temper};
use super::world::{MILLISECOND, SECOND, lock};

/// Notes that the work is there, for as long as it is.
struct Presence {
    seat: Seat,
    token: u64,
}

impl Presence {
    fn new(seat: &Seat, token: u64) -> Self {
        seat.note(Fact::WorkBegan(token));
        Self { seat: seat.clone(), token }
    }
}

impl Drop for Presence {
    fn drop(&mut self) {
        self.seat.note(Fact::WorkGone(self.token));
    }
}

pub(crate) async fn work(seat: Seat, term: Term) {
    let presence = Presence::new(&seat, term.token().get());
    let mut ended = pin!(term.ended());
    let mut goes_on_until = None;
    loop {
        let pause = seat.world.between(400 * MILLISECOND, 2500 * MILLISECOND);
        tokio::select! {
            biased;
            _ = &mut ended, if goes_on_until.is_none() => {
                seat.note(Fact::WorkTold(presence.token));
                let Temper::Ignores(longer) = seat.temper() else {
                    let last_words = seat.world.between(0, SECOND / 2);
                    seat.sleep(last_words).await;
                    return;
                };
                goes_on_until = Some(seat.clock.own() + longer);
            }
            () = seat.sleep(pause) => {}
        }
        let persists = matches!(seat.temper(), Temper::Ignores(_));
        if goes_on_until.is_some_and(|until| !persists || seat.clock.own() >= until) {
            return;
        }
        match seat.temper() {
            Temper::Returns => return,
            // Not through the panic hook, which would print it.
            Temper::Panics => std::panic::resume_unwind(Box::new(OnPurpose)),
            Temper::Silent => {}
            Temper::Steady | Temper::Ignores(_) => term.alive(),
        }
        if term.is_current() {
            seat.note(Fact::Checked(presence.token));
            act(&seat, &term).await;
        }
    }
}

/// What follows from a check that succeeded.
async fn act(seat: &Seat, term: &Term) {
    let mut late = true;
    if let Some(nanos) = seat.take_freeze() {
        let now = seat.world.now();
        seat.world.deliver_at(now, Delivery::Freezes(seat.who, nanos));
        seat.sleep(MILLISECOND).await;
    } else if seat.world.permille(200) {
        seat.sleep(seat.world.between(1, 50 * MILLISECOND)).await;
    } else {
        late = false;
    }
    let accepted = lock(&seat.register).write(term.token(), seat.session);
    seat.note(Fact::Wrote { token: term.token().get(), accepted, late });
}
