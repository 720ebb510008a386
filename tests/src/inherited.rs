//! What a mixed fleet inherits from client-go's own timing, measured. Nothing here is promised, and nothing asserted of
//! the candidates in Go.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::time::Duration;

use comfy_table::Table;
use elector_trial::proxy::Proxy;
use elector_trial::{Leader, Times, now};

use crate::cluster::{Cluster, block_on};
use crate::fleet::{Fleet, Side, Timing};
use crate::go::{Program, Programs};
use crate::table;

/// How long after it came back a leader in Go is watched: it may still write.
const AFTER: Duration = Duration::from_secs(1);

/// One leader in Go that came back.
#[derive(Debug)]
struct Return {
    /// Until its work was told to stop, and that was done.
    led_on: Duration,
    /// For how long two believed in themselves, the time in which one was frozen left out.
    overlap: Duration,
    /// Whether our leader's Lease was taken from it.
    wiped: bool,
    /// For how long our own leader and the next one after it led at one time.
    ours: Duration,
}

/// Makes all of it so many times at [`Timing::SHORT`], and some at client-go's defaults.
pub fn measure(times: u32, default_times: u32, interop: &Path) -> Table {
    let head = [
        "leader in Go",
        "what",
        "times",
        "led on p50",
        "led on worst",
        "two leaders",
        "took our Lease",
        "ours overlapped",
    ];
    let mut table = table::table(&head);
    let programs: Vec<_> = Programs::get().all().collect();
    let no_timeout = |timing| Timing { request_timeout: Some(Duration::ZERO), ..timing };
    let mut add = |program: &Program, what: &str, returns: Vec<Return>| {
        if returns.is_empty() {
            return;
        }
        let [count, p50, worst] =
            table::row(&returns.iter().map(|it| it.led_on).collect::<Times>());
        let most = |of: fn(&Return) -> Duration| {
            let worst = returns.iter().map(of).max().unwrap_or_default();
            format!("{:.3} s", worst.as_secs_f64())
        };
        let wiped = returns.iter().filter(|it| it.wiped).count();
        let row = [program.name.clone(), what.to_owned(), count, p50, worst];
        let found = [most(|it| it.overlap), wiped.to_string(), most(|it| it.ours)];
        table.add_row(row.into_iter().chain(found));
    };
    let repeat =
        |times: u32, one: &dyn Fn() -> Return| (0..times).map(|_| one()).collect::<Vec<_>>();
    for program in &programs {
        let short = repeat(times, &|| frozen(program, Timing::SHORT, interop));
        add(program, "frozen for 1.5 leases, lease 3 s", short);
        let cut = repeat(times, &|| cut_off(program, Timing::SHORT, interop));
        add(program, "cut off until the takeover, lease 3 s", cut);
        if program.name.starts_with("client-go") {
            let cut = repeat(times, &|| cut_off(program, no_timeout(Timing::SHORT), interop));
            add(program, "the same, no request time-out", cut);
        }
    }
    let newest = Programs::get().newest();
    let default = repeat(default_times, &|| frozen(newest, Timing::DEFAULT, interop));
    add(newest, "frozen for 1.5 leases, lease 15 s", default);
    let cut = repeat(default_times, &|| cut_off(newest, no_timeout(Timing::DEFAULT), interop));
    add(newest, "cut off, no request time-out, lease 15 s", cut);
    table
}

/// A leader in Go is stopped for a lease and a half; a candidate in Rust takes over meanwhile.
fn frozen(program: &Program, timing: Timing, interop: &Path) -> Return {
    let cluster = Cluster::new();
    let mut fleet = Fleet::new(&cluster, "frozen", timing, interop);
    let old = led_by_go(&mut fleet, program);
    let at = now();
    fleet.stage.freeze(old.process).unwrap();
    let next = fleet.stage.next_leader(old.token).unwrap();
    let passed = Duration::from_nanos(now() - at);
    fleet.stage.listen((timing.lease * 3 / 2).saturating_sub(passed)).unwrap();
    let woken = now();
    fleet.stage.thaw(old.process).unwrap();
    returned(fleet, &old, &next, woken)
}

/// A leader in Go hears nothing of the server any more, until half a second after a candidate in Rust has taken over.
fn cut_off(program: &Program, timing: Timing, interop: &Path) -> Return {
    let cluster = Cluster::new();
    let server = SocketAddr::from((Ipv4Addr::LOCALHOST, cluster.server().port()));
    let proxy = block_on(Proxy::start(server)).unwrap();
    let url = format!("https://{}", proxy.address());
    let (place, behind) = (cluster.place("cut"), cluster.place_behind("cut", &url));
    let mut fleet = Fleet::with_go_at(&cluster, place, behind, timing, interop);
    let old = led_by_go(&mut fleet, program);
    proxy.link().partition();
    let next = fleet.stage.next_leader(old.token).unwrap();
    fleet.stage.listen(Duration::from_millis(500)).unwrap();
    let healed = now();
    proxy.link().heal();
    returned(fleet, &old, &next, healed)
}

/// A candidate in Go leads, and one in Rust follows it.
fn led_by_go(fleet: &mut Fleet<'_>, program: &Program) -> Leader {
    fleet.start_go(program);
    let (leader, _) = fleet.calm();
    fleet.start_rust();
    // A follower of a leader in Go says nothing, because there is no token to follow: it gets time to see the Lease.
    fleet.stage.listen(Duration::from_secs(1)).unwrap();
    assert_eq!(Side::of(&leader.name), Side::Go);
    leader
}

fn returned(mut fleet: Fleet<'_>, old: &Leader, next: &Leader, back: u64) -> Return {
    // It may have stopped before it was back.
    fleet.stage.ended(old.process, old.token).unwrap();
    let led_on = Duration::from_nanos(now().saturating_sub(back));
    fleet.stage.listen(AFTER).unwrap();
    let (latest, _) = fleet.calm();
    fleet.stage.clear().unwrap();
    let verdict = fleet.verdict();
    let longest = |of: u64| {
        let overlaps = verdict.overlaps.iter().filter(|it| it.earlier == of);
        Duration::from_nanos(overlaps.map(|it| it.nanos).max().unwrap_or(0))
    };
    // The judge counts from the takeover on, also where the old leader did nothing because it was frozen.
    let overlap = longest(old.token).min(led_on);
    Return { led_on, overlap, wiped: latest.token != next.token, ours: longest(next.token) }
}
