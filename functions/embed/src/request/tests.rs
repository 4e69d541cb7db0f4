use serde_json::json;
use shared::limits::DEPTH;

use super::*;

fn settings(model: &str) -> Settings {
    Settings::from_env(&[("EMBED_MODEL_ID", model)].into_iter().collect()).unwrap()
}

const TITAN: &str = "amazon.titan-embed-text-v2:0";
const COHERE: &str = "cohere.embed-english-v3";

fn parse(body: &str, settings: &Settings) -> Result<EmbedRequest, AppError> {
    fields(&Document::parse(body.to_owned(), DEPTH).unwrap(), settings)
}

fn rejected(model: &str, body: serde_json::Value) -> String {
    match parse(&body.to_string(), &settings(model)) {
        Ok(request) => panic!("accepted: {request:?}"),
        Err(error) => format!("{} {}", error.code().row().status, error.detail()),
    }
}

#[test]
fn one_text_and_many_are_read() {
    let read = |body: serde_json::Value| parse(&body.to_string(), &settings(TITAN)).unwrap().texts;
    assert_eq!(read(json!({ "input": "a" })), ["a"]);
    assert_eq!(
        read(json!({ "input": ["a", "\u{1f44b}"], "modelId": "default", "dimensions": 256 })),
        ["a", "\u{1f44b}"]
    );
}

#[test]
fn an_empty_string() {
    assert_eq!(rejected(TITAN, json!({ "input": "" })), "400 input[0]: the text is blank");
}

#[test]
fn only_spaces() {
    assert_eq!(rejected(TITAN, json!({ "input": ["a", " \n"] })), "400 input[1]: the text is blank");
}

#[test]
fn an_empty_list() {
    assert_eq!(rejected(TITAN, json!({ "input": [] })), "400 input: expected at least one text");
}

#[test]
fn a_number() {
    assert_eq!(
        rejected(TITAN, json!({ "input": 7 })),
        "400 input: expected a string or an array of strings, found a number"
    );
    assert_eq!(rejected(TITAN, json!({ "input": ["a", 7] })), "400 input[1]: expected a string, found a number");
}

#[test]
fn two_thousand_and_forty_nine_texts() {
    let texts = vec!["a"; 2049];
    assert_eq!(rejected(TITAN, json!({ "input": texts })), "400 input: expected at most 2048 items, found 2049");
}

#[test]
fn a_text_over_the_familys_limit() {
    let texts = ["a".to_owned(), "\u{e9}".repeat(2049)];
    assert_eq!(
        rejected(COHERE, json!({ "input": texts })),
        "400 input[1]: this model takes texts of 2048 characters; found 2049"
    );
    assert!(parse(&json!({ "input": "\u{e9}".repeat(2048) }).to_string(), &settings(COHERE)).is_ok());
}

#[test]
fn a_text_over_the_limit_is_cut_where_truncate_says() {
    let cut = |truncate: &str, text: &str| {
        let body = json!({ "input": text, "truncate": truncate });
        let texts = parse(&body.to_string(), &settings(COHERE)).unwrap().texts;
        texts.into_iter().next().unwrap()
    };
    let text = format!("{}{}", "\u{e9}".repeat(2048), "e".repeat(952));
    assert_eq!(cut("end", &text), "\u{e9}".repeat(2048));
    assert_eq!(cut("start", &text), format!("{}{}", "\u{e9}".repeat(1096), "e".repeat(952)));
    assert_eq!(cut("end", "short"), "short");
}

#[test]
fn a_whole_number_of_dimensions_is_one_however_it_is_written() {
    let plan = |dimensions: &str| {
        parse(&format!(r#"{{"input":"a","dimensions":{dimensions}}}"#), &settings(TITAN)).map(|request| request.plan)
    };
    assert!(plan("256.0").is_ok_and(|plan| plan.dimensions == 256));
    for wrong in ["256.5", "0", "-256", "\"256\""] {
        assert!(plan(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn dimensions_of_77() {
    let body = json!({ "input": "a", "dimensions": 77 });
    assert_eq!(rejected(TITAN, body), "400 dimensions: this model can do 1024, 512, 256; found 77");
}

#[test]
fn int8_where_there_is_none() {
    let body = json!({ "input": "a", "embeddingType": "int8" });
    assert_eq!(rejected(TITAN, body), "400 embeddingType: this model can do float, binary; found int8");
}

#[test]
fn an_answer_over_six_megabytes_is_rejected_with_the_number_that_fits() {
    let body = json!({ "input": vec!["a"; 2048], "dimensions": 1024 });
    assert_eq!(
        rejected(TITAN, body),
        "400 input: the answer would be over Lambda's 6 MB; 443 texts of 1024 dimensions fit into one request, found 2048"
    );
    assert!(parse(&json!({ "input": vec!["a"; 443] }).to_string(), &settings(TITAN)).is_ok());
    assert!(parse(&json!({ "input": vec!["a"; 1700], "dimensions": 256 }).to_string(), &settings(TITAN)).is_ok());
}

#[test]
fn wrong_words_and_fields_are_told_what_there_is() {
    for (body, expected) in [
        (json!({}), "400 input: missing"),
        (
            json!({ "input": "a", "inputType": "query" }),
            "400 inputType: expected one of search_document, search_query, classification, clustering; found \"query\"",
        ),
        (json!({ "input": "a", "truncate": true }), "400 truncate: expected one of none, start, end; found true"),
        (json!({ "input": "a", "normalize": "yes" }), "400 normalize: expected true or false"),
        (json!({ "input": "a", "dimensions": -1 }), "400 dimensions: expected a positive integer"),
        (
            json!({ "input": "a", "modelId": "ada" }),
            "404 Unknown model \"ada\". Available: default, amazon.titan-embed-text-v2:0.",
        ),
        (
            json!({ "inputs": "a" }),
            "400 \"inputs\": unknown field. Is it input? Fields are input, modelId, inputType, dimensions, normalize, embeddingType, truncate.",
        ),
        (json!([]), "400 expected an object, found an array"),
    ] {
        assert_eq!(rejected(TITAN, body), expected);
    }
}
