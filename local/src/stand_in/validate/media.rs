//! Images, documents, video and audio: what a model reads, where, and whether the bytes are what they are said to be.

use base64::Engine as _;
use serde_json::Value;

use super::{blocks, ensure, model_error, no_such_block, part, result_parts};
use crate::stand_in::error::Rejection;
use crate::stand_in::models::{Model, Takes};

const MEDIA: [&str; 4] = ["image", "document", "video", "audio"];
/// The most of a kind in a request (API reference).
const MOST: [(&str, usize); 2] = [("image", 20), ("document", 5)];
/// The most bytes of one of a kind (API reference).
const LARGEST: [(&str, usize); 2] = [("image", 3_750_000), ("document", 4_500_000)];

pub(super) fn check(request: &Value, model: &Model<'_>) -> Result<(), Rejection> {
    for (place, block) in blocks(request) {
        for kind in MEDIA {
            if let Some(medium) = part(block, kind) {
                reads(model, kind)?;
                source(medium, kind, model, &place)?;
            }
            for (index, medium) in result_parts(block).iter().enumerate().filter_map(|(i, p)| Some((i, part(p, kind)?)))
            {
                reads(model, kind)?;
                in_result(medium, kind, model, &place)?;
                source(medium, kind, model, &format!("{place}.toolResult.content.{index}"))?;
            }
        }
    }
    for (kind, most) in MOST {
        let found = blocks(request).filter(|(_, block)| part(block, kind).is_some()).count();
        // Wording not known from the service.
        ensure(found <= most, || format!("The number of {kind}s exceeds the limit of {most}."))?;
    }
    Ok(())
}

fn reads(model: &Model<'_>, kind: &str) -> Result<(), Rejection> {
    ensure(model.reads(kind) != Takes::No, || no_such_block(kind))
}

/// What a tool's result may hold differs by family.
fn in_result(medium: &Value, kind: &str, model: &Model<'_>, place: &str) -> Result<(), Rejection> {
    if model.family.takes_in_result(kind, medium.get("format").and_then(Value::as_str)) {
        return Ok(());
    }
    if model.family.is_nova() {
        let at = place.replace('.', "/");
        return Err(model_error(&format!(
            "Malformed input request: #/{at}: extraneous key [toolResult] is not permitted, please reformat your input and try again."
        )));
    }
    // Wording inside results not known from the service.
    Err(Rejection::validation(no_such_block(kind)))
}

fn source(medium: &Value, kind: &str, model: &Model<'_>, place: &str) -> Result<(), Rejection> {
    let s3 = medium.pointer("/source/s3Location").is_some_and(|location| !location.is_null());
    ensure(!s3 || model.family.s3 != Takes::No, || {
        "This model doesn't support the s3Uri field. Remove s3Uri and try again.".to_owned()
    })?;
    let Some(text) = medium.pointer("/source/bytes").and_then(Value::as_str) else { return Ok(()) };
    let bytes = base64::engine::general_purpose::STANDARD.decode(text).unwrap_or_default();
    if let Some((_, limit)) = LARGEST.iter().find(|(limited, _)| *limited == kind) {
        // Wording not known from the service.
        ensure(bytes.len() <= *limit, || format!("The {kind} exceeds the size limit of {limit} bytes."))?;
    }
    let format = medium.get("format").and_then(Value::as_str).unwrap_or_default();
    match (kind, format) {
        ("image", format) => image(&bytes, format, model, place),
        ("document", "pdf") if !bytes.starts_with(b"%PDF-") => {
            // For others than Claude the wording is not known from the service.
            Err(model_error(&format!("{place}.pdf.source.base64.data: The PDF specified was not valid.")))
        }
        _ => Ok(()),
    }
}

fn image(bytes: &[u8], format: &str, model: &Model<'_>, place: &str) -> Result<(), Rejection> {
    match appears(bytes) {
        Some(found) if found == format => Ok(()),
        Some(found) if model.family.is_claude() => Err(model_error(&format!(
            "{place}.image.source.bytes: The image was specified using the image/{format} media type, but the image appears to be a image/{found} image"
        ))),
        Some(_) => Err(model_error("The provided image does not match the specified image format.")),
        // For others than Claude the wording is not known from the service.
        None => Err(model_error("Could not process image")),
    }
}

