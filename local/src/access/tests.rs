use super::*;

const ACCOUNT: &str = "123456789012";

fn access(model: &str, region: &str) -> Result<Access, String> {
    Access::of(&[Wanted::parse(model)?], Place { region, account: ACCOUNT, online: false })
}

fn arns(model: &str, region: &str) -> (Vec<String>, Vec<String>) {
    let access = access(model, region).unwrap();
    (access.called.into_iter().collect(), access.behind.into_iter().collect())
}

#[test]
fn a_model_of_one_region_is_its_arn() {
    let called = "arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-lite-v1:0".to_owned();
    assert_eq!(arns("amazon.nova-lite-v1:0", "us-east-1"), (vec![called], vec![]));
    let provisioned = "arn:aws:bedrock:us-east-1:123456789012:provisioned-model/abcdef012345".to_owned();
    assert_eq!(arns(&provisioned, "us-east-1"), (vec![provisioned], vec![]));
}

#[test]
fn a_geographic_profile_is_itself_and_the_model_in_each_destination_and_where_it_is_called() {
    let (called, behind) = arns("us.openai.gpt-5.6-luna", "ca-central-1");
    assert_eq!(called, ["arn:aws:bedrock:ca-central-1:123456789012:inference-profile/us.openai.gpt-5.6-luna"]);
    let regions = ["ca-central-1", "us-east-1", "us-east-2", "us-west-1", "us-west-2"];
    assert_eq!(behind, regions.map(|region| format!("arn:aws:bedrock:{region}::foundation-model/openai.gpt-5.6-luna")));
    let (called, _) = arns("us-gov.anthropic.claude-sonnet-4-5-20250929-v1:0", "us-gov-west-1");
    assert!(called[0].starts_with("arn:aws-us-gov:bedrock:us-gov-west-1:"), "{called:?}");
}

#[test]
fn a_global_profile_is_itself_and_the_model_where_it_is_called_and_anywhere() {
    let (called, behind) = arns("global.amazon.nova-2-lite-v1:0", "eu-west-1");
    assert_eq!(called, ["arn:aws:bedrock:eu-west-1:123456789012:inference-profile/global.amazon.nova-2-lite-v1:0"]);
    let model = "foundation-model/amazon.nova-2-lite-v1:0";
    assert_eq!(behind, [format!("arn:aws:bedrock:::{model}"), format!("arn:aws:bedrock:eu-west-1::{model}")]);
}

#[test]
fn an_application_profile_leads_where_what_it_was_made_from_leads() {
    let arn = "arn:aws:bedrock:eu-west-1:123456789012:application-inference-profile/a1b2c3d4e5f6";
    let (called, behind) = arns(&format!("{arn}=eu.amazon.nova-lite-v1:0"), "eu-west-1");
    assert_eq!((called, behind), (vec![arn.to_owned()], arns("eu.amazon.nova-lite-v1:0", "eu-west-1").1));
    let (_, behind) = arns(&format!("{arn}=amazon.nova-lite-v1:0"), "eu-west-1");
    assert_eq!(behind, ["arn:aws:bedrock:eu-west-1::foundation-model/amazon.nova-lite-v1:0"]);
    assert!(access(arn, "eu-west-1").unwrap_err().contains("nothing says where this profile leads: write arn:"));
}

#[test]
fn a_profile_of_another_geography_and_what_is_no_model_are_refused() {
    let refused = access("us.amazon.nova-lite-v1:0", "eu-west-1").unwrap_err();
    assert_eq!(refused, r#"us.amazon.nova-lite-v1:0: a profile of the geography "us" cannot be called from eu-west-1"#);
    assert!(access("claude", "eu-west-1").unwrap_err().starts_with("expected a Bedrock model id"));
}

#[test]
fn the_models_behind_profiles_are_allowed_through_them_alone() {
    let statements =
        access("jp.anthropic.claude-sonnet-4-6", "ap-northeast-1").unwrap().statements(&["bedrock:InvokeModel"]);
    let profile = "arn:aws:bedrock:ap-northeast-1:123456789012:inference-profile/jp.anthropic.claude-sonnet-4-6";
    assert_eq!(statements[0], json!({ "Effect": "Allow", "Action": ["bedrock:InvokeModel"], "Resource": [profile] }));
    assert_eq!(statements[1]["Condition"], json!({ "StringEquals": { "bedrock:InferenceProfileArn": [profile] } }));
    assert_eq!(statements[1]["Resource"].as_array().map(Vec::len), Some(2));
    assert!(!statements.to_string().contains('*'));
}
