//! The manifests in `config/kubernetes` are right as they stand, and no right in them is one too many.

use std::sync::Arc;
use std::time::Duration;

use elector::store::{Backend, Bid, Candidate, MayTake, Store as _};
use elector::{Elector, Error, ErrorKind};
use elector_kubernetes::{Kubernetes, WatchScope};
use futures_util::StreamExt as _;
use kube::config::{KubeConfigOptions, Kubeconfig};
use serde_json::{Value, json};

use crate::account::{Account, ELECTION, NAMESPACE, apply, objects};
use crate::log::Log;
use crate::patience::until;

const LEASE: &str = "/apis/coordination.k8s.io/v1/namespaces/billing/leases/scheduler";
const LEASES: &str = "/apis/coordination.k8s.io/v1/namespaces/billing/leases";
const EVENTS: &str = "/api/v1/namespaces/billing/events";
const SHORT: Duration = Duration::from_secs(2);

fn elector(store: &Kubernetes, name: &str) -> Elector {
    let backend = store.election(ELECTION).unwrap();
    Elector::builder(backend, name).lease_duration(SHORT).build().unwrap()
}

/// Two candidates with nothing but these rights: take over, renew, follow, hand over, release.
async fn an_election_runs(account: &Account, scope: WatchScope) {
    let store = || account.builder().watch(scope).build().unwrap();
    let foreign = json!({ "holderIdentity": "foreign", "leaseDurationSeconds": 1 });
    let lease = json!({ "metadata": { "name": ELECTION }, "spec": foreign });
    account.admin("POST", LEASES, Some(&lease)).await;

    let (one, two) = (elector(&store(), "one"), elector(&store(), "two"));
    let first = one.lead().await.unwrap();
    let begun = account.admin("GET", LEASE, None).await;
    until("the Lease is renewed", || async {
        let now = account.admin("GET", LEASE, None).await;
        assert_eq!(now["spec"]["acquireTime"], begun["spec"]["acquireTime"]);
        (now["spec"]["renewTime"] != begun["spec"]["renewTime"]).then_some(())
    })
    .await;
    let mut follows = two.status();
    let waiting = tokio::spawn(async move { two.lead().await.map(|second| (second, two)) });
    let is_followed = |status: &elector::Status| match status {
        elector::Status::Following(Some(leader)) => &*leader.name == "one",
        _ => false,
    };
    follows.wait_for(is_followed).await.unwrap();
    let token = first.token();
    first.resign().await.unwrap();
    let (second, two) = waiting.await.unwrap().unwrap();
    assert!(second.token() > token);
    one.shutdown().await;
    second.resign().await.unwrap();
    two.shutdown().await;
    let released = account.admin("GET", LEASE, None).await;
    assert_eq!(released["spec"]["holderIdentity"], "");
    account.admin("DELETE", LEASE, None).await;
}

