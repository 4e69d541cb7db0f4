//! InvokeModel for embedding models: each family's own rules and answer, and vectors that mean something.

use axum::response::Response;
use serde_json::{Map, Value, json};

use super::error::Rejection;
use super::scenario::Scenario;
use super::stream::whole_with;
use super::vectors::{binary, embed, int8};

/// The embedding models there are.
const MODELS: [(&str, Family); 8] = [
    ("amazon.titan-embed-text-v1", Family::TitanV1),
    ("amazon.titan-embed-g1-text-02", Family::TitanV1),
    ("amazon.titan-embed-text-v2:0", Family::TitanV2),
    ("amazon.titan-embed-image-v1", Family::TitanImage),
    ("cohere.embed-english-v3", Family::CohereV3),
    ("cohere.embed-multilingual-v3", Family::CohereV3),
    ("cohere.embed-v4:0", Family::CohereV4),
    ("amazon.nova-2-multimodal-embeddings-v1:0", Family::Nova),
];

/// Tokens a Titan or Nova text may have; a token is four letters here.
const MAX_TOKENS: usize = 8192;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Family {
    TitanV1,
    TitanV2,
    TitanImage,
    CohereV3,
    CohereV4,
    Nova,
}

/// Answers a request; an opaque ARN's family is read from the request itself.
pub(super) fn answer(
    base_id: Option<&str>,
    request: &Value,
    scenario: Option<&Scenario>,
    pace: std::time::Duration,
) -> Result<Response, Rejection> {
    let by_body = [("texts", Family::CohereV3), ("taskType", Family::Nova), ("inputText", Family::TitanV2)];
    let family = match base_id {
        Some(id) => MODELS.iter().find(|(known, _)| *known == id).map(|(_, family)| *family),
        None => by_body.iter().find(|(key, _)| request.get(key).is_some()).map(|(_, family)| *family),
    };
    let family = family.ok_or_else(|| Rejection::validation("The provided model identifier is invalid."))?;
    let texts = texts(family, request)?;
    let output = match family {
        Family::TitanV1 => titan(&texts, 1536),
        Family::TitanV2 => titan_v2(request, &texts)?,
        Family::TitanImage => {
            let length = request.pointer("/embeddingConfig/outputEmbeddingLength");
            let mut output =
                titan(&texts, choice(length, &[256, 384, 1024], 1024, "embeddingConfig/outputEmbeddingLength")?);
            output.insert("message".to_owned(), Value::Null);
            output
        }
        Family::CohereV3 => cohere(request, &texts, 1024, false),
        Family::CohereV4 => {
            let dimension = choice(request.get("output_dimension"), &[256, 512, 1024, 1536], 1536, "output_dimension")?;
            cohere(request, &texts, dimension, true)
        }
        Family::Nova => {
            let length = request.pointer("/singleEmbeddingParams/embeddingDimension");
            let dimension = choice(length, &[256, 384, 1024, 3072], 3072, "singleEmbeddingParams/embeddingDimension")?;
            let embedded: Vec<Value> = texts
                .iter()
                .map(|text| json!({ "embedding": embed(text, dimension, true), "embeddingType": "TEXT" }))
                .collect();
            Map::from_iter([("embeddings".to_owned(), Value::from(embedded))])
        }
    };
    let tokens: usize = texts.iter().map(|text| tokens(text)).sum();
    let headers = [
        ("x-amzn-bedrock-input-token-count", tokens.to_string()),
        ("x-amzn-bedrock-invocation-latency", pace.as_millis().to_string()),
    ];
    Ok(whole_with(&headers, Value::Object(output).to_string(), scenario, pace))
}

fn tokens(text: &str) -> usize {
    text.chars().count() / 4 + 1
}

fn malformed(at: &str, problem: &str) -> Rejection {
    Rejection::validation(format!(
        "Malformed input request: #{at}: {problem}, please reformat your input and try again."
    ))
}

/// The request's texts, with everything else in it checked for being known and of the right kind.
fn texts(family: Family, request: &Value) -> Result<Vec<String>, Rejection> {
    let known: &[&str] = match family {
        Family::TitanV1 => &["inputText"],
        Family::TitanV2 => &["inputText", "dimensions", "normalize", "embeddingTypes"],
        Family::TitanImage => &["inputText", "inputImage", "embeddingConfig"],
        Family::CohereV3 => &["texts", "images", "input_type", "truncate", "embedding_types"],
        Family::CohereV4 => &[
            "texts",
            "images",
            "inputs",
            "input_type",
            "truncate",
            "embedding_types",
            "output_dimension",
            "max_tokens",
        ],
        Family::Nova => &["schemaVersion", "taskType", "singleEmbeddingParams"],
    };
    let members = request.as_object().ok_or_else(|| malformed("", "expected type: JSONObject"))?;
    if let Some(extra) = members.keys().find(|key| !known.contains(&key.as_str())) {
        return Err(malformed("", &format!("extraneous key [{extra}] is not permitted")));
    }
    let texts = match family {
        Family::CohereV3 | Family::CohereV4 => cohere_texts(request)?,
        Family::Nova => {
            vec![text(request.pointer("/singleEmbeddingParams/text/value"), "/singleEmbeddingParams/text")?]
        }
        Family::TitanV1 | Family::TitanV2 | Family::TitanImage => vec![text(request.get("inputText"), "/inputText")?],
    };
    let cuts = request.pointer("/singleEmbeddingParams/text/truncationMode").is_some_and(|mode| mode != "NONE");
    let limited = !matches!(family, Family::CohereV3 | Family::CohereV4) && !cuts;
    match texts.iter().map(|text| tokens(text)).find(|tokens| limited && *tokens > MAX_TOKENS) {
        None => Ok(texts),
        Some(count) => Err(Rejection::validation(format!(
            "400 Bad Request: Too many input tokens. Max input tokens: {MAX_TOKENS}, request input token count: {count}"
        ))),
    }
}

