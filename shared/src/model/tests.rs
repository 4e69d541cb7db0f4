use super::capabilities::{Caching, ForcedChoice, Reasoning, ResultDocuments, Sampling, Tools, TopK};
use super::*;

fn model(id: &str) -> Model {
    Model::of(&ModelId::parse(id).unwrap(), &HashMap::new())
}

fn tools(id: &str) -> Tools {
    model(id).capabilities.tools.unwrap()
}

fn caching(id: &str) -> Caching {
    model(id).capabilities.caching.unwrap()
}

#[test]
fn each_model_has_its_family_and_limits() {
    for (id, family, context, output) in [
        ("anthropic.claude-3-haiku-20240307-v1:0", Family::Claude, 200_000, 4096),
        ("anthropic.claude-3-5-haiku-20241022-v1:0", Family::Claude, 200_000, 8192),
        ("us.anthropic.claude-sonnet-4-20250514-v1:0", Family::Claude, 200_000, 64_000),
        ("us.anthropic.claude-opus-4-1-20250805-v1:0", Family::Claude, 200_000, 32_000),
        ("global.anthropic.claude-sonnet-4-5-20250929-v1:0", Family::Claude, 200_000, 64_000),
        ("eu.anthropic.claude-sonnet-4-6", Family::ClaudeAdaptive, 1_000_000, 64_000),
        ("us.anthropic.claude-opus-4-6-v1", Family::ClaudeAdaptive, 1_000_000, 128_000),
        ("us-gov.anthropic.claude-opus-5-5", Family::ClaudeAdaptive, 1_000_000, 128_000),
        ("us.amazon.nova-micro-v1:0", Family::Nova, 128_000, 10_000),
        ("eu.amazon.nova-pro-v1:0", Family::Nova, 300_000, 10_000),
        ("amazon.nova-premier-v1:0", Family::Nova, 1_000_000, 10_000),
        ("global.amazon.nova-2-lite-v1:0", Family::Nova2, 1_000_000, 64_000),
        ("meta.llama3-8b-instruct-v1:0", Family::Llama, 8192, 2048),
        ("us.meta.llama4-maverick-17b-instruct-v1:0", Family::Llama, 1_000_000, 8192),
        ("mistral.mistral-large-2407-v1:0", Family::Mistral, 128_000, 8192),
        ("us.writer.palmyra-x4-v1:0", Family::Palmyra, 128_000, 8192),
        ("us-gov.openai.gpt-oss-120b-1:0", Family::GptOss, 128_000, 16_384),
        ("global.openai.gpt-5.6-luna", Family::Gpt, 922_000, 128_000),
        ("us.openai.gpt-6.1-sol", Family::Gpt, 1_000_000, 131_072),
        ("qwen.qwen3-32b-v1:0", Family::Qwen, 32_768, 8192),
        ("deepseek.v3.2", Family::DeepSeek, 163_840, 163_840),
        ("ai21.jamba-1-5-mini-v1:0", Family::Jamba, 256_000, 4096),
        ("cohere.command-text-v14", Family::Command, 4096, 4096),
        ("google.gemma-3-27b-it", Family::Gemma, 128_000, 8000),
        ("global.zai.glm-5.3", Family::Glm, 1_000_000, 128_000),
        ("in.moonshotai.kimi-k3", Family::Kimi, 1_000_000, 131_072),
        ("us.xai.grok-4.7", Family::Grok, 524_288, 524_288),
        ("minimax.minimax-m2.5", Family::MiniMax, 196_000, 8000),
        ("nvidia.nemotron-nano-9b-v2", Family::Nemotron, 128_000, 8192),
    ] {
        let model = model(id);
        let limits = (model.capabilities.context_tokens, model.capabilities.max_output_tokens);
        assert_eq!((model.family, limits), (family, (Some(context), Some(output))), "{id}");
    }
}

