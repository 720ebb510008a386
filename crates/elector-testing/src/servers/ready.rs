//! Waits until a server serves.

use std::time::Duration;

use super::http::Http;
use super::process::Process;
use super::{Result, ServerError};

/// How long a server may take: it takes 2 s on an idle machine.
const DEADLINE: Duration = Duration::from_secs(60);

/// How often it is asked.
const PAUSE: Duration = Duration::from_millis(50);

/// Returns when a GET of `path` answers 200.
pub(crate) async fn ready(
    process: &Process,
    http: &Http,
    path: &'static str,
    token: Option<&str>,
) -> Result<()> {
    let mut last = String::new();
    let asking = async {
        while !process.is_dead() {
            match http.send("GET", path, token, None).await {
                Ok(reply) if reply.status == 200 => return Ok(()),
                Ok(reply) => last = format!("{} {}", reply.status, reply.body),
                Err(error) => last = error.detail(),
            }
            tokio::time::sleep(PAUSE).await;
        }
        Err("it ended".to_owned())
    };
    let why = match tokio::time::timeout(DEADLINE, asking).await {
        Ok(Ok(())) => return Ok(()),
        Ok(Err(why)) => why,
        Err(_) => format!("not ready within {} s, last answer: {last}", DEADLINE.as_secs()),
    };
    let message = format!("{why}; its log:\n{}", process.log());
    Err(ServerError::new(format!("start {}", process.name()), message))
}
