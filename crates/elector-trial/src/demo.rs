//! A short tour: several candidates, and every fault on their leader.

use std::io::Write;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use elector::store::Backend;

use crate::counted::Requests;
use crate::error::Result;
use crate::faults::{self, Mended};
use crate::line::ProcessId;
use crate::process::CandidateSpec;
use crate::report::{Load, Report};
use crate::stage::Stage;
use crate::stamp::now;
use crate::timeline::{Happening, Timeline};

/// What a demo does.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Options {
    /// How many candidate processes there are; 3 unless set, at least 2.
    pub candidates: u32,
    /// How often each fault is repeated; 3 times unless set.
    pub rounds: u32,
    /// How long a lease lasts; 2 s unless set.
    pub lease_duration: Duration,
    /// How long everything is left alone between two faults, for the eyes; 400 ms unless set.
    pub pause: Duration,
    /// Whether the timeline has colours; not unless set.
    pub colours: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            candidates: 3,
            rounds: 3,
            lease_duration: Duration::from_secs(2),
            pause: Duration::from_millis(400),
            colours: false,
        }
    }
}

/// Starts candidates and lets each fault happen to their leader, in turns; the timeline is written to `out` as it
/// happens.
///
/// `spawn` makes the command of a candidate, which must end in [`candidate::run`](crate::candidate::run) with a
/// backend for the election of `backend`. A trial that broke off says so in its report.
pub fn run(
    options: &Options,
    spawn: impl Fn(&CandidateSpec) -> Command + Send + 'static,
    backend: Arc<dyn Backend>,
    out: Option<Box<dyn Write>>,
) -> Report {
    let names: Vec<_> = (1..=options.candidates.max(2)).map(|n| format!("c{n}")).collect();
    let mut timeline = Timeline::new(&names, out, options.colours);
    timeline.head();
    let name = backend.guarantees().backend;
    let mut report = Report {
        backend: name,
        lease_duration: options.lease_duration,
        steps: Vec::new(),
        mended: Vec::new(),
        verdict: crate::judge::Verdict::default(),
        loads: Vec::new(),
        failure: None,
    };
    let outcome = Stage::new(spawn, backend, options.lease_duration).and_then(|stage| {
        let loads = names.iter().map(|name| (name.clone(), Duration::ZERO, Requests::default()));
        let mut demo = Demo {
            options,
            stage,
            timeline: &mut timeline,
            mended: &mut report.mended,
            started: Vec::new(),
            loads: loads.collect(),
        };
        let outcome = demo.tour();
        report.verdict = demo.stage.judge().verdict();
        let loads = demo.loads.into_iter();
        report.loads =
            loads.map(|(candidate, over, requests)| Load { candidate, over, requests }).collect();
        outcome
    });
    report.steps = timeline.into_steps();
    report.failure = outcome.err().map(|error| with_causes(&error));
    report
}

struct Demo<'a> {
    options: &'a Options,
    stage: Stage,
    timeline: &'a mut Timeline,
    mended: &'a mut Vec<Mended>,
    /// When the processes that run now were started.
    started: Vec<(ProcessId, u64)>,
    /// Each candidate's name, and what its processes have asked for in which time.
    loads: Vec<(String, Duration, Requests)>,
}

impl Demo<'_> {
    fn tour(&mut self) -> Result<()> {
        let begin = now();
        let names: Vec<_> = self.loads.iter().map(|(name, ..)| name.clone()).collect();
        for name in &names {
            self.start(name)?;
        }
        let first = self.stage.settled()?;
        let after = Duration::from_nanos(first.since.saturating_sub(begin));
        let leads = Happening::Leads { token: first.token, after };
        self.timeline.tell(first.since, &first.name, leads);
        for _ in 0..self.options.rounds {
            self.kill()?;
            self.freeze()?;
            self.resign()?;
        }
        // The last leader, too, has the time to claim its term before the judge.
        self.quiet()?;
        let ids: Vec<_> = self.stage.candidates().map(|(id, _)| id).collect();
        ids.into_iter().try_for_each(|id| self.count(id))
    }

    fn start(&mut self, name: &str) -> Result<()> {
        self.timeline.tell(now(), name, Happening::Started);
        let id = self.stage.start(name)?;
        self.started.push((id, now()));
        Ok(())
    }

    fn kill(&mut self) -> Result<()> {
        let leader = self.quiet()?;
        // A dead process can be asked no more.
        self.count(leader.process)?;
        let name = leader.name.clone();
        self.timeline.tell(now(), &name, Happening::Killed);
        let mended = faults::kill(&mut self.stage, leader)?;
        told(self.timeline, &mended);
        self.mended.push(mended);
        self.stage.listen(self.options.pause)?;
        self.start(&name)
    }

    fn freeze(&mut self) -> Result<()> {
        let leader = self.quiet()?;
        let name = leader.name.clone();
        self.timeline.tell(now(), &name, Happening::Frozen);
        let timeline = &mut *self.timeline;
        let mended = faults::freeze_and(&mut self.stage, leader, |mended| told(timeline, mended))?;
        self.timeline.tell(now(), &name, Happening::Woken);
        self.mended.push(mended);
        Ok(())
    }

    fn resign(&mut self) -> Result<()> {
        let leader = self.quiet()?;
        self.timeline.tell(now(), &leader.name, Happening::AskedToResign);
        let mended = faults::resign(&mut self.stage, leader)?;
        told(self.timeline, &mended);
        self.mended.push(mended);
        Ok(())
    }

    /// The leader, when everybody has followed it for a moment.
    fn quiet(&mut self) -> Result<crate::stage::Leader> {
        self.stage.settled()?;
        self.stage.listen(self.options.pause)?;
        self.stage.settled()
    }

    /// Adds what a process asked for so far to its candidate's load.
    fn count(&mut self, id: ProcessId) -> Result<()> {
        let requests = self.stage.requests(id)?;
        let since = self.started.iter().find(|(started, _)| *started == id);
        let over = since.map_or(0, |(_, since)| now().saturating_sub(*since));
        let name = self.stage.candidates().find(|(other, _)| *other == id).map(|(_, name)| name);
        for (_, time, sum) in self.loads.iter_mut().filter(|(load, ..)| Some(&**load) == name) {
            *time += Duration::from_nanos(over);
            *sum = sum.and(&requests);
        }
        Ok(())
    }
}

fn told(timeline: &mut Timeline, mended: &Mended) {
    let leads = Happening::Leads { token: mended.to.token, after: mended.took };
    timeline.tell(mended.to.since, &mended.to.name, leads);
}

fn with_causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(&format!(": {error}"));
        cause = error.source();
    }
    text
}
