use serde_json::{Value, json};

use super::*;
use crate::invoke::embedding::options::Purpose;

fn family(name: &str) -> &'static Family {
    Family::from_name(name).unwrap()
}

fn plan(name: &str, options: Options) -> Plan {
    family(name).plan(options).unwrap()
}

fn encoded(family: &str, options: Options) -> Value {
    serde_json::from_slice(&plan(family, options).encode(&["a".to_owned()])).unwrap()
}

#[test]
fn models_are_read_from_ids_and_names_and_an_opaque_arn_says_nothing() {
    for (id, family) in [
        ("amazon.titan-embed-text-v1", "titan-text-v1"),
        ("amazon.titan-embed-text-v2:0", "titan-text-v2"),
        ("amazon.titan-embed-image-v1", "titan-multimodal"),
        ("cohere.embed-english-v3", "cohere-v3"),
        ("us.cohere.embed-v4:0", "cohere-v4"),
        ("amazon.nova-2-multimodal-embeddings-v1:0", "nova-multimodal"),
    ] {
        assert_eq!(Family::of(&ModelId::parse(id).unwrap()).map(|family| family.name), Some(family), "{id}");
    }
    let arn = "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/a1b2c3d4e5f6";
    assert_eq!(Family::of(&ModelId::parse(arn).unwrap()), None);
    assert_eq!(Family::of(&ModelId::parse("amazon.nova-lite-v1:0").unwrap()), None);
    assert_eq!(Family::from_name("bert"), None);
}

#[test]
fn each_family_is_asked_in_its_own_words() {
    let query = Options { purpose: Purpose::SearchQuery, truncate: None, ..Options::default() };
    let int8 = Options { embedding_type: EmbeddingType::Int8, truncate: Some(Truncate::End), ..query };
    for (family, options, expected) in [
        ("titan-text-v1", query, json!({ "inputText": "a" })),
        (
            "titan-text-v2",
            Options { dimensions: Some(256), ..query },
            json!({ "inputText": "a", "dimensions": 256, "normalize": true }),
        ),
        (
            "titan-text-v2",
            Options { embedding_type: EmbeddingType::Binary, normalize: Some(false), ..query },
            json!({ "inputText": "a", "dimensions": 1024, "normalize": false, "embeddingTypes": ["binary"] }),
        ),
        ("titan-multimodal", query, json!({ "inputText": "a", "embeddingConfig": { "outputEmbeddingLength": 1024 } })),
        ("cohere-v3", query, json!({ "texts": ["a"], "input_type": "search_query" })),
        (
            "cohere-v3",
            Options { truncate: Some(Truncate::None), ..query },
            json!({ "texts": ["a"], "input_type": "search_query", "truncate": "NONE" }),
        ),
        (
            "cohere-v3",
            int8,
            json!({ "texts": ["a"], "input_type": "search_query", "truncate": "END", "embedding_types": ["int8"] }),
        ),
        (
            "cohere-v4",
            Options { truncate: Some(Truncate::Start), ..query },
            json!({ "texts": ["a"], "input_type": "search_query", "truncate": "START", "output_dimension": 1536 }),
        ),
        (
            "nova-multimodal",
            query,
            json!({ "taskType": "SINGLE_EMBEDDING", "singleEmbeddingParams": { "embeddingPurpose": "GENERIC_RETRIEVAL", "embeddingDimension": 3072, "text": { "value": "a", "truncationMode": "NONE" } } }),
        ),
    ] {
        assert_eq!(encoded(family, options), expected, "{family:?}");
    }
}

#[test]
fn what_a_family_cannot_do_is_said_with_what_it_can() {
    let rejected = |name, options| family(name).plan(options).unwrap_err().to_string();
    let dimensions = Options { dimensions: Some(77), ..Options::default() };
    assert_eq!(rejected("titan-text-v2", dimensions), "dimensions: this model can do 1024, 512, 256; found 77");
    let int8 = Options { embedding_type: EmbeddingType::Int8, ..Options::default() };
    assert_eq!(rejected("nova-multimodal", int8), "embeddingType: this model can do float; found int8");
    let cut = Options { truncate: Some(Truncate::End), ..Options::default() };
    assert_eq!(rejected("titan-text-v1", cut), "truncate: this model can do none only; found end");
    let normalize = Options { normalize: Some(true), ..Options::default() };
    assert!(rejected("cohere-v3", normalize).starts_with("normalize: this model has no such choice"));
}

fn numbers(count: usize) -> Value {
    json!(vec![0.5; count])
}

#[test]
fn each_familys_answer_is_read() {
    let default = Options::default();
    let binary = Options { embedding_type: EmbeddingType::Binary, ..default };
    for (family, options, answer, tokens) in [
        ("titan-text-v1", default, json!({ "embedding": numbers(1536), "inputTextTokenCount": 3 }), Some(3)),
        (
            "titan-text-v2",
            default,
            json!({ "embedding": numbers(1024), "embeddingsByType": { "float": numbers(1024) }, "inputTextTokenCount": 3 }),
            Some(3),
        ),
        (
            "titan-text-v2",
            binary,
            json!({ "embedding": numbers(1024), "embeddingsByType": { "binary": vec![1; 1024] }, "inputTextTokenCount": 3 }),
            Some(3),
        ),
        (
            "titan-multimodal",
            default,
            json!({ "embedding": numbers(1024), "inputTextTokenCount": 3, "message": null }),
            Some(3),
        ),
        ("cohere-v3", default, json!({ "embeddings": [numbers(1024)], "response_type": "embeddings_floats" }), None),
        ("cohere-v3", binary, json!({ "embeddings": { "binary": [vec![-7; 128]] } }), None),
        ("cohere-v4", default, json!({ "embeddings": { "float": [numbers(1536)] } }), None),
        (
            "nova-multimodal",
            default,
            json!({ "embeddings": [{ "embedding": numbers(3072), "embeddingType": "TEXT" }] }),
            None,
        ),
    ] {
        let decoded = plan(family, options).decode(answer.to_string().as_bytes(), 1).unwrap();
        assert_eq!((decoded.vectors.len(), decoded.input_tokens), (1, tokens), "{family:?}");
    }
}

#[test]
fn an_answer_that_is_not_the_familys_is_rejected() {
    let cohere = plan("cohere-v3", Options::default());
    let titan = plan("titan-text-v2", Options::default());
    let nan = format!(r#"{{"embedding":[{}NaN]}}"#, "0.5,".repeat(1023));
    for (plan, answer) in [
        (&titan, "".to_owned()),
        (&titan, "not JSON".to_owned()),
        (&titan, nan),
        (&titan, json!({ "inputTextTokenCount": 3 }).to_string()),
        (&titan, json!({ "embedding": numbers(1023) }).to_string()),
        (&cohere, json!({ "embeddings": [numbers(1024), numbers(1024)] }).to_string()),
        (&cohere, json!({ "embeddings": [] }).to_string()),
        (&cohere, json!({ "embeddings": [numbers(1024), null] }).to_string()),
        (&cohere, json!({ "embeddings": { "int8": [vec![1; 1024]] } }).to_string()),
    ] {
        assert!(plan.decode(answer.as_bytes(), 1).is_err(), "{}", answer.chars().take(80).collect::<String>());
    }
}
