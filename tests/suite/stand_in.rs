//! The stand-in's own surface: how paths are read, and what is told on a wrong scenario.

use serde_json::json;
use tests::in_process::{InProcess, MODEL, says};

#[tokio::test]
async fn plain_and_encoded_model_ids_are_the_same() {
    let local = InProcess::start(&[]).await;
    let url = local.stand_in.url();
    let client = reqwest::Client::new();
    for id in [MODEL.to_owned(), MODEL.replace(':', "%3A")] {
        let response = client.post(format!("{url}/model/{id}/converse")).json(&says("hi")).send().await.unwrap();
        assert_eq!(response.status().as_u16(), 200, "{id}");
        assert!(response.headers().contains_key("x-amzn-requestid") && response.headers().contains_key("date"));
    }
}

#[tokio::test]
async fn a_scenario_over_http_meets_the_next_request_and_a_wrong_one_is_told() {
    let local = InProcess::start(&[]).await;
    let url = format!("{}/_local/scenario", local.stand_in.url());
    let client = reqwest::Client::new();
    let wrong = client.post(&url).body("explode").send().await.unwrap();
    assert_eq!(wrong.status().as_u16(), 400);
    assert!(wrong.text().await.unwrap().starts_with("expected fine, exception, busy"));
    assert_eq!(client.post(&url).body("exception:ValidationException").send().await.unwrap().status().as_u16(), 200);
    assert_eq!(local.sse(&says("hi")).await.status, 400);
    assert_eq!(local.sse(&says("hi")).await.status, 200);
}

#[tokio::test]
async fn a_reserved_model_id_is_a_scenario_for_every_request() {
    let local = InProcess::start(&[("CHAT_MODEL_ID", "scenario.exception:modelStreamErrorException:2")]).await;
    for _ in 0..2 {
        assert_eq!(local.sse(&says("hi")).await.end().1["code"], "model-error");
    }
}

#[tokio::test]
async fn requests_are_remembered_for_reading() {
    let local = InProcess::start(&[]).await;
    local.json(&says("remember me")).await;
    let all: serde_json::Value =
        reqwest::get(format!("{}/_local/requests", local.stand_in.url())).await.unwrap().json().await.unwrap();
    assert_eq!(all[0]["body"]["messages"], json!([{ "role": "user", "content": [{ "text": "remember me" }] }]));
}