#[test]
fn a_model_of_no_line_takes_everything() {
    for id in ["acme.brain-7-v1:0", "amazon.nova-3-lite-v1:0", "minimax.minimax-m3", "deepseek.v4"] {
        let model = model(id);
        assert_eq!((model.family, model.capabilities), (Family::Unknown, Capabilities::default()), "{id}");
    }
    let next = model("us.anthropic.claude-opus-7");
    assert_eq!((next.family, next.capabilities.max_output_tokens), (Family::ClaudeAdaptive, None));
    assert!(next.capabilities.prefill && next.capabilities.count_tokens);
    assert_eq!((next.capabilities.sampling, next.capabilities.reasoning), (Sampling::Both, Reasoning::Adaptive));
}

#[test]
fn geography_version_and_arn_do_not_matter() {
    let expected = model("amazon.nova-lite-v1:0").capabilities;
    assert_eq!(expected.context_tokens, Some(300_000));
    for id in [
        "us.amazon.nova-lite-v1:0",
        "amazon.nova-lite-v1:0:200k",
        "amazon.nova-lite",
        "arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-lite-v1:0",
        "arn:aws:bedrock:eu-west-1:123456789012:inference-profile/eu.amazon.nova-lite-v1:0",
        "arn:aws:bedrock:us-east-1:123456789012:custom-model/amazon.nova-lite/abcdef012345",
    ] {
        let model = model(id);
        assert_eq!((model.id.as_str(), &model.capabilities), (id, &expected), "{id}");
    }
}

#[test]
fn an_opaque_arn_is_the_model_that_configuration_names() {
    let id = |text: &str| ModelId::parse(text).unwrap();
    let profile = id("arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/a1b2c3d4e5f6");
    let unnamed = Model::of(&profile, &HashMap::new());
    assert_eq!((unnamed.family, unnamed.base_id.as_deref(), unnamed.maker()), (Family::Unknown, None, None));
    let named = Model::of(&profile, &HashMap::from([(profile.clone(), id("eu.anthropic.claude-sonnet-4-6"))]));
    assert_eq!((named.id, named.family), (profile, Family::ClaudeAdaptive));
    assert_eq!(named.base_id.as_deref(), Some("anthropic.claude-sonnet-4-6"));
}

#[test]
fn signed_reasoning_belongs_to_its_maker() {
    assert_eq!(model("us.anthropic.claude-3-7-sonnet-20250219-v1:0").maker(), Some("anthropic"));
    assert_eq!(model("us.deepseek.r1-v1:0").maker(), Some("deepseek"));
    let reads = |id| model(id).capabilities.reasoning_in_history;
    assert!(reads("us.anthropic.claude-opus-5") && reads("us.deepseek.r1-v1:0"));
    assert!(!reads("deepseek.v3.2") && !reads("amazon.nova-2-lite-v1:0") && !reads("qwen.qwen3-32b-v1:0"));
}

#[test]
fn each_generation_is_asked_for_reasoning_in_its_way() {
    for (id, reasoning, always) in [
        ("anthropic.claude-3-5-sonnet-20241022-v2:0", Reasoning::No, false),
        ("us.anthropic.claude-3-7-sonnet-20250219-v1:0", Reasoning::Budget, false),
        ("us.anthropic.claude-haiku-4-5-20251001-v1:0", Reasoning::Budget, false),
        ("us.anthropic.claude-opus-4-6-v1", Reasoning::Adaptive, false),
        ("us.anthropic.claude-haiku-5-5", Reasoning::Adaptive, false),
        ("us.anthropic.claude-sonnet-5-5", Reasoning::Adaptive, true),
        ("us.anthropic.claude-fable-5-1", Reasoning::Adaptive, true),
        ("us.amazon.nova-pro-v1:0", Reasoning::No, false),
        ("us.amazon.nova-2-lite-v1:0", Reasoning::ReasoningConfig, false),
        ("openai.gpt-oss-20b-1:0", Reasoning::Effort, true),
        ("us.openai.gpt-6-luna", Reasoning::EffortObject, false),
        ("us.openai.gpt-6-astra", Reasoning::EffortObject, true),
        ("qwen.qwen3-32b-v1:0", Reasoning::QwenConfig, false),
        ("us.deepseek.r1-v1:0", Reasoning::Fixed, true),
        ("deepseek.v3-v1:0", Reasoning::Effort, false),
        ("us.xai.grok-4.6", Reasoning::EffortObject, true),
        ("meta.llama3-3-70b-instruct-v1:0", Reasoning::No, false),
        ("mistral.magistral-small-2509", Reasoning::Unknown, false),
    ] {
        let capabilities = model(id).capabilities;
        assert_eq!((capabilities.reasoning, capabilities.always_reasons), (reasoning, always), "{id}");
    }
}

