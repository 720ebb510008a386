//! From settings to a leader.

use elector::Ended;

use crate::stand_in::{Given, choosing, registry};

#[tokio::test]
async fn an_elector_has_what_the_settings_say() {
    let file = choosing("memory", "[candidate]\nname = \"node-1\"\nmetadata = \"http://node-1\"");
    let given = Given::file(&file).env(&[("ELECTOR__ELECTION__TOKEN_FLOOR", "41")]);
    let elector = given.load().unwrap().elector(&registry()).unwrap();
    assert_eq!(&*elector.candidate().name, "node-1");
    assert_eq!(elector.candidate().metadata.as_deref(), Some("http://node-1"));
    let token = elector.run(|term| async move { term.token().get() }).await.unwrap();
    assert_eq!(token, Some(42));
}

#[tokio::test]
async fn a_program_adds_to_the_builder() {
    let settings = Given::file(&choosing("memory", "")).load().unwrap();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let builder = settings.builder(&registry()).unwrap();
    let elector = builder.shutdown(async { _ = stopped.await }).build().unwrap();
    let mut stop = Some(stop);
    let ended = elector.run(|term| {
        drop(stop.take());
        async move { term.ended().await }
    });
    assert!(matches!(ended.await.unwrap(), None | Some(Ended::Shutdown)));
}
