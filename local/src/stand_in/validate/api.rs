//! The API's model of a Converse request (botocore's `bedrock-runtime` service model, 1.44.8): structures, members,
//! which of them are required, and the constraints on them.

use Kind::{Blob, Block, Document, Flag, Float, Integer, List, Map, Structure, Text, Union};

/// What a member may be.
#[derive(Debug)]
pub(super) enum Kind {
    Text(Rule),
    /// Base64 of at least one byte.
    Blob,
    /// Smallest value.
    Integer(i64),
    /// Between 0 and 1.
    Float,
    Flag,
    /// Any JSON.
    Document,
    /// Members, and others that nobody reads.
    Structure(&'static [Member]),
    /// A structure of content: another member is rejected.
    Block(&'static [Member]),
    /// Exactly one of the members; the name is for messages.
    Union(&'static str, &'static [Member]),
    /// Items of one kind, fewest and most.
    List(&'static Kind, usize, usize),
    /// Entries, fewest and most; what keys are; what values are.
    Map(usize, usize, Rule, &'static Kind),
}

/// A constraint on a text.
#[derive(Debug, Clone, Copy)]
pub(super) enum Rule {
    /// Length from, to, and pattern (empty: none).
    Length(usize, usize, &'static str),
    /// One of these.
    OneOf(&'static str),
}

/// A structure's member.
#[derive(Debug)]
pub(super) struct Member {
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    pub(super) required: bool,
}

const fn may(name: &'static str, kind: Kind) -> Member {
    Member { name, kind, required: false }
}

const fn must(name: &'static str, kind: Kind) -> Member {
    Member { name, kind, required: true }
}

pub(super) const ANY: usize = usize::MAX;
const FREE: Kind = Text(Rule::Length(0, ANY, ""));
const FILLED: Kind = Text(Rule::Length(1, ANY, ""));
const TOOL_NAME: Kind = Text(Rule::Length(1, 64, "[a-zA-Z0-9_-]+"));
const TOOL_USE_ID: Kind = Text(Rule::Length(1, 64, "[a-zA-Z0-9_.:-]+"));

const fn one_of(values: &'static str) -> Kind {
    Text(Rule::OneOf(values))
}

const CACHE_POINT: Kind = Block(&[must("type", one_of("default")), may("ttl", one_of("5m, 1h"))]);

const S3_LOCATION: Kind = Block(&[
    must("uri", Text(Rule::Length(1, 1024, r"s3://[a-z0-9][\.\-a-z0-9]{1,61}[a-z0-9](/.*)?"))),
    may("bucketOwner", Text(Rule::Length(0, ANY, "[0-9]{12}"))),
]);
const MEDIA_SOURCE: Kind = Union("MediaSource", &[may("bytes", Blob), may("s3Location", S3_LOCATION)]);
const ERROR: Kind = Block(&[may("message", FREE)]);
const IMAGE: Kind =
    Block(&[must("format", one_of("png, jpeg, gif, webp")), must("source", MEDIA_SOURCE), may("error", ERROR)]);
const VIDEO: Kind = Block(&[
    must("format", one_of("mkv, mov, mp4, webm, flv, mpeg, mpg, wmv, three_gp")),
    must("source", MEDIA_SOURCE),
]);
const AUDIO: Kind = Block(&[
    must("format", one_of("mp3, opus, wav, aac, flac, mp4, ogg, mkv, mka, x-aac, m4a, mpeg, mpga, pcm, webm")),
    must("source", MEDIA_SOURCE),
    may("error", ERROR),
]);
const TEXTS: Kind = List(&Union("TextContent", &[may("text", FREE)]), 0, ANY);
const CITATIONS: Kind = Block(&[must("enabled", Flag)]);
const DOCUMENT: Kind = Block(&[
    may("format", one_of("pdf, csv, doc, docx, xls, xlsx, html, txt, md")),
    must("name", Text(Rule::Length(1, 200, ""))),
    must(
        "source",
        Union(
            "DocumentSource",
            &[may("bytes", Blob), may("s3Location", S3_LOCATION), may("text", FREE), may("content", TEXTS)],
        ),
    ),
    may("context", FREE),
    may("citations", CITATIONS),
]);
const SEARCH_RESULT: Kind = Block(&[
    must("source", FREE),
    must("title", FREE),
    must("content", List(&Block(&[must("text", FREE)]), 0, ANY)),
    may("citations", CITATIONS),
]);
const TOOL_USE: Kind =
    Block(&[must("toolUseId", TOOL_USE_ID), must("name", TOOL_NAME), must("input", Document), may("type", FREE)]);
const TOOL_RESULT: Kind = Block(&[
    must("toolUseId", TOOL_USE_ID),
    must("content", List(&Union("ToolResultContentBlock", RESULT_CONTENT), 0, ANY)),
    may("status", one_of("success, error")),
    may("type", FREE),
]);
const RESULT_CONTENT: &[Member] = &[
    may("json", Document),
    may("text", FREE),
    may("image", IMAGE),
    may("document", DOCUMENT),
    may("video", VIDEO),
    may("searchResult", SEARCH_RESULT),
];
const GUARDED: Kind = Union(
    "GuardrailConverseContentBlock",
    &[
        may(
            "text",
            Block(&[
                must("text", FREE),
                may("qualifiers", List(&one_of("grounding_source, query, guard_content"), 0, ANY)),
            ]),
        ),
        may(
            "image",
            Block(&[
                must("format", one_of("png, jpeg")),
                must("source", Union("GuardrailConverseImageSource", &[may("bytes", Blob)])),
            ]),
        ),
    ],
);
const REASONING: Kind = Union(
    "ReasoningContentBlock",
    &[may("reasoningText", Block(&[must("text", FREE), may("signature", FREE)])), may("redactedContent", Blob)],
);
const CITED: Kind = Block(&[may("content", TEXTS), may("citations", List(&Document, 0, ANY))]);
const TOOL_CHANGE: Kind = Block(&[must(
    "tool",
    Block(&[
        may("type", Text(Rule::Length(1, 64, ""))),
        may("name", Text(Rule::Length(1, 128, ""))),
        may("serverName", Text(Rule::Length(1, 128, ""))),
    ]),
)]);
const CONTENT: Kind = Union(
    "ContentBlock",
    &[
        may("text", FREE),
        may("image", IMAGE),
        may("document", DOCUMENT),
        may("video", VIDEO),
        may("audio", AUDIO),
        may("toolUse", TOOL_USE),
        may("toolResult", TOOL_RESULT),
        may("guardContent", GUARDED),
        may("cachePoint", CACHE_POINT),
        may("reasoningContent", REASONING),
        may("citationsContent", CITED),
        may("searchResult", SEARCH_RESULT),
        may("toolAddition", TOOL_CHANGE),
        may("toolRemoval", TOOL_CHANGE),
    ],
);
const MESSAGE: Kind =
    Structure(&[must("role", one_of("user, assistant, system")), must("content", List(&CONTENT, 0, ANY))]);
const SYSTEM: Kind =
    Union("SystemContentBlock", &[may("text", FILLED), may("guardContent", GUARDED), may("cachePoint", CACHE_POINT)]);

const TOOL_SPEC: Kind = Structure(&[
    must("name", TOOL_NAME),
    may("description", FILLED),
    must("inputSchema", Union("ToolInputSchema", &[may("json", Document)])),
    may("strict", Flag),
]);
const TOOL: Kind = Union(
    "Tool",
    &[
        may("toolSpec", TOOL_SPEC),
        may("systemTool", Structure(&[must("name", TOOL_NAME)])),
        may("cachePoint", CACHE_POINT),
    ],
);
const TOOL_CONFIG: Kind = Structure(&[
    must("tools", List(&TOOL, 1, ANY)),
    may(
        "toolChoice",
        Union(
            "ToolChoice",
            &[
                may("auto", Structure(&[])),
                may("any", Structure(&[])),
                may("tool", Structure(&[must("name", TOOL_NAME)])),
            ],
        ),
    ),
]);
const JSON_SCHEMA: Kind = Structure(&[must("schema", FREE), may("name", FREE), may("description", FREE)]);
const OUTPUT_CONFIG: Kind = Structure(&[
    may(
        "textFormat",
        Structure(&[
            must("type", one_of("json_schema")),
            must("structure", Union("OutputFormatStructure", &[may("jsonSchema", JSON_SCHEMA)])),
        ]),
    ),
    may("effort", Text(Rule::Length(0, 16, ""))),
]);
const GUARDRAIL: &str = "(|([a-z0-9]+)|(arn:aws(-[^:]+)?:bedrock:[a-z0-9-]{1,20}:[0-9]{12}:guardrail/[a-z0-9]+))";
const PROJECT: &str = "([a-zA-Z0-9_-]+|arn:aws(|-us-gov|-cn|-iso|-iso-b|-iso-f|-eusc):bedrock:[0-9a-z-]{1,20}:[0-9]{12}:project/[a-zA-Z0-9_-]+)";
const METADATA_KEY: Rule = Rule::Length(1, 256, r"[a-zA-Z0-9\s:_@$#=/+,-.]{1,256}");
const METADATA_VALUE: Kind = Text(Rule::Length(0, 256, r"[a-zA-Z0-9\s:_@$#=/+,-.]{0,256}"));

/// The body of Converse and ConverseStream.
pub(super) const CONVERSE: Kind = Structure(&[
    may("messages", List(&MESSAGE, 0, ANY)),
    may("system", List(&SYSTEM, 0, ANY)),
    may(
        "inferenceConfig",
        Structure(&[
            may("maxTokens", Integer(1)),
            may("temperature", Float),
            may("topP", Float),
            may("stopSequences", List(&FILLED, 0, 2500)),
        ]),
    ),
    may("toolConfig", TOOL_CONFIG),
    may(
        "guardrailConfig",
        Structure(&[
            may("guardrailIdentifier", Text(Rule::Length(0, 2048, GUARDRAIL))),
            may("guardrailVersion", Text(Rule::Length(0, ANY, "(|([1-9][0-9]{0,7})|(DRAFT))"))),
            may("trace", one_of("enabled, disabled, enabled_full")),
            may("streamProcessingMode", one_of("sync, async")),
        ]),
    ),
    may("additionalModelRequestFields", Document),
    may("promptVariables", Map(0, ANY, Rule::Length(0, ANY, ""), &Union("PromptVariableValues", &[may("text", FREE)]))),
    may("additionalModelResponseFieldPaths", List(&Text(Rule::Length(1, 256, "")), 0, 10)),
    may("requestMetadata", Map(1, 16, METADATA_KEY, &METADATA_VALUE)),
    may("performanceConfig", Structure(&[may("latency", one_of("standard, optimized"))])),
    may("serviceTier", Structure(&[must("type", one_of("priority, default, flex, reserved"))])),
    may("outputConfig", OUTPUT_CONFIG),
    may("projectIdentifier", Text(Rule::Length(1, 2048, PROJECT))),
]);
