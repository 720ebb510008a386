//! Every command on a real API server, with `config/kubernetes.toml`.

use std::process::Command;

use elector_testing::servers::kubernetes::{ADMIN, ApiServer};
use rustix::process::Signal;
use serde_json::{Value, json};

use crate::asking::Answer;
use crate::running::Running;
use crate::scene::{Scene, until};

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../config/kubernetes.toml");

/// A namespace of one test.
struct Cluster {
    runtime: tokio::runtime::Runtime,
    server: &'static ApiServer,
    namespace: String,
    scene: Scene,
}

impl Cluster {
    fn new() -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let (server, namespace) = runtime.block_on(async {
            let server = ApiServer::shared().await.unwrap();
            (server, server.namespace().await.unwrap())
        });
        let scene = Scene::new();
        std::fs::write(scene.file("kubeconfig"), server.kubeconfig(ADMIN).unwrap()).unwrap();
        Self { runtime, server, namespace, scene }
    }

    fn program(&self) -> Command {
        let mut command = crate::asking::program(&self.scene);
        command.env_remove("ELECTOR__BACKEND__LOCAL__FOLDER");
        command.env("ELECTOR__BACKEND__KUBERNETES__NAMESPACE", &self.namespace);
        command.env("KUBECONFIG", self.scene.file("kubeconfig")).args(["--config", FILE]);
        command
    }

    fn ask(&self, arguments: &[&str]) -> Answer {
        self.program().args(arguments).output().unwrap().into()
    }

    fn run(&self, name: &str, flags: &[&str]) -> Running {
        let cmd = self.scene.script(name, &format!("here {name}; while :; do sleep 0.01; done"));
        let err = std::fs::File::create(self.scene.file(&format!("{name}.err"))).unwrap();
        let mut command = self.program();
        command.args(["--name", name, "run"]).args(flags).args(["--", "sh", &cmd]).stderr(err);
        Running::of(&mut command)
    }

    /// The objects of the namespace.
    fn list(&self, path: &str) -> Vec<Value> {
        let path = path.replace("NS", &format!("namespaces/{}", self.namespace));
        let reply = self.runtime.block_on(self.server.call(ADMIN, "GET", &path, None)).unwrap();
        let list: Value = serde_json::from_str(&reply.body).unwrap();
        list["items"].as_array().unwrap().clone()
    }

    fn leases(&self) -> Vec<Value> {
        self.list("/apis/coordination.k8s.io/v1/NS/leases")
    }
}

#[test]
fn a_demo_ends_well_and_leaves_nothing() {
    let cluster = Cluster::new();
    let answer = cluster.ask(&["demo", "--rounds", "1", "--json"]);
    let report = answer.json();
    assert_eq!(answer.code, 0, "{report:#} {}", answer.err);
    assert_eq!((&report["good"], &report["backend"]), (&json!(true), &json!("kubernetes")));
    assert_eq!(report["two_leaders_ms"]["total"], 0.0);
    assert_eq!(answer.err, "", "nobody is told of what was meant to happen");
    assert_eq!(cluster.leases(), Vec::<Value>::new());
}

#[test]
fn a_command_runs_while_it_leads_and_is_seen() {
    let cluster = Cluster::new();
    let nobody = cluster.ask(&["leader", "--timeout", "1s"]);
    let told =
        format!(" WARN nobody leads scheduler on the Lease {}/scheduler\n", cluster.namespace);
    assert_eq!((nobody.code, nobody.err), (1, told));

    let mut first = cluster.run("first", &[]);
    cluster.scene.process("first");
    let mut second = cluster.run("second", &[]);
    assert_eq!(cluster.ask(&["leader"]).out, "first\n");
    let holder = cluster.leases()[0]["spec"]["holderIdentity"].clone();
    assert!(holder.as_str().unwrap().starts_with("first_"), "{holder}");
    let file = cluster.scene.file("second.err");
    until("the second follows", || {
        std::fs::read_to_string(&file).ok()?.contains("following").then_some(())
    });

    let resigned = cluster.ask(&["resign"]);
    assert_eq!(resigned.code, 0, "{}", resigned.err);
    assert!(resigned.out.contains("the term of first"), "{}", resigned.out);
    assert_eq!(first.code(), 75);
    cluster.scene.process("second");
    second.send(Signal::TERM);
    assert_eq!(second.code(), 143);
    assert_eq!(cluster.leases()[0]["spec"]["holderIdentity"], "");

    let events = cluster.list("/api/v1/NS/events");
    let said =
        |event: &Value| event["message"].as_str().unwrap().split_once(' ').unwrap().1.to_owned();
    let mut said: Vec<_> = events.iter().map(said).collect();
    said.sort();
    assert_eq!(said, ["became leader", "became leader", "stopped leading", "stopped leading"]);
}

#[test]
fn without_events_none_are_written() {
    let cluster = Cluster::new();
    let mut command = cluster.program();
    command.env("ELECTOR__BACKEND__KUBERNETES__EVENTS", "false").args(["run", "--", "true"]);
    assert_eq!(command.status().unwrap().code(), Some(0));
    assert_eq!(cluster.list("/api/v1/NS/events"), Vec::<Value>::new());
    assert_eq!(cluster.leases()[0]["spec"]["holderIdentity"], "");
}