fn text(value: Option<&Value>, at: &str) -> Result<String, Rejection> {
    match value {
        Some(Value::String(text)) if !text.is_empty() => Ok(text.clone()),
        Some(Value::String(_)) => Err(malformed(at, "expected minLength: 1, actual: 0")),
        Some(_) => Err(malformed(at, "expected type: String")),
        None => Err(malformed("", &format!("required key [{}] not found", at.trim_start_matches('/')))),
    }
}

fn cohere_texts(request: &Value) -> Result<Vec<String>, Rejection> {
    let purposes = ["search_document", "search_query", "classification", "clustering", "image"];
    let purpose = request.get("input_type").and_then(Value::as_str);
    match purpose {
        None => return Err(malformed("", "required key [input_type] not found")),
        Some(purpose) if !purposes.contains(&purpose) => {
            return Err(malformed("/input_type", &format!("{purpose} is not a valid enum value")));
        }
        Some(_) => {}
    }
    let texts = request.get("texts").and_then(Value::as_array).cloned().unwrap_or_default();
    if texts.is_empty() || texts.len() > 96 {
        return Err(malformed("/texts", &format!("expected 1 to 96 items, found: {}", texts.len())));
    }
    texts.iter().enumerate().map(|(index, item)| text(Some(item), &format!("/texts/{index}"))).collect()
}

fn choice(value: Option<&Value>, known: &[usize], default: usize, at: &str) -> Result<usize, Rejection> {
    let Some(value) = value else { return Ok(default) };
    let number = value.as_u64().map(|number| number as usize);
    number
        .filter(|number| known.contains(number))
        .ok_or_else(|| malformed(&format!("/{at}"), &format!("{value} is not a valid enum value")))
}

fn titan(texts: &[String], dimensions: usize) -> Map<String, Value> {
    let text = texts.first().map(String::as_str).unwrap_or_default();
    Map::from_iter([
        ("embedding".to_owned(), json!(embed(text, dimensions, true))),
        ("inputTextTokenCount".to_owned(), json!(tokens(text))),
    ])
}

/// `embedding` is always there, in floats; `embeddingsByType` holds what was asked for.
fn titan_v2(request: &Value, texts: &[String]) -> Result<Map<String, Value>, Rejection> {
    let dimensions = choice(request.get("dimensions"), &[256, 512, 1024], 1024, "dimensions")?;
    let normalize = request.get("normalize").and_then(Value::as_bool).unwrap_or(true);
    let text = texts.first().map(String::as_str).unwrap_or_default();
    let vector = embed(text, dimensions, normalize);
    let types = request.get("embeddingTypes").and_then(Value::as_array).cloned().unwrap_or(vec![json!("float")]);
    let by_type = types.iter().map(|kind| match kind.as_str() {
        Some("float") => Ok(("float".to_owned(), json!(vector))),
        Some("binary") => Ok(("binary".to_owned(), json!(binary(&vector)))),
        _ => Err(malformed("/embeddingTypes", &format!("{kind} is not a valid enum value"))),
    });
    let by_type: Map<String, Value> = by_type.collect::<Result<_, _>>()?;
    Ok(Map::from_iter([
        ("embedding".to_owned(), json!(vector)),
        ("embeddingsByType".to_owned(), Value::Object(by_type)),
        ("inputTextTokenCount".to_owned(), json!(tokens(text))),
    ]))
}

/// Version 3 answers a plain list unless types were asked for, version 4 always by type.
fn cohere(request: &Value, texts: &[String], dimensions: usize, by_type_always: bool) -> Map<String, Value> {
    let types = request.get("embedding_types").and_then(Value::as_array).cloned();
    let vectors: Vec<Vec<f64>> = texts.iter().map(|text| embed(text, dimensions, true)).collect();
    let by_type = types.is_some() || by_type_always;
    let kinds = types.unwrap_or(vec![json!("float")]);
    let kind = |name: &str| match name {
        "int8" => json!(vectors.iter().map(|vector| int8(vector)).collect::<Vec<_>>()),
        "uint8" => json!(
            vectors.iter().map(|vector| int8(vector).iter().map(|n| n + 128).collect()).collect::<Vec<Vec<i64>>>()
        ),
        "binary" | "ubinary" => {
            let offset = if name == "binary" { 128 } else { 0 };
            let packed = |vector: &Vec<f64>| -> Vec<i64> {
                let bits = binary(vector);
                bits.chunks(8).map(|byte| byte.iter().fold(0, |sum, bit| sum * 2 + bit) - offset).collect()
            };
            json!(vectors.iter().map(packed).collect::<Vec<_>>())
        }
        _ => json!(vectors),
    };
    let embeddings = if by_type {
        kinds.iter().filter_map(Value::as_str).map(|name| (name.to_owned(), kind(name))).collect::<Map<_, _>>().into()
    } else {
        json!(vectors)
    };
    // English v3 was seen to answer the texts in lower case.
    let shown: Vec<String> =
        texts.iter().map(|text| if by_type_always { text.clone() } else { text.to_lowercase() }).collect();
    Map::from_iter([
        ("embeddings".to_owned(), embeddings),
        ("id".to_owned(), json!(uuid::Uuid::new_v4().to_string())),
        ("response_type".to_owned(), json!(if by_type { "embeddings_by_type" } else { "embeddings_floats" })),
        ("texts".to_owned(), json!(shown)),
    ])
}