#[test]
fn sampling_prefill_and_stop_sequences_differ() {
    for (id, sampling, top_k, prefill, stop) in [
        ("anthropic.claude-3-haiku-20240307-v1:0", Sampling::Both, TopK::Flat, true, true),
        ("us.anthropic.claude-sonnet-4-20250514-v1:0", Sampling::Both, TopK::Flat, true, true),
        ("us.anthropic.claude-opus-4-1-20250805-v1:0", Sampling::One, TopK::Flat, true, true),
        ("us.anthropic.claude-sonnet-4-6", Sampling::One, TopK::Flat, false, true),
        ("us.anthropic.claude-opus-4-7", Sampling::No, TopK::No, false, true),
        ("us.anthropic.claude-sonnet-5", Sampling::No, TopK::No, false, true),
        ("us.amazon.nova-micro-v1:0", Sampling::Both, TopK::Nested, true, true),
        ("us.meta.llama4-scout-17b-instruct-v1:0", Sampling::Both, TopK::No, false, true),
        ("us.openai.gpt-5.4", Sampling::No, TopK::No, true, false),
        ("us.xai.grok-4.7", Sampling::No, TopK::No, true, false),
    ] {
        let model = model(id).capabilities;
        let found = (model.sampling, model.top_k, model.prefill, model.stop_sequences);
        assert_eq!(found, (sampling, top_k, prefill, stop), "{id}");
    }
}

#[test]
fn tools_differ_in_streams_choice_and_strictness() {
    let choice = [ForcedChoice::No, ForcedChoice::Any, ForcedChoice::Named];
    let [no, any, named] = choice;
    for (id, streamed, forced_choice, strict) in [
        ("us.anthropic.claude-sonnet-4-20250514-v1:0", true, named, false),
        ("us.anthropic.claude-sonnet-4-5-20250929-v1:0", true, named, true),
        ("us.anthropic.claude-opus-5", true, named, false),
        ("us.anthropic.claude-opus-5-5", true, no, false),
        ("us.anthropic.claude-fable-5-1", true, no, false),
        ("us.amazon.nova-2-lite-v1:0", true, named, false),
        ("us.meta.llama4-maverick-17b-instruct-v1:0", false, no, false),
        ("mistral.mistral-large-2407-v1:0", false, any, false),
        ("us.mistral.pixtral-large-2502-v1:0", false, no, false),
        ("mistral.mistral-large-3-675b-instruct", true, named, true),
        ("us.writer.palmyra-x5-v1:0", false, no, false),
        ("ai21.jamba-1-5-large-v1:0", false, no, false),
        ("cohere.command-r-plus-v1:0", true, no, false),
        ("openai.gpt-oss-120b-1:0", true, named, false),
        ("deepseek.v3-v1:0", true, any, true),
        ("qwen.qwen3-coder-480b-a35b-v1:0", true, named, true),
    ] {
        let tools = tools(id);
        assert_eq!((tools.streamed, tools.forced_choice, tools.strict), (streamed, forced_choice, strict), "{id}");
    }
    for id in [
        "us.deepseek.r1-v1:0",
        "amazon.titan-text-express-v1",
        "meta.llama3-70b-instruct-v1:0",
        "us.meta.llama3-2-3b-instruct-v1:0",
        "mistral.mistral-7b-instruct-v0:2",
        "ai21.jamba-instruct-v1:0",
        "anthropic.claude-v2:1",
    ] {
        assert_eq!(model(id).capabilities.tools, None, "{id}");
    }
}

