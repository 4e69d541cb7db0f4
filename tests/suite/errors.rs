//! Whose fault an error is, and whose words report it. Every error in every place is in the matrix.

use tests::in_process::{InProcess, says};

#[tokio::test]
async fn bedrocks_sentence_is_shown_for_rejected_by_model_alone() {
    let local = InProcess::start(&[]).await;
    local.next("exception:ValidationException");
    let rejected = local.json(&says("hi")).await.json();
    assert!(
        rejected["detail"].as_str().unwrap().starts_with("The text field in the ContentBlock object"),
        "{rejected}"
    );
    local.next("exception:ResourceNotFoundException");
    let unavailable = local.json(&says("hi")).await.json();
    assert_eq!(unavailable["detail"], "The configured model was not found.");
}

#[tokio::test]
async fn a_refused_model_or_guardrail_is_ours_to_mend() {
    let local =
        InProcess::start(&[("CHAT_MODEL_ID", "us.amazon.nova-micro-v1:O"), ("CHAT_FAST_MODEL_ID", "xai.grok-4.7")])
            .await;
    for alias in ["default", "fast"] {
        let mut body = says("hi");
        body["modelId"] = alias.into();
        let answer = local.sse(&body).await;
        assert_eq!((answer.status, answer.json()["code"].as_str()), (502, Some("model-unavailable")), "{alias}");
        assert!(!answer.text().contains("grok"), "the configured id stays in the log");
    }
}
