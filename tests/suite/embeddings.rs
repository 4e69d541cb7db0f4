//! `POST /embed` over the wire: every family, order, retries, failures.

use std::time::Duration;

use base64::Engine as _;
use local::stand_in::scenario::Scenario;
use serde_json::{Value, json};
use shared::invoke::embedding::family::Family;
use shared::invoke::embedding::options::{Options, Purpose, Truncate};
use shared::model::id::ModelId;
use shared::service::start::Handler as _;
use tests::answer::Answer;
use tests::in_process::{InProcess, config, embed, embed_app, embed_text, invocation};

const LEFT: Duration = Duration::from_secs(27);

const MODELS: [(&str, usize); 6] = [
    ("amazon.titan-embed-text-v1", 1536),
    ("amazon.titan-embed-text-v2:0", 1024),
    ("amazon.titan-embed-image-v1", 1024),
    ("cohere.embed-english-v3", 1024),
    ("cohere.embed-v4:0", 1536),
    ("amazon.nova-2-multimodal-embeddings-v1:0", 3072),
];

fn vectors(answer: &Answer) -> Vec<Vec<f64>> {
    assert_eq!(answer.status, 200, "{}", answer.text());
    serde_json::from_value(answer.json()["embeddings"].clone()).unwrap()
}

#[tokio::test]
async fn every_family_answers_one_vector_a_text_in_order() {
    let local = InProcess::start(&[]).await;
    let texts: Vec<String> = (0..100).map(|n| format!("text number {n}")).collect();
    for (model, dimensions) in MODELS {
        let app = embed_app(&local.stand_in.url(), &[("EMBED_MODEL_ID", model)]);
        let answer = embed(&app, &json!({ "input": texts }), LEFT).await;
        let all = vectors(&answer);
        assert!(all.len() == 100 && all.iter().all(|vector| vector.len() == dimensions), "{model}");
        for at in [0, 50, 99] {
            let alone = embed(&app, &json!({ "input": texts[at] }), LEFT).await;
            assert_eq!(vectors(&alone), [all[at].clone()], "{model}: text {at}");
        }
        let json = answer.json();
        assert_eq!(
            (&json["modelId"], &json["dimensions"], &json["embeddingType"]),
            (&json!(model), &json!(dimensions), &json!("float"))
        );
        assert!(json["usage"]["inputTokens"].as_u64().unwrap() >= 100, "{model}");
    }
}

#[tokio::test]
async fn cohere_is_called_with_ninety_six_texts_at_a_time() {
    let local = InProcess::start(&[]).await;
    let app = embed_app(&local.stand_in.url(), &[("EMBED_MODEL_ID", "cohere.embed-english-v3")]);
    vectors(&embed(&app, &json!({ "input": vec!["a"; 200] }), LEFT).await);
    let mut sizes: Vec<usize> = local
        .stand_in
        .received()
        .iter()
        .map(|received| serde_json::from_slice::<Value>(&received.body).unwrap()["texts"].as_array().unwrap().len())
        .collect();
    sizes.sort_unstable();
    assert_eq!(sizes, [8, 96, 96]);
}

#[tokio::test]
async fn types_dimensions_and_purposes_reach_the_model() {
    let local = InProcess::start(&[]).await;
    let app = embed_app(&local.stand_in.url(), &[("EMBED_MODEL_ID", "cohere.embed-v4:0")]);
    for (kind, length) in [("int8", 512), ("uint8", 512), ("binary", 64), ("ubinary", 64)] {
        let body = json!({ "input": "a", "dimensions": 512, "embeddingType": kind, "inputType": "clustering", "truncate": "end" });
        let answer = embed(&app, &body, LEFT).await;
        assert_eq!(vectors(&answer)[0].len(), length, "{kind}");
        assert_eq!(answer.json()["embeddingType"], kind);
    }
    let sent: Value = serde_json::from_slice(&local.stand_in.received()[0].body).unwrap();
    assert_eq!(
        sent,
        json!({ "texts": ["a"], "input_type": "clustering", "truncate": "END", "embedding_types": ["int8"], "output_dimension": 512 })
    );
    let titan = embed_app(&local.stand_in.url(), &[]);
    let answer =
        embed(&titan, &json!({ "input": "a", "embeddingType": "binary", "dimensions": 256, "normalize": false }), LEFT)
            .await;
    assert!(vectors(&answer)[0].iter().all(|bit| *bit == 0.0 || *bit == 1.0));
}