#[test]
fn tool_results_hold_what_the_family_reads() {
    for (id, images, documents, status, beside) in [
        ("us.anthropic.claude-sonnet-4-6", true, ResultDocuments::All, true, true),
        ("us.amazon.nova-pro-v1:0", true, ResultDocuments::Text, true, true),
        ("us.meta.llama4-maverick-17b-instruct-v1:0", true, ResultDocuments::All, true, false),
        ("us.mistral.pixtral-large-2502-v1:0", false, ResultDocuments::All, true, false),
        ("us.writer.palmyra-x4-v1:0", true, ResultDocuments::All, false, false),
        ("qwen.qwen3-vl-235b-a22b", false, ResultDocuments::No, true, true),
        ("moonshotai.kimi-k2.5", false, ResultDocuments::No, true, true),
        ("us.openai.gpt-6-sol", false, ResultDocuments::All, true, true),
    ] {
        let tools = tools(id);
        let found = (tools.result_images, tools.result_documents, tools.result_status, tools.beside_results);
        assert_eq!((found, tools.result_video), ((images, documents, status, beside), false), "{id}");
    }
}

#[test]
fn turns_hold_the_media_that_the_model_reads() {
    for (id, images, documents, video, audio) in [
        ("anthropic.claude-3-haiku-20240307-v1:0", true, true, false, false),
        ("anthropic.claude-3-5-haiku-20241022-v1:0", false, true, false, false),
        ("us.anthropic.claude-opus-5-5", true, true, false, false),
        ("us.amazon.nova-micro-v1:0", false, false, false, false),
        ("us.amazon.nova-lite-v1:0", true, true, true, false),
        ("us.meta.llama3-2-90b-instruct-v1:0", true, true, false, false),
        ("meta.llama3-3-70b-instruct-v1:0", false, true, false, false),
        ("us.meta.llama4-scout-17b-instruct-v1:0", true, true, false, false),
        ("us.writer.palmyra-x5-v1:0", false, true, false, false),
        ("writer.palmyra-vision-7b", true, true, false, false),
        ("ai21.jamba-instruct-v1:0", false, false, false, false),
        ("mistral.voxtral-mini-3b-2507", false, true, false, true),
        ("moonshotai.kimi-k2.5", true, true, true, false),
        ("deepseek.v3.2", false, true, false, false),
    ] {
        let model = model(id).capabilities;
        let found = (model.images, model.documents, model.video, model.audio);
        assert_eq!(found, (images, documents, video, audio), "{id}");
    }
}

#[test]
fn system_prompts_and_first_turns_differ() {
    for (id, system, system_turns, leading_assistant) in [
        ("us.anthropic.claude-sonnet-4-5-20250929-v1:0", true, false, true),
        ("us.anthropic.claude-opus-4-8", true, true, true),
        ("us.anthropic.claude-sonnet-5-5", true, true, true),
        ("us.amazon.nova-pro-v1:0", true, false, false),
        ("amazon.titan-text-express-v1", false, false, false),
        ("mistral.mixtral-8x7b-instruct-v0:1", false, false, false),
        ("mistral.mistral-large-2402-v1:0", true, false, false),
        ("qwen.qwen3-32b-v1:0", true, false, true),
        ("cohere.command-r-v1:0", true, false, false),
    ] {
        let model = model(id).capabilities;
        let found = (model.system, model.system_turns, model.leading_assistant);
        assert_eq!(found, (system, system_turns, leading_assistant), "{id}");
    }
}

