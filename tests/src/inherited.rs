//! What a mixed fleet inherits from client-go's own timing, measured. Nothing here is promised, and nothing asserted of
//! the candidates in Go.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::thread;
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
    /// Until its term was over, counted from when it was back.
    led_on: Duration,
    /// For how long two believed in themselves, without the time in which one was frozen.
    overlap: Duration,
    /// Whether our leader's Lease was taken from it.
    wiped: bool,
    /// For how long our leader and the next one led at one time, after the old one had emptied our Lease.
    ours: Duration,
}

type Row = [String; 8];

/// Makes all of it so many times at [`Timing::SHORT`], and so many at client-go's defaults; the candidates in Go of
/// different versions at one time.
pub fn measure(times: u32, default_times: u32, interop: &Path) -> Table {
    let newest = Programs::get().newest();
    let rows: Vec<Row> = thread::scope(|scope| {
        let short = Programs::get()
            .all()
            .map(|program| scope.spawn(move || at_short(program, times, interop)));
        let mut threads: Vec<_> = short.collect();
        threads.push(scope.spawn(|| at_default(newest, default_times, interop)));
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    let mut table = table::table(&[
        "leader in Go",
        "what",
        "times",
        "led on p50",
        "worst",
        "two leaders, worst",
        "emptied our Lease",
        "our overlaps",
    ]);
    table.add_rows(rows);
    table
}

fn at_short(program: &Program, times: u32, interop: &Path) -> Vec<Row> {
    let timing = Timing::SHORT;
    let frozen = || frozen(program, timing, interop);
    let cut = || cut_off(program, timing, interop);
    let mut rows = vec![
        row(program, "frozen for 1.5 leases, lease 3 s", times, frozen),
        row(program, "cut off until after the takeover, lease 3 s", times, cut),
    ];
    // A manager's time-out cannot be chosen.
    if program.name.starts_with("client-go") {
        let cut = || cut_off(program, without_timeout(timing), interop);
        rows.push(row(program, "the same without a request time-out", times, cut));
    }
    rows
}

fn at_default(program: &Program, times: u32, interop: &Path) -> Vec<Row> {
    let timing = Timing::DEFAULT;
    let frozen = || frozen(program, timing, interop);
    let cut = || cut_off(program, without_timeout(timing), interop);
    vec![
        row(program, "frozen for 1.5 leases, lease 15 s", times, frozen),
        row(program, "cut off, lease 15 s, no request time-out", times, cut),
    ]
}

fn without_timeout(timing: Timing) -> Timing {
    Timing { request_timeout: Some(Duration::ZERO), ..timing }
}

fn row(program: &Program, what: &str, times: u32, one: impl Fn() -> Return) -> Row {
    let returns: Vec<_> = (0..times).map(|_| one()).collect();
    let [count, p50, worst] = table::row(&returns.iter().map(|it| it.led_on).collect::<Times>());
    let most = |of: fn(&Return) -> Duration| {
        let worst = returns.iter().map(of).max().unwrap_or_default();
        format!("{:.3} s", worst.as_secs_f64())
    };
    let wiped = returns.iter().filter(|it| it.wiped).count().to_string();
    let (name, what) = (program.name.clone(), what.to_owned());
    [name, what, count, p50, worst, most(|it| it.overlap), wiped, most(|it| it.ours)]
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
    let back = returned(fleet, &old, &next, woken);
    // The judge counts from the takeover on, but it did nothing while it was frozen.
    Return { overlap: back.overlap.min(back.led_on), ..back }
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
    let overlap = longest(old.token);
    Return { led_on, overlap, wiped: latest.token != next.token, ours: longest(next.token) }
}