#[tokio::test]
async fn what_is_wrong_is_refused_before_any_call() {
    let local = InProcess::start(&[]).await;
    let app = embed_app(&local.stand_in.url(), &[]);
    for (body, detail) in [
        (json!({ "input": "" }), "input[0]: the text is blank"),
        (json!({ "input": vec!["a"; 2049] }), "input: expected at most 2048 items, found 2049"),
        (json!({ "input": "a", "dimensions": 77 }), "dimensions: this model can do 1024, 512, 256; found 77"),
        (json!({ "input": vec!["a"; 2048] }), "443 texts of 1024 dimensions fit into one request"),
    ] {
        let answer = embed(&app, &body, LEFT).await;
        let problem = answer.json();
        assert_eq!((answer.status, problem["code"].as_str()), (400, Some("invalid-request")));
        assert!(problem["detail"].as_str().unwrap().contains(detail), "{problem}");
        assert_eq!(answer.header("content-type"), "application/problem+json");
    }
    assert!(local.stand_in.received().is_empty());
}

#[tokio::test]
async fn duplicate_key_is_rejected_before_any_call() {
    let local = InProcess::start(&[]).await;
    let app = embed_app(&local.stand_in.url(), &[]);
    for (body, field) in [
        (r#"{"input":"a","input":["b","c"]}"#, "input"),
        (r#"{"input":"a","dimensions":256,"dim\u0065nsions":512}"#, "dimensions"),
    ] {
        let answer = embed_text(&app, body, LEFT).await;
        let problem = answer.json();
        assert_eq!((answer.status, &problem["code"]), (400, &json!("invalid-request")));
        assert_eq!(problem["detail"], format!("{field}: duplicate field"));
    }
    assert!(local.stand_in.received().is_empty());
}

#[tokio::test]
async fn a_passing_fault_is_tried_again_and_a_lasting_one_told_with_its_input() {
    let local = InProcess::start(&[]).await;
    let app = embed_app(&local.stand_in.url(), &[]);
    for _ in 0..2 {
        local.next("exception:ThrottlingException");
    }
    assert_eq!(vectors(&embed(&app, &json!({ "input": "a" }), LEFT).await).len(), 1);
    assert_eq!(local.stand_in.received().len(), 3);
    local.next("exception:AccessDeniedException");
    let problem = embed(&app, &json!({ "input": ["a"] }), LEFT).await.json();
    assert_eq!((&problem["code"], &problem["status"]), (&json!("model-access-denied"), &json!(502)));
    assert!(problem["detail"].as_str().unwrap().starts_with("input[0]: "), "{problem}");
    for _ in 0..4 {
        local.next("exception:ModelNotReadyException");
    }
    let answer = embed(&app, &json!({ "input": ["a"] }), LEFT).await;
    assert_eq!((answer.status, answer.header("retry-after")), (503, "10"));
}

#[tokio::test]
async fn an_answer_that_is_none_is_an_upstream_error() {
    let local = InProcess::start(&[]).await;
    let app = embed_app(&local.stand_in.url(), &[]);
    let nan = format!(r#"{{"embedding":[{}NaN],"inputTextTokenCount":1}}"#, "0.5,".repeat(1023));
    for body in ["not JSON", r#"{"inputTextTokenCount":1}"#, r#"{"embedding":[1,2]}"#, nan.as_str()] {
        // It is retried, and answers the same.
        for _ in 0..4 {
            let body = body.as_bytes().to_vec().into();
            local.stand_in.next(Scenario::Replay {
                status: 200,
                content_type: "application/json".to_owned(),
                body,
                breaks: false,
            });
        }
        let problem = embed(&app, &json!({ "input": "a" }), LEFT).await.json();
        assert_eq!(problem["code"], "upstream-error", "{}", &body[..20.min(body.len())]);
    }
}

#[tokio::test]
async fn a_request_that_does_not_fit_its_time_is_told_in_time() {
    let local = InProcess::start(&[]).await;
    let app = embed_app(&local.stand_in.url(), &[]);
    local.next("slow-head:60000");
    let answer = embed(&app, &json!({ "input": "a" }), Duration::from_secs(2)).await;
    assert_eq!((answer.status, answer.json()["code"].as_str()), (504, Some("deadline")));
}

#[tokio::test]
async fn an_event_that_is_no_http_request_is_acknowledged() {
    let app = embed::app(shared::aws::bedrock::Bedrock::new(&config("http://127.0.0.1:9", None)), settings());
    let response = app.handle(invocation("{}", LEFT)).await;
    assert!(response.is_none());
}

fn settings() -> embed::settings::Settings {
    embed::settings::Settings::from_env(&[("EMBED_MODEL_ID", "cohere.embed-v4:0")].into_iter().collect()).unwrap()
}

/// The options with which a caller of ours would have sent the recorded request.
fn options(recorded: &Value) -> Options {
    let text = |pointer: &str| recorded.pointer(pointer).and_then(Value::as_str).map(str::to_lowercase);
    let nova = text("/singleEmbeddingParams/embeddingPurpose").map(|purpose| match purpose.as_str() {
        "generic_index" => "search_document".to_owned(),
        "generic_retrieval" => "search_query".to_owned(),
        other => other.to_owned(),
    });
    let purpose = text("/input_type").or(nova).and_then(|name| Purpose::from_name(&name));
    let truncate = text("/truncate").or(text("/singleEmbeddingParams/text/truncationMode"));
    Options {
        purpose: purpose.unwrap_or_default(),
        truncate: truncate.and_then(|name| Truncate::from_name(&name)),
        normalize: recorded.get("normalize").and_then(Value::as_bool),
        ..Options::default()
    }
}

/// Every value of the recorded request is in ours, but for Cohere v4's `max_tokens`, which this API does not offer.
fn holds(ours: &Value, recorded: &Value, at: &str) {
    match recorded {
        Value::Object(members) => {
            for (name, value) in members.iter().filter(|(name, _)| *name != "max_tokens") {
                holds(&ours[name], value, &format!("{at}.{name}"));
            }
        }
        value => assert_eq!(ours, value, "{at}"),
    }
}

/// Each recorded exchange: our request for its texts is the recorded one, its answer is read, and the stand-in takes
/// the request.
#[tokio::test]
async fn recorded_embedding_exchanges_go_through_the_codecs_both_ways() {
    let Some(folder) = std::env::var_os("RECORDINGS") else {
        eprintln!("RECORDINGS is not set: nothing recorded is checked");
        return;
    };
    let text = std::fs::read_to_string(tests::tools::root().join(folder).join("converse.jsonl")).unwrap();
    let local = InProcess::start(&[]).await;
    let mut checked = 0;
    for line in
        text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()).filter(|line| line["op"] == "invoke")
    {
        let (name, model, recorded) = (&line["name"], line["model"].as_str().unwrap(), &line["request"]);
        let Some(family) = Family::of(&ModelId::parse(model).unwrap()) else { continue };
        checked += 1;
        let texts: Vec<String> = match (recorded.get("texts"), recorded.pointer("/singleEmbeddingParams/text/value")) {
            (Some(texts), _) => serde_json::from_value(texts.clone()).unwrap(),
            (_, Some(text)) => vec![text.as_str().unwrap().to_owned()],
            _ => vec![recorded["inputText"].as_str().unwrap().to_owned()],
        };
        let body = base64::engine::general_purpose::STANDARD.decode(line["response"].as_str().unwrap()).unwrap();
        let dimensions = recorded.get("dimensions").or(recorded.get("output_dimension"));
        let dimensions = dimensions.or(recorded.pointer("/singleEmbeddingParams/embeddingDimension"));
        let dimensions = dimensions.and_then(Value::as_u64).map(|dimensions| dimensions as u32);
        let plan = family.plan(Options { dimensions, ..options(recorded) }).unwrap();
        let decoded = plan.decode(&body, texts.len()).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(decoded.vectors.len(), texts.len(), "{name}");

        let sent: Value = serde_json::from_slice(&plan.encode(&texts)).unwrap();
        holds(&sent, recorded, name.as_str().unwrap());
        for request in [recorded, &sent] {
            let url = format!("{}/model/{}/invoke", local.stand_in.url(), model.replace(':', "%3A"));
            let response = reqwest::Client::new().post(url).json(request).send().await.unwrap();
            assert_eq!(response.status().as_u16(), 200, "{name}");
            assert!(response.headers().contains_key("x-amzn-bedrock-input-token-count"));
            let answer: Value = response.json().await.unwrap();
            let real: Value = serde_json::from_slice(&body).unwrap();
            let keys = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
            assert_eq!(keys(&answer), keys(&real), "{name}: the stand-in answers with the service's fields");
        }
    }
    assert!(checked >= 10, "{checked} recorded embedding exchanges");
}
