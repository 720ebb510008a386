//! A record that is not ours to read is not ours to write.

use elector::ErrorKind;

use crate::Tamper;
use crate::contract::Stage;
use crate::contract::watching::Watching;

/// An unreadable record is said to be one, by every call that needs it and by the watch.
pub async fn corrupt_record_is_an_error(stage: Stage) {
    let a = stage.player("a").await;
    let lease = a.wins().await;
    let mut watching = Watching::new(&*a.backend);
    stage.tamper(Tamper::Corrupt).await;
    assert_eq!(a.acquire().await.expect_err("unreadable").kind(), ErrorKind::Corrupt);
    assert_eq!(a.renew(&lease).await.expect_err("unreadable").kind(), ErrorKind::Corrupt);
    assert_eq!(watching.until_error().await.kind(), ErrorKind::Corrupt);
}

/// No call of ours replaces an unreadable record.
pub async fn corrupt_record_is_never_overwritten(stage: Stage) {
    let (a, b) = (stage.player("a").await, stage.player("b").await);
    let lease = a.wins().await;
    stage.tamper(Tamper::Corrupt).await;
    // What they answer is another matter.
    let _ = a.renew(&lease).await;
    let _ = a.backend.release(&a.release(Some(&lease))).await;
    let _ = a.backend.release(&a.release(None)).await;
    let _ = a.acquire().await;
    let _ = b.acquire().await;
    let _ = b.backend.release(&b.release(None)).await;
    assert_eq!(b.acquire().await.expect_err("still unreadable").kind(), ErrorKind::Corrupt);
    let error = Watching::new(&*b.backend).until_error().await;
    assert_eq!(error.kind(), ErrorKind::Corrupt);
}
