//! The rows: what happens, and what every column says then.

use std::fs;

use rustix::process::{Signal, kill_process};

use super::{Code, Election, Next, Play, Row};
use crate::asking::ask;
use crate::run_loss::take;
use crate::running::record_file;
use crate::scene::until_dead;

use Code::{GoesOn, Is};
use Election::{Anothers, Deleted, Kept, NotReleased, Released, Untouched};
use Next::{Already, AtOnce, NotYet, WhenTheLeaseHasRunOut};

/// The rows under their headings.
pub(super) fn all() -> [(&'static str, &'static [Row]); 5] {
    [
        ("CMD ends by itself", ENDS),
        ("`elector run` is sent a signal while CMD runs", SIGNALS),
        ("Leadership ends", LOSSES),
        ("`elector` itself is hit", FAULTS),
        ("CMD never runs", NEVER),
    ]
}

const fn row(
    what: &'static str,
    sent: &'static [&'static str],
    election: Election,
    code: Code,
    next: Next,
    act: fn(&mut Play),
) -> Row {
    Row { what, sent, election, code, next, act }
}

const ENDS: &[Row] = &[
    row("CMD exits with code 3", &[], Released, Is(3), AtOnce, |play| {
        play.lead(&[], "here cmd; ended cmd; exit 3");
    }),
    row("CMD dies by signal 11", &[], Released, Is(128 + 11), AtOnce, |play| {
        play.lead(&[], "here cmd; ended cmd; ulimit -c 0; kill -11 $$");
    }),
    row(
        "CMD exits with code 0 and leaves a process behind, in a session of its own, that ignores TERM",
        &["TERM", "KILL"],
        Released,
        Is(0),
        AtOnce,
        |play| {
            let left = play
                .scene
                .script("left", &format!("{}\ndeaf_and_looking left", super::play::FUNCTIONS));
            play.lead(
                &[],
                &format!(
                    "setsid sh {left} & while [ ! -e $SCENE/left.pid ]; do sleep 0.01; done
                     here cmd; ended cmd; exit 0"
                ),
            );
        },
    ),
    row("CMD is stopped (STOP)", &[], Kept, GoesOn, NotYet, |play| {
        let command = play.lead_until_there(&[], "polite cmd");
        kill_process(command, Signal::STOP).unwrap();
    }),
];

const SIGNALS: &[Row] = &[
    row("TERM", &["TERM"], Released, Is(128 + 15), AtOnce, |play| signal(play, Signal::TERM)),
    row("INT (Ctrl-C)", &["INT"], Released, Is(128 + 2), AtOnce, |play| signal(play, Signal::INT)),
    row("HUP (the terminal is closed)", &["HUP"], Released, Is(128 + 1), AtOnce, |play| {
        signal(play, Signal::HUP);
    }),
    row("QUIT", &["QUIT"], Released, Is(128 + 3), AtOnce, |play| signal(play, Signal::QUIT)),
    row("USR1", &["USR1"], Released, Is(128 + 10), AtOnce, |play| signal(play, Signal::USR1)),
    row("USR2", &["USR2"], Released, Is(128 + 12), AtOnce, |play| signal(play, Signal::USR2)),
    row("TERM, and CMD exits with code 5 for it", &["TERM"], Released, Is(5), AtOnce, |play| {
        play.lead_until_there(&[], "trap 'saw TERM; ended cmd; exit 5' TERM; wait_for_ever cmd");
        play.send(Signal::TERM);
    }),
    row("TERM, and CMD is stopped", &["TERM"], Released, Is(128 + 15), AtOnce, |play| {
        let command = play.lead_until_there(&[], "polite cmd");
        kill_process(command, Signal::STOP).unwrap();
        play.send(Signal::TERM);
    }),
    row(
        "TERM, HUP or USR1, and CMD goes on",
        &["TERM", "HUP", "USR1"],
        Kept,
        GoesOn,
        NotYet,
        |play| {
            play.lead_until_there(&[], "deaf cmd");
            for (number, signal) in
                [Signal::TERM, Signal::HUP, Signal::USR1].into_iter().enumerate()
            {
                play.send(signal);
                play.until_saw(number + 1);
            }
        },
    ),
    row("TSTP (Ctrl-Z), and CONT (`fg`) soon", &["TSTP"], Kept, GoesOn, NotYet, |play| {
        let command = play.lead_until_there(&[], "polite cmd");
        play.send(Signal::TSTP);
        play.until_suspended(command);
        play.send(Signal::CONT);
        play.until_awake(command);
    }),
    row(
        "TSTP (Ctrl-Z) for longer, and then CONT (`fg`)",
        &["TSTP", "TERM", "KILL"],
        NotReleased,
        Is(75),
        WhenTheLeaseHasRunOut,
        |play| {
            let command = play.lead_until_there(&[], "deaf cmd");
            play.send(Signal::TSTP);
            play.until_suspended(command);
            play.until_next();
            play.send(Signal::CONT);
        },
    ),
];

