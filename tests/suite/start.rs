//! A function's start: the connection that it opens, and whom it trusts.

use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::time::Duration;

use tests::in_process::{InProcess, MODEL, post, says};
use tests::lambda::Lambda;
use tests::process::free_port;
use tests::tls::Tls;
use tokio::net::TcpListener;

const LEFT: Duration = Duration::from_secs(30);

/// `chat` over `url`, once it has polled for its first event.
async fn polling(url: &str, more: &[(&str, &str)]) -> Lambda {
    function("chat", url, more).await
}

/// A function over `url`, once it has polled for its first event.
async fn function(name: &str, url: &str, more: &[(&str, &str)]) -> Lambda {
    let least = [
        ("AWS_ACCESS_KEY_ID", "test"),
        ("AWS_SECRET_ACCESS_KEY", "test"),
        ("AWS_REGION", "us-east-1"),
        ("AWS_ENDPOINT_URL_BEDROCK_RUNTIME", url),
        ("CHAT_MODEL_ID", MODEL),
        ("EMBED_MODEL_ID", "amazon.titan-embed-text-v2:0"),
    ];
    let lambda = Lambda::start(name, &least.into_iter().chain(more.iter().copied()).collect::<Vec<_>>()).await;
    for _ in 0..500 {
        if lambda.start_to_first_poll().is_some() {
            return lambda;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("it does not start: {}", lambda.log());
}

/// A file of certificates, gone with the test.
struct Bundle(PathBuf);

impl Bundle {
    fn of(pem: &str) -> Self {
        let file = std::env::temp_dir().join(format!("bedrock-lambda-bundle-{}-{}", std::process::id(), free_port()));
        std::fs::write(&file, pem).unwrap();
        Self(file)
    }
}

impl Drop for Bundle {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

#[tokio::test]
async fn the_connection_is_open_before_the_first_request_which_uses_it() {
    let local = InProcess::start(&[]).await;
    let tls = Tls::to(local.stand_in.address()).await;
    let bundle = Bundle::of(tls.root());
    let mut chat = polling(&tls.url(), &[("AWS_CA_BUNDLE", bundle.0.to_str().unwrap())]).await;
    assert_eq!((tls.connections(), local.stand_in.count()), (1, 0), "open, and no model was asked: {}", chat.log());
    let answer = chat.http(&post(&says("hi").to_string(), "*/*"), LEFT).await.unwrap();
    assert_eq!((answer.end().0.as_str(), tls.connections(), local.stand_in.count()), ("done", 1, 1));

    function("embed", &tls.url(), &[("AWS_CA_BUNDLE", bundle.0.to_str().unwrap())]).await;
    assert_eq!((tls.connections(), local.stand_in.count()), (2, 1), "embed's is open too");
}

#[tokio::test]
async fn a_service_under_an_unknown_root_is_never_talked_to() {
    let local = InProcess::start(&[]).await;
    let tls = Tls::to(local.stand_in.address()).await;
    let another = Bundle::of(Tls::to(local.stand_in.address()).await.root());
    let machine = Bundle::of(tls.root());
    let bundle = ("AWS_CA_BUNDLE", another.0.to_str().unwrap());
    // The last: the machine knows it, and the bundle wins.
    for trust in [vec![], vec![bundle], vec![bundle, ("SSL_CERT_FILE", machine.0.to_str().unwrap())]] {
        let mut chat = polling(&tls.url(), &trust).await;
        let answer = chat.http(&post(&says("hi").to_string(), "*/*"), LEFT).await.unwrap();
        assert_eq!((answer.status, answer.json()["code"].as_str()), (503, Some("unavailable")), "{}", answer.text());
    }
    assert_eq!((tls.connections(), local.stand_in.count()), (0, 0));
}

#[tokio::test]
async fn the_machines_roots_vouch_for_any_other_endpoint() {
    let local = InProcess::start(&[]).await;
    let tls = Tls::to(local.stand_in.address()).await;
    // Where rustls-native-certs looks before the machine's own places.
    let machine = Bundle::of(tls.root());
    let mut chat = polling(&tls.url(), &[("SSL_CERT_FILE", machine.0.to_str().unwrap())]).await;
    let answer = chat.http(&post(&says("hi").to_string(), "*/*"), LEFT).await.unwrap();
    assert_eq!(answer.end().0, "done");
}

#[tokio::test]
async fn no_endpoint_keeps_a_function_from_starting() {
    let silent = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let silent = silent.local_addr().unwrap().port();
    for host in [format!("127.0.0.1:{}", free_port()), format!("127.0.0.1:{silent}"), "bedrock.invalid".to_owned()] {
        polling(&format!("https://{host}"), &[]).await;
    }
}