/// The format by an image's first bytes.
fn appears(bytes: &[u8]) -> Option<&'static str> {
    match bytes {
        [0x89, b'P', b'N', b'G', ..] => Some("png"),
        [0xff, 0xd8, 0xff, ..] => Some("jpeg"),
        [b'G', b'I', b'F', b'8', ..] => Some("gif"),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some("webp"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::stand_in::validate::probe::*;

    const PNG: &str = "iVBORw0KGgo=";
    const PDF: &str = "JVBERi0xLjQ=";

    fn image(format: &str, bytes: &str) -> Value {
        json!({ "image": { "format": format, "source": { "bytes": bytes } } })
    }

    fn document(format: &str, bytes: &str) -> Value {
        json!({ "document": { "name": "a", "format": format, "source": { "bytes": bytes } } })
    }

    fn video() -> Value {
        json!({ "video": { "format": "mp4", "source": { "bytes": "aGk=" } } })
    }

    fn in_result(part: Value) -> Value {
        let result = json!({ "toolResult": { "toolUseId": "a", "content": [part] } });
        after_calls(json!([call("a")]), json!([result]))
    }

    #[test]
    fn media_that_a_model_does_not_read_are_rejected() {
        let text = json!({ "text": "x" });
        let rejected = |kind: &str| {
            format!(
                "This model doesn't support the {kind} content block that you provided. Update the content block and try again."
            )
        };
        for (model, kind, block) in [
            ("us.amazon.nova-micro-v1:0", "image", image("png", PNG)),
            ("us.amazon.nova-micro-v1:0", "document", document("pdf", PDF)),
            (GPT_OSS, "image", image("png", PNG)),
            (WRITER, "image", image("png", PNG)),
            (CLAUDE, "video", video()),
        ] {
            assert_eq!(answer(model, &asks(json!([text, block]))), rejected(kind), "{model}");
        }
        for (model, block) in
            [(CLAUDE, image("png", PNG)), (NOVA, video()), (LLAMA, document("pdf", PDF)), (OPAQUE, video())]
        {
            assert_eq!(answer(model, &asks(json!([text, block]))), "accepted", "{model}");
        }
    }

    #[test]
    fn media_in_results_are_taken_by_family() {
        for (model, part) in [
            (CLAUDE, image("png", PNG)),
            (CLAUDE, document("pdf", PDF)),
            (NOVA, image("png", PNG)),
            (NOVA, document("csv", "aGk=")),
            (LLAMA, document("pdf", PDF)),
            ("us.mistral.pixtral-large-2502-v1:0", document("pdf", PDF)),
        ] {
            assert_eq!(answer(model, &in_result(part)), "accepted", "{model}");
        }
        assert_eq!(
            answer(NOVA, &in_result(document("pdf", PDF))),
            "The model returned the following errors: Malformed input request: #/messages/2/content/0: extraneous key [toolResult] is not permitted, please reformat your input and try again."
        );
        for (model, part) in [
            ("us.mistral.pixtral-large-2502-v1:0", image("png", PNG)),
            ("us.openai.gpt-6-sol", image("png", PNG)),
            ("qwen.qwen3-vl-235b-a22b", image("png", PNG)),
        ] {
            assert!(answer(model, &in_result(part)).contains("image content block"), "{model}");
        }
    }

    #[test]
    fn bytes_that_are_not_what_they_are_said_to_be_are_rejected() {
        assert_eq!(
            answer(CLAUDE, &asks(json!([image("jpeg", PNG)]))),
            "The model returned the following errors: messages.0.content.0.image.source.bytes: The image was specified using the image/jpeg media type, but the image appears to be a image/png image"
        );
        assert!(
            answer(LLAMA, &asks(json!([image("jpeg", PNG)]))).ends_with("does not match the specified image format.")
        );
        assert!(answer(CLAUDE, &asks(json!([image("png", "aGk=")]))).ends_with("Could not process image"));
        assert!(
            answer(CLAUDE, &asks(json!([document("pdf", "aGk="), { "text": "x" }])))
                .ends_with("The PDF specified was not valid.")
        );
    }

    #[test]
    fn a_place_in_s3_is_taken_only_by_nova() {
        let block = json!({ "image": { "format": "png", "source": { "s3Location": { "uri": "s3://bucket/a.png" } } } });
        assert_eq!(answer(NOVA, &asks(json!([block]))), "accepted");
        for model in [CLAUDE, LLAMA] {
            let sentence = "This model doesn't support the s3Uri field. Remove s3Uri and try again.";
            assert_eq!(answer(model, &asks(json!([block]))), sentence);
        }
    }

    #[test]
    fn more_than_a_request_may_hold_is_rejected() {
        let images = |count: usize| asks(Value::from(vec![image("png", PNG); count]));
        assert_eq!(answer(CLAUDE, &images(20)), "accepted");
        assert!(answer(CLAUDE, &images(21)).contains("exceeds the limit of 20"));
    }
}