const LOSSES: &[Row] = &[
    row("The leader is asked to resign", &["TERM"], Released, Is(75), AtOnce, |play| {
        play.lead_until_there(&[], "polite cmd");
        assert_eq!(ask(&play.scene, &["resign"]).code, 0);
    }),
    row("The same, and CMD ignores TERM", &["TERM", "KILL"], Released, Is(75), AtOnce, |play| {
        play.lead_until_there(&[], "deaf cmd");
        assert_eq!(ask(&play.scene, &["resign"]).code, 0);
    }),
    row(
        "The same, with `--restart`: it stands again",
        &["TERM"],
        Released,
        GoesOn,
        AtOnce,
        |play| {
            play.lead_until_there(&["--restart"], "polite cmd");
            assert_eq!(ask(&play.scene, &["resign"]).code, 0);
        },
    ),
    row(
        "The store is out of reach until the lease is about to run out",
        &["TERM", "KILL"],
        NotReleased,
        Is(75),
        AtOnce,
        |play| {
            play.lease = super::play::SHORT;
            let command = play.lead_until_there(&[], "deaf cmd");
            play.scene.swap_store();
            until_dead(command);
            play.a().code();
            play.scene.swap_store();
        },
    ),
    row("Another took the election", &["KILL"], Anothers, Is(75), Already, |play| {
        play.lead_until_there(&[], "deaf cmd");
        take(&play.scene);
    }),
    row("The record was deleted", &["KILL"], Deleted, Is(75), WhenTheLeaseHasRunOut, |play| {
        play.lead_until_there(&[], "deaf cmd");
        fs::remove_file(record_file(&play.scene)).unwrap();
    }),
];

const FAULTS: &[Row] = &[
    row(
        "`elector run` is killed (KILL)",
        &["TERM", "KILL"],
        NotReleased,
        Is(137),
        AtOnce,
        |play| {
            play.lead_until_there(&[], "deaf cmd");
            play.send(Signal::KILL);
        },
    ),
    row(
        "`elector run` is stopped (STOP), and continued later",
        &["TERM", "KILL"],
        NotReleased,
        Is(75),
        WhenTheLeaseHasRunOut,
        |play| {
            play.lead_until_there(&[], "deaf cmd");
            play.send(Signal::STOP);
            play.until_next();
            play.send(Signal::CONT);
        },
    ),
    row("Its guardian process is killed", &["KILL"], Released, Is(70), AtOnce, |play| {
        play.lead_until_there(&[], "deaf cmd");
        let guardian = play.a().guardian();
        kill_process(guardian, Signal::KILL).unwrap();
    }),
];

const NEVER: &[Row] = &[
    row("TERM while it waits", &[], Untouched, Is(128 + 15), NotYet, |play| {
        waits(play, Signal::TERM)
    }),
    row("INT while it waits", &[], Untouched, Is(128 + 2), NotYet, |play| waits(play, Signal::INT)),
    row("HUP while it waits", &[], Untouched, Is(128 + 1), NotYet, |play| waits(play, Signal::HUP)),
    row("QUIT while it waits", &[], Untouched, Is(128 + 3), NotYet, |play| {
        waits(play, Signal::QUIT)
    }),
    row("USR1 or USR2 while it waits", &[], Untouched, GoesOn, NotYet, |play| {
        waits(play, Signal::USR1);
        play.send(Signal::USR2);
    }),
    row("Not acquired within `--acquire-timeout`", &[], Untouched, Is(69), NotYet, |play| {
        play.wait_behind_another(&["--acquire-timeout", "300ms"]);
    }),
    row("CMD is not found", &[], Untouched, Is(127), NotYet, |play| {
        play.start(&[], &["no-such-program-anywhere"]);
    }),
    row("CMD is not executable", &[], Untouched, Is(126), NotYet, |play| {
        play.start(&[], &["/etc/passwd"])
    }),
    row("Wrong usage (no CMD)", &[], Untouched, Is(64), NotYet, |play| play.start(&[], &[])),
    row("The configuration is wrong", &[], Untouched, Is(78), NotYet, |play| {
        play.start(&["--config", "/no/such/file"], &["true"]);
    }),
    row(
        "The store can never work (the folder is a file)",
        &[],
        Untouched,
        Is(78),
        NotYet,
        |play| {
            fs::write(play.scene.file("elector"), "a file").unwrap();
            play.start(&[], &["true"]);
        },
    ),
];

fn signal(play: &mut Play, signal: Signal) {
    play.lead_until_there(&[], "polite cmd");
    play.send(signal);
}

fn waits(play: &mut Play, signal: Signal) {
    play.wait_behind_another(&[]);
    play.send(signal);
}
