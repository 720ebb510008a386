//! The watch of one election.

use std::sync::Arc;

use elector::Result;
use elector::store::Seen;
use futures_core::stream::BoxStream;
use futures_util::{StreamExt as _, stream};
use k8s_openapi::api::coordination::v1::Lease;

use crate::election::Parts;
use crate::feed::{Feed, News};

/// What is seen of an election, by a watch of its own or by the one of the namespace.
pub(crate) fn watch(parts: Arc<Parts>) -> BoxStream<'static, Result<Seen>> {
    if let Some(hub) = &parts.shared.hub {
        let shown = hub.watch(&parts.shared, &parts.lease);
        return shown.map(move |lease| parts.show(lease?.as_deref())).boxed();
    }
    let selector = format!("metadata.name={}", parts.lease);
    let feed = Feed::new(Arc::clone(&parts.shared), Some(selector), parts.path.clone());
    let show = |(mut feed, parts): (Feed, Arc<Parts>)| async move {
        let seen = match feed.next().await {
            Ok(News::All(leases)) => {
                let is_it = |lease: &&Lease| lease.metadata.name.as_ref() == Some(&parts.lease);
                parts.show(leases.iter().find(is_it))
            }
            Ok(News::Is(lease)) => parts.show(Some(&lease)),
            Ok(News::Gone(_)) => parts.show(None),
            Err(error) => Err(error),
        };
        Some((seen, (feed, parts)))
    };
    stream::unfold((feed, parts), show).boxed()
}
