//! From settings to a leader.

use std::time::Duration;

use elector::{Elector, Runtime};
use tokio::sync::oneshot;
use tokio::time::timeout;

use crate::stand_in::{Given, choosing, registry};

/// In virtual time.
const LONG: Duration = Duration::from_secs(60);

#[tokio::test(start_paused = true)]
async fn an_elector_has_what_the_settings_say() {
    let file = choosing("memory", "[candidate]\nname = \"node-1\"\nmetadata = \"http://node-1\"");
    let env =
        [("ELECTOR__ELECTION__TOKEN_FLOOR", "41"), ("ELECTOR__ELECTION__LEASE_DURATION", "9s")];
    let settings = Given::file(&file).env(&env).load().unwrap();
    let check = |elector: &Elector| {
        assert_eq!(&*elector.candidate().name, "node-1");
        assert_eq!(elector.candidate().metadata.as_deref(), Some("http://node-1"));
        assert_eq!(elector.budget().lease_duration(), Duration::from_secs(9));
    };
    check(&settings.elector(&registry()).unwrap());
    let builder = settings.builder(&registry()).unwrap().runtime(Runtime::current());
    let elector = builder.build().unwrap();
    check(&elector);
    let token = elector.run(|term| async move { term.token().get() });
    assert_eq!(timeout(LONG, token).await.unwrap().unwrap(), Some(42));
}

#[tokio::test(start_paused = true)]
async fn a_program_adds_to_the_builder() {
    let settings = Given::file(&choosing("memory", "")).load().unwrap();
    let (stop, stopped) = oneshot::channel::<()>();
    let builder = settings.builder(&registry()).unwrap().runtime(Runtime::current());
    let elector = builder.shutdown(async { _ = stopped.await }).build().unwrap();
    let mut stop = Some(stop);
    let run = elector.run(|term| {
        drop(stop.take());
        async move { term.ended().await }
    });
    assert_eq!(timeout(LONG, run).await.unwrap().unwrap(), None);
}
