//! Elections are told apart by their names.

use std::sync::Arc;

use elector::ErrorKind;
use elector::store::Candidate;

use crate::contract::Stage;
use crate::contract::player::Player;

/// Elections whose names are easily confused have nothing in common; a name that the store cannot carry is refused
/// before anything is written.
pub async fn election_names_are_kept_apart(stage: Stage) {
    let long = "x".repeat(120);
    let endings = [
        "",
        "/",
        "/a",
        "/a/b",
        "/a%2Fb",
        "/a%2fb",
        "/a_b",
        "/a-b",
        "/a.b",
        "/a\\b",
        "/A",
        "/ä",
        "/a\u{308}",
        "/..",
        "/.",
        "/../a",
        "/a ",
        "/a\n",
        "/a*",
        "/a?",
        "/a:b",
        "/a{b}",
        "/a\0",
        "/a.lock",
        "/a.tmp",
        "/a.json",
        ".lock",
        ".tmp",
        "-",
        &format!("/{long}a"),
        &format!("/{long}b"),
        &format!("/{long}{long}{long}a"),
        &format!("/{long}{long}{long}b"),
    ];
    let mut led = Vec::new();
    for ending in endings {
        let name = format!("{}{ending}", stage.name());
        match stage.store().await.election(&name) {
            Ok(backend) => {
                led.push((name, Player::new(backend, Candidate::new(ending), stage.short() * 50)))
            }
            Err(error) => assert_eq!(error.kind(), ErrorKind::Invalid, "{name:?}: {error}"),
        }
    }
    let mut leases = Vec::new();
    for (name, player) in &led {
        let lease = player.tries().await;
        leases.push(lease.unwrap_or_else(|| panic!("{name:?} is one with an earlier name")));
    }
    for ((name, player), lease) in led.iter().zip(&leases) {
        let led = Player::new(Arc::clone(&player.backend), Candidate::new("rival"), stage.short());
        let leader = led.sees_leader().await.leader;
        assert_eq!(leader.session, Some(player.session()), "{name:?} is one with a later name");
        player.keeps(lease).await;
    }
    for ((_, player), lease) in led.iter().zip(&leases) {
        player.releases(Some(lease)).await;
    }
    for name in ["", ".", "..", "/", "\0"] {
        if let Err(error) = stage.store().await.election(name) {
            assert_eq!(error.kind(), ErrorKind::Invalid, "{name:?}: {error}");
        }
    }
}
