//! The application of a simulated process: it stands for election and works while it leads.

use std::future::{Future, pending};
use std::pin::Pin;

use elector::{Callbacks, Elector, ErrorKind};
use tokio::sync::mpsc;

use super::fact::Fact;
use super::seat::Seat;
use super::work::work;
use super::world::{MILLISECOND, SECOND};

/// How the application uses its elector.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Style {
    Run,
    Guard,
    Callbacks,
}

/// What the director tells an application to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    Resign,
    Shutdown,
    /// Drop every handle and the wait, and exit.
    Drop,
    /// Drop the wait or the work, and contend again after so many nanoseconds.
    Withdraw(u64),
}

type Orders = mpsc::UnboundedReceiver<Order>;
type Ending<'a> = Pin<Box<dyn Future<Output = ()> + Send + 'a>>;

const FINISHED: &str = "finished";
const SHUT_DOWN: &str = "shut down";
const WITHDREW: &str = "withdrew";
const DROPPED: &str = "dropped";

/// Contends again and again, until it is told not to.
pub(crate) async fn app(seat: Seat, style: Style, elector: Elector, mut orders: Orders) {
    loop {
        let (ended, rest) = stint_under_orders(&seat, style, &elector, &mut orders).await;
        seat.note(Fact::Returned(ended));
        match ended {
            FINISHED | WITHDREW => seat.sleep(rest).await,
            _ => break,
        }
    }
    drop(elector);
    seat.shared.exit();
}

async fn stint_under_orders(
    seat: &Seat,
    style: Style,
    elector: &Elector,
    orders: &mut Orders,
) -> (&'static str, u64) {
    let mut stint = Box::pin(stint(seat, style, elector));
    let mut shutdown: Ending<'_> = Box::pin(pending());
    loop {
        tokio::select! {
            biased;
            order = orders.recv() => match order {
                Some(Order::Resign) => elector.resign(),
                Some(Order::Shutdown) => shutdown = Box::pin(elector.shutdown()),
                Some(Order::Withdraw(rest)) => return (WITHDREW, rest),
                Some(Order::Drop) | None => return (DROPPED, 0),
            },
            () = &mut shutdown => shutdown = Box::pin(pending()),
            ended = &mut stint => {
                return (ended, seat.world.between(10 * MILLISECOND, 2 * SECOND));
            }
        }
    }
}

/// Leads once, or in the style of callbacks for as long as there is an elector.
async fn stint(seat: &Seat, style: Style, elector: &Elector) -> &'static str {
    let error = |kind: ErrorKind| match kind {
        ErrorKind::Stopped => SHUT_DOWN,
        other => other.as_str(),
    };
    match style {
        Style::Run => match elector.run(|term| work(seat.clone(), term)).await {
            Ok(Some(())) => FINISHED,
            Ok(None) => SHUT_DOWN,
            Err(failed) => error(failed.kind()),
        },
        Style::Guard => match elector.lead().await {
            Ok(guard) => {
                work(seat.clone(), guard.term().clone()).await;
                if seat.world.permille(500) {
                    // An unconfirmed release is no end of the world: the lease runs out.
                    let _ = guard.resign().await;
                } else {
                    drop(guard);
                }
                FINISHED
            }
            Err(failed) => error(failed.kind()),
        },
        Style::Callbacks => {
            let started = |term| work(seat.clone(), term);
            match Callbacks::new().on_started_leading(started).run(elector).await {
                Ok(()) => SHUT_DOWN,
                Err(failed) => error(failed.kind()),
            }
        }
    }
}
