//! `elector run` killed or frozen: its tree is gone before the next leader's command runs.

use rustix::process::{Pid, Signal, kill_process};

use crate::running::{Running, record_file};
use crate::scene::{Scene, alive, now, on_a_steady_machine, state, until, until_dead};

/// How often each fault is repeated: few times unless `ELECTOR_TEST_ROUNDS` says more.
fn rounds() -> u32 {
    std::env::var("ELECTOR_TEST_ROUNDS").ok().and_then(|n| n.parse().ok()).unwrap_or(3)
}

/// A leader with a stubborn tree, and a candidate that waits. Each command first writes down who of the other's tree
/// is still alive.
struct Duel {
    scene: Scene,
    leader: Running,
    waiting: Running,
    tree: [Pid; 2],
}

impl Duel {
    fn begin(lease: &str) -> Self {
        let scene = Scene::new();
        let session = scene.script("session", "stubborn $ELECTOR_NAME-session");
        let script = scene.script(
            "cmd",
            &format!(
                r#"alive=; for pid in $(cat $SCENE/*.pid 2>/dev/null); do kill -0 $pid 2>/dev/null && alive="$alive $pid"; done
note alive-beside-$ELECTOR_NAME "${{alive:-nobody}}"
setsid sh {session} & stubborn $ELECTOR_NAME-cmd"#
            ),
        );
        let flags = ["--lease-duration", lease];
        let leader = Running::start(&scene, "a", &flags, &["sh", &script]);
        let tree = ["a-cmd", "a-session"].map(|name| scene.process(name));
        let waiting = Running::start(&scene, "b", &flags, &["sh", &script]);
        Self { scene, leader, waiting, tree }
    }

    /// Waits for the other's command, and demands that it found nobody.
    fn next_leader_is_alone(&self) {
        assert_eq!(self.scene.note("alive-beside-b"), "nobody");
        assert!(self.tree.iter().all(|pid| !alive(*pid)));
    }

    /// Ends the other's command, which listens to nobody.
    fn end(self) {
        let tree = ["b-cmd", "b-session"].map(|name| self.scene.process(name));
        drop(self.waiting);
        tree.into_iter().for_each(until_dead);
    }
}

#[test]
fn killed_alone() {
    for _ in 0..rounds() {
        let duel = Duel::begin("60s");
        let begin = now();
        duel.leader.send(Signal::KILL);
        duel.next_leader_is_alone();
        eprintln!("elector killed to the next command: {:?}", now().since(begin));
        duel.end();
    }
}

#[test]
fn frozen_alone() {
    on_a_steady_machine(|| {
        for _ in 0..rounds() {
            let mut duel = Duel::begin("1s");
            let begin = now();
            duel.leader.send(Signal::STOP);
            duel.next_leader_is_alone();
            eprintln!("elector frozen to the next command: {:?}", now().since(begin));
            duel.leader.send(Signal::CONT);
            assert_eq!(duel.leader.code(), 75);
            duel.end();
        }
    });
}

#[test]
fn killed_while_its_guardian_is_frozen() {
    for _ in 0..rounds() {
        let duel = Duel::begin("60s");
        let guardian = duel.leader.guardian();
        // Nobody is left to thaw or kill it if this test fails, but a scene; not that of the commands, which ask
        // whether anybody of theirs is alive.
        let frozen = Scene::new();
        std::fs::write(frozen.file("guardian.pid"), guardian.as_raw_pid().to_string()).unwrap();
        kill_process(guardian, Signal::STOP).unwrap();
        until("the guardian is frozen", || (state(guardian) == Some('T')).then_some(()));
        let begin = now();
        duel.leader.send(Signal::KILL);
        // Long before the lease has run out.
        duel.tree.into_iter().for_each(until_dead);
        eprintln!("elector killed to tree dead, guardian frozen: {:?}", now().since(begin));
        assert!(now().since(begin) < std::time::Duration::from_secs(20));
        until_dead(guardian);
        duel.next_leader_is_alone();
        duel.end();
    }
}

