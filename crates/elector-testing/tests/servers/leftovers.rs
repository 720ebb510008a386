//! No process and no folder is left, however a test ends.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use elector_testing::servers::kubernetes::ApiServer;

/// Set for the process that is to be killed.
const VICTIM: &str = "ELECTOR_TESTING_VICTIM";

/// Whether a process of this id, with a program, is there.
fn lives(pid: u32) -> bool {
    Command::new("kill")
        .args(["-0", &pid.to_string()])
        .stderr(Stdio::null())
        .status()
        .unwrap()
        .success()
}

async fn until_gone(pids: &[u32], folders: &[PathBuf]) {
    let waiting = async {
        while pids.iter().any(|&pid| lives(pid)) || folders.iter().any(|folder| folder.exists()) {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), waiting).await.expect("something is left");
}

fn of(server: &ApiServer) -> ([u32; 2], [PathBuf; 2]) {
    let pids = [server.pid().unwrap(), server.etcd().pid().unwrap()];
    (pids, [server.folder(), server.etcd().folder()])
}

#[tokio::test]
async fn a_dropped_server_is_gone_at_once_frozen_or_not() {
    let server = ApiServer::start().await.unwrap();
    let (pids, folders) = of(&server);
    assert!(pids.iter().all(|&pid| lives(pid)) && folders.iter().all(|folder| folder.exists()));
    server.etcd().freeze().unwrap();
    drop(server);
    assert!(!pids.iter().any(|&pid| lives(pid)));
    assert!(!folders.iter().any(|folder| folder.exists()));
}

/// Starts itself as a process that shares a server, which is killed by SIGKILL.
#[tokio::test]
async fn a_server_goes_with_a_test_process_that_is_killed() {
    let mut victim = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "leftovers::victim", "--ignored", "--nocapture"])
        .env(VICTIM, "1")
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(victim.stdout.take().unwrap()).lines();
    let line = lines.map_while(Result::ok).find(|line| line.contains("victim: ")).unwrap();
    let mut words = line.split("victim: ").nth(1).unwrap().split(' ');
    let pids = [(); 2].map(|()| words.next().unwrap().parse().unwrap());
    let folders = [(); 2].map(|()| Path::new(words.next().unwrap()).to_owned());
    assert!(pids.iter().all(|&pid| lives(pid)) && folders.iter().all(|folder| folder.exists()));
    victim.kill().unwrap();
    victim.wait().unwrap();
    until_gone(&pids, &folders).await;
}

#[tokio::test]
#[ignore = "waits until it is killed, by the test above"]
async fn victim() {
    if std::env::var_os(VICTIM).is_none() {
        return;
    }
    let server = ApiServer::shared().await.unwrap();
    server.freeze().unwrap();
    let (pids, folders) = of(server);
    println!("victim: {} {} {} {}", pids[0], pids[1], folders[0].display(), folders[1].display());
    std::future::pending::<()>().await;
}
