use serde_json::json;

use crate::stand_in::validate::probe::*;

#[test]
fn constraints_are_counted_and_joined() {
    let request = with(says("hi"), "inferenceConfig", json!({ "maxTokens": 0, "temperature": 1.5 }));
    assert_eq!(
        answer(CLAUDE, &request),
        "2 validation errors detected: Value '0' at 'inferenceConfig.maxTokens' failed to satisfy constraint: Member must have value greater than or equal to 1; Value '1.5' at 'inferenceConfig.temperature' failed to satisfy constraint: Member must have value less than or equal to 1"
    );
    let tools = json!({ "tools": [{ "toolSpec": { "name": "no spaces", "inputSchema": { "json": {} } } }] });
    assert_eq!(
        answer(CLAUDE, &with(says("hi"), "toolConfig", tools)),
        "1 validation error detected: Value 'no spaces' at 'toolConfig.tools.1.member.toolSpec.name' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9_-]+"
    );
    let image = json!({ "image": { "format": "jpg", "source": { "bytes": "/9j/" } } });
    assert_eq!(
        answer(CLAUDE, &asks(json!([{ "text": "x" }, image]))),
        "1 validation error detected: Value at 'messages.1.member.content.2.member.image.format' failed to satisfy constraint: Member must satisfy enum value set: [png, jpeg, gif, webp]"
    );
}

#[test]
fn a_required_member_that_is_missing_or_null_is_rejected() {
    for text in [json!({ "signature": "c2ln" }), json!({ "text": null, "signature": "c2ln" })] {
        let answer_turn = assistant(json!([{ "reasoningContent": { "reasoningText": text } }]));
        assert_eq!(
            answer(CLAUDE, &turns(&[user(json!([{ "text": "a" }])), answer_turn])),
            "1 validation error detected: Value at 'messages.2.member.content.1.member.reasoningContent.reasoningText.text' failed to satisfy constraint: Member must not be null"
        );
    }
    assert!(answer(CLAUDE, &json!({ "messages": [{ "role": "user" }] })).contains("'messages.1.member.content'"));
}

#[test]
fn metadata_are_texts_of_legal_letters_in_sixteen_pairs() {
    let asked = |metadata| answer(CLAUDE, &with(says("hi"), "requestMetadata", metadata));
    assert_eq!(asked(json!({ "team": "a b:c_@$#=/+,-." })), "accepted");
    assert_eq!(asked(json!({ "n": 5 })), "SerializationException: NUMBER_VALUE can not be converted to a String");
    assert_eq!(
        asked(json!({ "n": { "a": "b" } })),
        "SerializationException: Start of structure or map found where not expected."
    );
    assert_eq!(
        asked(json!({ "user": "{\"id\":1}" })),
        r"1 validation error detected: Value at 'requestMetadata' failed to satisfy constraint: Map value must satisfy constraint: [Member must have length less than or equal to 256, Member must have length greater than or equal to 0, Member must satisfy regular expression pattern: [a-zA-Z0-9\s:_@$#=/+,-.]{0,256}]"
    );
    let many: serde_json::Map<_, _> = (0..17).map(|n| (format!("k{n}"), json!("v"))).collect();
    assert!(asked(many.into()).contains("less than or equal to 16"));
    assert!(asked(json!({})).contains("greater than or equal to 1"));
    assert!(asked(json!({ "a|b": "c" })).contains("Map keys must satisfy constraint"));
}

#[test]
fn a_value_of_another_kind_cannot_be_read() {
    for (config, sentence) in [
        (json!({ "temperature": "hot" }), "STRING_VALUE can not be converted to a Float"),
        (json!({ "maxTokens": "5" }), "STRING_VALUE can not be converted to a Integer"),
        (json!({ "maxTokens": 1.5 }), "NUMBER_VALUE can not be converted to a Integer"),
        (json!({ "stopSequences": "x" }), "Expected list or null"),
        (json!({ "stopSequences": [true] }), "TRUE_VALUE can not be converted to a String"),
    ] {
        let said = answer(CLAUDE, &with(says("hi"), "inferenceConfig", config));
        assert_eq!(said, format!("SerializationException: {sentence}"));
    }
    assert!(answer(CLAUDE, &json!([])).starts_with("SerializationException"));
    let wrapped = json!({ "image": { "format": "png", "source": { "bytes": "iVBO\nRw0KGgo=" } } });
    assert!(answer(CLAUDE, &asks(json!([wrapped]))).starts_with("SerializationException"));
}

#[test]
fn null_is_absent_and_unknown_members_outside_of_content_are_not_read() {
    let request = with(
        asks(json!([{ "text": "hi", "image": null }])),
        "inferenceConfig",
        json!({ "temperature": null, "max_tokens": 5 }),
    );
    assert_eq!(answer(CLAUDE, &with(request, "system", json!(null))), "accepted");
}

#[test]
fn unknown_members_of_content_are_rejected() {
    let asked = |block| answer(CLAUDE, &asks(json!([block])));
    assert_eq!(
        asked(json!({ "hologram": {} })),
        "The model returned the following errors: Malformed input request: #/messages/0/content/0: extraneous key [hologram] is not permitted, please reformat your input and try again."
    );
    assert!(asked(json!({ "text": "a", "type": "text" })).contains("extraneous key [type]"));
    let image = json!({ "image": { "format": "png", "source": { "bytes": "iVBORw0KGgo=" }, "detail": "low" } });
    assert!(asked(image).contains("#/messages/0/content/0/image: extraneous key [detail]"));
    assert!(asked(json!({})).contains("at messages.0.content.0 must set exactly one member"));
    assert!(asked(json!({ "text": "a", "cachePoint": { "type": "default" } })).contains("must set exactly one member"));
}