#[test]
fn cache_points_differ_in_place_minimum_and_duration() {
    for (id, tools, minimum, one_hour) in [
        ("us.anthropic.claude-3-7-sonnet-20250219-v1:0", true, 1024, false),
        ("anthropic.claude-3-5-haiku-20241022-v1:0", true, 2048, false),
        ("us.anthropic.claude-sonnet-4-5-20250929-v1:0", true, 1024, true),
        ("us.anthropic.claude-haiku-4-5-20251001-v1:0", true, 4096, true),
        ("us.anthropic.claude-opus-4-7", true, 4096, true),
        ("us.anthropic.claude-opus-5-5", true, 512, true),
        ("us.amazon.nova-lite-v1:0", false, 1536, false),
        ("us.amazon.nova-2-lite-v1:0", false, 1024, false),
    ] {
        let caching = caching(id);
        let expected =
            Caching { tools, system: true, messages: true, minimum_tokens: Some(minimum), one_hour, max_points: 4 };
        assert_eq!(caching, expected, "{id}");
    }
    for id in [
        "anthropic.claude-3-haiku-20240307-v1:0",
        "anthropic.claude-3-5-sonnet-20240620-v1:0",
        "us.meta.llama4-scout-17b-instruct-v1:0",
        "us.openai.gpt-6-sol",
        "us.moonshotai.kimi-k3",
        "openai.gpt-oss-20b-1:0",
        "us.writer.palmyra-x5-v1:0",
    ] {
        assert_eq!(model(id).capabilities.caching, None, "{id}");
    }
}

#[test]
fn structured_output_and_token_counts_are_known() {
    for (id, structured, count_tokens) in [
        ("us.anthropic.claude-sonnet-4-20250514-v1:0", false, true),
        ("us.anthropic.claude-haiku-4-5-20251001-v1:0", true, true),
        ("us.anthropic.claude-sonnet-4-6", true, true),
        ("us.anthropic.claude-opus-4-7", false, false),
        ("us.anthropic.claude-opus-5", true, false),
        ("us.anthropic.claude-fable-5", false, false),
        ("us.amazon.nova-2-lite-v1:0", false, false),
        ("meta.llama3-3-70b-instruct-v1:0", false, false),
        ("openai.gpt-oss-20b-1:0", true, false),
        ("qwen.qwen3-32b-v1:0", true, false),
        ("mistral.ministral-3-8b-instruct", true, false),
        ("us.mistral.pixtral-large-2502-v1:0", false, false),
        ("us.deepseek.r1-v1:0", false, false),
        ("us.xai.grok-4.6", false, false),
    ] {
        let model = model(id).capabilities;
        assert_eq!((model.structured_output, model.count_tokens), (structured, count_tokens), "{id}");
    }
}

#[test]
fn the_end_of_life_is_counted_from_today() {
    let today = Date::parse("2026-11-25").unwrap();
    for (id, date, days_left) in [
        ("anthropic.claude-3-haiku-20240307-v1:0", "2026-09-10", -76),
        ("us.anthropic.claude-sonnet-4-20250514-v1:0", "2026-10-14", -42),
        ("ai21.jamba-1-5-large-v1:0", "2026-11-26", 1),
        ("us.anthropic.claude-opus-4-1-20250805-v1:0", "2027-01-08", 44),
        ("us.anthropic.claude-sonnet-4-5-20250929-v1:0", "2027-04-08", 134),
        ("us.deepseek.r1-v1:0", "2027-03-30", 125),
    ] {
        let expected = EndOfLife { date: Date::parse(date).unwrap(), days_left };
        assert_eq!(model(id).end_of_life(today), Some(expected), "{id}");
    }
    for id in ["us.anthropic.claude-opus-5-5", "us.amazon.nova-2-lite-v1:0", "deepseek.v3.2", "acme.brain-7-v1:0"] {
        assert_eq!(model(id).end_of_life(today), None, "{id}");
    }
}