#[test]
fn its_guardian_killed_alone() {
    for _ in 0..rounds() {
        let mut duel = Duel::begin("60s");
        kill_process(duel.leader.guardian(), Signal::KILL).unwrap();
        duel.next_leader_is_alone();
        assert_eq!(duel.leader.code(), 70);
        duel.end();
    }
}

#[test]
fn its_guardian_frozen_and_the_election_lost() {
    let scene = Scene::new();
    let session = scene.script("session", "stubborn session");
    let script = scene.script("cmd", &format!("setsid sh {session} & stubborn cmd"));
    let mut leader = Running::start(&scene, "a", &["--lease-duration", "60s"], &["sh", &script]);
    let tree = ["cmd", "session"].map(|name| scene.process(name));
    let guardian = leader.guardian();
    // Nobody is left to thaw or kill it if this test fails, but the scene.
    std::fs::write(scene.file("guardian.pid"), guardian.as_raw_pid().to_string()).unwrap();
    kill_process(guardian, Signal::STOP).unwrap();
    until("the guardian is frozen", || (state(guardian) == Some('T')).then_some(()));
    std::fs::remove_file(record_file(&scene)).unwrap();
    assert_eq!(leader.code(), 75);
    assert!(tree.iter().chain([&guardian]).all(|pid| !alive(*pid)));
}

#[test]
fn a_bystander_is_left_alone() {
    let scene = Scene::new();
    let script = scene.script("cmd", "stubborn cmd");
    let elector = env!("CARGO_BIN_EXE_elector");
    // As an entry point of a container does: the shell's child becomes elector's.
    let entry = scene.script(
        "entry",
        &format!("sh -c 'echo $$ > '$SCENE'/bystander.pid; exec sleep 60' & export ELECTOR__BACKEND__LOCAL__FOLDER=$SCENE/elector; exec {elector} run --election test -- sh {script}"),
    );
    let mut leader = Running::of(std::process::Command::new("sh").arg(entry));
    let command = scene.process("cmd");
    let bystander = scene.process("bystander");
    let stat = std::fs::read_to_string(format!("/proc/{}/stat", command.as_raw_pid())).unwrap();
    let guardian = stat.rsplit_once(") ").unwrap().1.split(' ').nth(1).unwrap().parse().unwrap();
    kill_process(Pid::from_raw(guardian).unwrap(), Signal::KILL).unwrap();
    assert_eq!(leader.code(), 70);
    assert!(!alive(command));
    assert!(alive(bystander));
}

#[test]
fn everything_but_the_guardian_frozen() {
    on_a_steady_machine(|| {
        let mut duel = Duel::begin("1s");
        for pid in duel.tree {
            kill_process(pid, Signal::STOP).unwrap();
        }
        duel.leader.send(Signal::STOP);
        duel.next_leader_is_alone();
        duel.leader.send(Signal::CONT);
        assert_eq!(duel.leader.code(), 75);
        duel.end();
    });
}

#[test]
fn it_stays_small() {
    let duel = Duel::begin("2s");
    let resident = |pid: Pid| {
        let status = std::fs::read_to_string(format!("/proc/{}/status", pid.as_raw_pid())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap().to_owned();
        let kilobytes: u64 = line.trim().trim_end_matches(" kB").parse().unwrap();
        kilobytes
    };
    let (elector, guardian) = (resident(duel.leader.pid()), resident(duel.leader.guardian()));
    eprintln!("resident: elector run {elector} kB, guardian {guardian} kB");
    // Mostly pages of the program itself, which is not optimised here.
    let most = if cfg!(feature = "kubernetes") { 20_000 } else { 15_000 };
    assert!(elector < most, "{elector} kB");
    duel.leader.send(Signal::KILL);
    duel.next_leader_is_alone();
    duel.end();
}
