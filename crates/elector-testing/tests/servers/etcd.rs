use elector_testing::servers::etcd::Etcd;

#[tokio::test]
async fn an_etcd_alone_serves_and_says_what_it_counts() {
    let etcd = Etcd::start().await.unwrap();
    let metrics = etcd.metrics().await.unwrap();
    assert!(metrics.contains("etcd_mvcc_put_total"), "{metrics}");
}

#[tokio::test]
async fn a_server_that_ends_by_itself_is_told_with_its_log() {
    let error = Etcd::builder().flag("--no-such-flag=1").start().await.unwrap_err().to_string();
    assert!(error.contains("it ended") && error.contains("no-such-flag"), "{error}");
}
