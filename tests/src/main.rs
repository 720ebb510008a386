//! Mixed fleets, at length: `cargo run -p elector-tests -- hand-overs`, `… -- inherited`. It exits with 1 when something
//! is wrong.
#![cfg_attr(unix, allow(clippy::unwrap_used, clippy::print_stdout, reason = "a test"))]

#[cfg(unix)]
fn main() {
    unix::main();
}

#[cfg(not(unix))]
fn main() {}

#[cfg(unix)]
mod unix {
    use clap::Parser;
    use elector_tests::go::Programs;
    use elector_tests::hand_over::{self, Plan};
    use elector_tests::{candidate, inherited};

    /// Lets candidates in Rust and in Go stand for one election.
    #[derive(Debug, Parser)]
    enum Command {
        /// Hand-overs between all of them: times, overlaps, and what the Lease says.
        HandOvers {
            /// How many are made from either side to either side, by release and by kill -9 each.
            #[arg(long, default_value_t = 100)]
            each: u32,
            /// How many are made by either way with everybody free to take over.
            #[arg(long, default_value_t = 25)]
            free: u32,
            /// How many fleets share them, at one time.
            #[arg(long, default_value_t = 2)]
            fleets: u32,
        },
        /// What a fleet inherits from client-go: leaders in Go that are frozen, or cut off, and come back.
        Inherited {
            /// How often each.
            #[arg(long, default_value_t = 10)]
            times: u32,
            /// How often with client-go's default timing.
            #[arg(long, default_value_t = 1)]
            default_times: u32,
        },
    }

    pub(crate) fn main() {
        let mut arguments = std::env::args().skip(1);
        if arguments.next().as_deref() == Some("candidate") {
            return candidate::run(arguments);
        }
        let command = Command::parse();
        let interop = std::env::current_exe().unwrap();
        let programs = Programs::get();
        let names: Vec<_> = programs.all().map(|program| program.name.as_str()).collect();
        println!("Go {}: {}", programs.go, names.join(", "));
        match command {
            Command::HandOvers { each, free, fleets } => {
                let outcome = hand_over::run(Plan { each, free, fleets }, &interop);
                println!("{outcome}");
                if !outcome.is_good() {
                    std::process::exit(1);
                }
            }
            Command::Inherited { times, default_times } => {
                println!("{}", inherited::measure(times, default_times, &interop));
            }
        }
    }
}