/// The messages of the Events in the namespace.
async fn events(account: &Account) -> Vec<String> {
    let list = account.admin("GET", EVENTS, None).await;
    let messages = list["items"].as_array().unwrap().iter();
    messages.map(|event| event["message"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn an_election_needs_no_other_rights() {
    let account = Account::new().await;
    an_election_runs(&account, WatchScope::Lease).await;
    let [role] = &objects("role-namespace.yaml")[..] else { panic!("one role") };
    account.set_rules(&role["rules"]).await;
    an_election_runs(&account, WatchScope::Namespace).await;
}

#[tokio::test]
async fn events_are_written_with_these_rights() {
    let account = Account::new().await;
    account.may("create", "", "events", true).await;
    let store = account.store();
    let elector = elector(&store, "one");
    let recorded = tokio::spawn({
        let (store, elector) = (store.clone(), elector.clone());
        async move { store.record_events(&elector).await }
    });
    elector.lead().await.unwrap().resign().await.unwrap();
    elector.shutdown().await;
    recorded.await.unwrap().unwrap();
    let session = elector.candidate().session;
    let told = ["became leader", "stopped leading"].map(|what| format!("one_{session} {what}"));
    assert_eq!(events(&account).await, told);
    let list = account.admin("GET", EVENTS, None).await;
    let lease = account.admin("GET", LEASE, None).await;
    for event in list["items"].as_array().unwrap() {
        assert_eq!(event["involvedObject"]["uid"], lease["metadata"]["uid"]);
        assert_eq!(
            (&event["reason"], &event["type"]),
            (&json!("LeaderElection"), &json!("Normal"))
        );
    }
}

#[tokio::test]
async fn a_missing_right_to_events_is_one_warning_and_nothing_else() {
    let account = Account::new().await;
    let mut rules = objects("role.yaml")[1]["rules"].clone();
    rules.as_array_mut().unwrap().retain(|rule| rule["resources"] != json!(["events"]));
    account.set_rules(&rules).await;
    account.may("create", "", "events", false).await;
    let store = account.store();
    let elector = elector(&store, "one");
    let log = Log::of_this_thread();
    let terms = async {
        for _ in 0..2 {
            elector.lead().await.unwrap().resign().await.unwrap();
        }
        elector.shutdown().await;
    };
    let (recorded, ()) = tokio::join!(store.record_events(&elector), terms);
    recorded.unwrap();
    let text = log.text();
    assert_eq!(text.matches("WARN").count(), 1, "{text}");
    assert!(
        text.contains("cannot create resource \"events\"") && text.contains("a right is missing"),
        "{text}"
    );
    assert_eq!(events(&account).await, Vec::<String>::new());
}

/// What needs the right.
#[derive(Clone, Copy, Debug)]
enum Needs {
    /// An acquire while there is no Lease.
    First,
    /// An acquire while there is one.
    Acquire,
    /// A watch, from its beginning.
    Watch,
}

/// Each right on Leases, and what needs it.
const RIGHTS: [(&str, Needs); 5] = [
    ("create", Needs::First),
    ("get", Needs::Acquire),
    ("update", Needs::Acquire),
    ("list", Needs::Watch),
    ("watch", Needs::Watch),
];

async fn attempt(account: &Account, needs: Needs) -> Option<Error> {
    // Only a new store has read nothing yet.
    let backend: Arc<dyn Backend> = account.store().election(ELECTION).unwrap();
    let bid = Bid::new(Candidate::new("one"), 1, SHORT).with_may_take(MayTake::vacant());
    match needs {
        Needs::First | Needs::Acquire => backend.acquire(&bid).await.err(),
        Needs::Watch => {
            let mut seen = backend.watch();
            // A list, and then the watch; one that is open says nothing as long as nothing happens.
            let two = async { seen.next().await?.err().or(seen.next().await?.err()) };
            tokio::time::timeout(Duration::from_secs(1), two).await.ok().flatten()
        }
    }
}

#[tokio::test]
async fn every_right_taken_away_is_named_in_the_error() {
    let account = Account::new().await;
    let rules = objects("role.yaml")[1]["rules"].clone();
    for (verb, needs) in RIGHTS {
        let mut fewer = rules.clone();
        for rule in fewer.as_array_mut().unwrap() {
            if rule["resources"] == json!(["leases"]) {
                rule["verbs"].as_array_mut().unwrap().retain(|other| other != verb);
            }
        }
        // A rule without verbs is none.
        fewer.as_array_mut().unwrap().retain(|rule| rule["verbs"] != json!([]));
        account.server.call("admin", "DELETE", LEASE, None).await.unwrap();
        if !matches!(needs, Needs::First) {
            let lease = json!({ "metadata": { "name": ELECTION }, "spec": {} });
            account.admin("POST", LEASES, Some(&lease)).await;
        }
        account.set_rules(&fewer).await;
        let error = until(&format!("{verb} is refused"), || attempt(&account, needs)).await;
        assert_eq!(error.kind(), ErrorKind::Denied, "{verb}: {error}");
        let told = error.to_string();
        assert!(told.contains("Lease billing/scheduler: a right is missing (403)"), "{told}");
        assert!(told.contains(&format!("cannot {verb} resource \"leases\"")), "{told}");
        account.set_rules(&rules).await;
        until(&format!("{verb} is granted again"), || async {
            attempt(&account, needs).await.is_none().then_some(())
        })
        .await;
    }
}

#[tokio::test]
async fn the_deployment_is_accepted() {
    let account = Account::new().await;
    for object in objects("deployment.yaml") {
        let made = apply(account.server, &object).await;
        let pod = &made["spec"]["template"]["spec"];
        assert_eq!(pod["serviceAccountName"], objects("role.yaml")[0]["metadata"]["name"]);
        let env = pod["containers"][0]["env"].as_array().unwrap();
        let election = env.iter().find(|one| one["name"] == "ELECTOR__ELECTION__NAME").unwrap();
        assert_eq!(election["value"], ELECTION);
        assert_eq!(objects("role.yaml")[1]["rules"][1]["resourceNames"], json!([ELECTION]));
    }
}

#[tokio::test]
async fn the_flow_schema_puts_an_election_into_its_lane() {
    let account = Account::new().await;
    let [schema] = &objects("flowschema.yaml")[..] else { panic!("one schema") };
    let made: Value = apply(account.server, schema).await;
    let text =
        account.server.kubeconfig_with(account.server.url(), &account.token("scheduler").await);
    let kubeconfig = Kubeconfig::from_yaml(&text).unwrap();
    let options = KubeConfigOptions::default();
    let config = kube::Config::from_custom_kubeconfig(kubeconfig, &options).await.unwrap();
    let client = kube::Client::try_from(config).unwrap();
    let lane = |path: &'static str| {
        let (client, request) =
            (client.clone(), http::Request::get(path).body(kube::client::Body::empty()));
        async move {
            let answer = client.send(request.unwrap()).await.unwrap();
            answer.headers()["x-kubernetes-pf-flowschema-uid"].to_str().unwrap().to_owned()
        }
    };
    until("the schema is in force", || async {
        (json!(lane(LEASE).await) == made["metadata"]["uid"]).then_some(())
    })
    .await;
    assert_ne!(json!(lane(EVENTS).await), made["metadata"]["uid"], "other requests are not in it");
    assert_eq!(schema["spec"]["rules"][0]["resourceRules"][0]["namespaces"], json!([NAMESPACE]));
}
