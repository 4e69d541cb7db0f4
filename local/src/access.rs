//! What a function may do with its models, for IAM: the ARNs it calls, and those that inference profiles lead to.
//!
//! CloudFormation does not know the destinations of a profile. Bedrock does (`GetInferenceProfile`, called through the AWS
//! CLI); else the table of geographies is used, which holds all of a geography's regions.

use std::collections::BTreeSet;
use std::process::Command;

use serde_json::{Value, json};
use shared::model::id::ModelId;

/// A model as an operator writes it: what is called, and for an application inference profile, `=` and the model or
/// profile it was made from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// What the function calls.
    pub called: ModelId,
    made_from: Option<ModelId>,
}

/// Where a call is made from.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    /// The stack's region.
    pub region: &'a str,
    /// The account, twelve digits.
    pub account: &'a str,
    /// Whether Bedrock may be called for a profile's destinations.
    pub online: bool,
}

/// What must be allowed.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Access {
    /// What is called by name.
    pub called: BTreeSet<String>,
    /// What is reached through the profiles among those, and may be called only through them.
    pub behind: BTreeSet<String>,
    /// The source of each part, a line each.
    pub sources: Vec<String>,
}

const APPLICATION_PROFILE: &str = ":application-inference-profile/";

impl Wanted {
    /// Reads `<model>` or `<ARN of an application inference profile>=<model>`.
    ///
    /// # Errors
    /// One line that says what was expected.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (called, made_from) = text.split_once('=').map_or((text, None), |(called, from)| (called, Some(from)));
        let read =
            |id: &str| ModelId::parse(id.trim()).map_err(|expected| format!("expected {expected}, found {id:?}"));
        Ok(Self { called: read(called)?, made_from: made_from.map(read).transpose()? })
    }
}

impl Access {
    /// What the models need, all together.
    ///
    /// # Errors
    /// One line if a profile cannot be called from the region, or nothing says where it leads.
    pub fn of(models: &[Wanted], place: Place<'_>) -> Result<Self, String> {
        let mut access = Self::default();
        for model in models {
            access.add(model, place)?;
        }
        Ok(access)
    }

    fn add(&mut self, model: &Wanted, place: Place<'_>) -> Result<(), String> {
        let Wanted { called, made_from } = model;
        let (id, Place { region, account, .. }) = (called.as_str(), place);
        let partition = partition(region);
        let is_profile = called.geography().is_some() || id.contains(APPLICATION_PROFILE);
        self.called.insert(match (called.is_arn(), is_profile) {
            (true, _) => id.to_owned(),
            (false, true) => format!("arn:{partition}:bedrock:{region}:{account}:inference-profile/{id}"),
            (false, false) => format!("arn:{partition}:bedrock:{region}::foundation-model/{id}"),
        });
        if !is_profile {
            self.sources.push(format!("{id}: no inference profile, so it is called in {region} alone"));
            return Ok(());
        }
        if place.online {
            match asked(id, region) {
                Ok(arns) => {
                    self.sources.push(format!("{id}: {} from GetInferenceProfile", regions(&arns)));
                    self.behind.extend(arns);
                    return Ok(());
                }
                Err(why) => self.sources.push(format!("{id}: Bedrock was not asked where it leads: {why}")),
            }
        }
        let source = made_from.as_ref().unwrap_or(called);
        let Some(base) = source.base_id() else {
            return Err(format!(
                "{id}: nothing says where this profile leads: write {id}=<the model or profile it was made from>"
            ));
        };
        let arn = |region: &str| format!("arn:{partition}:bedrock:{region}::foundation-model/{base}");
        let mut arns = vec![arn(region)];
        if let Some(geography) = source.geography() {
            if !geography.serves(region) {
                return Err(format!(
                    "{source}: a profile of the geography {:?} cannot be called from {region}",
                    geography.prefix
                ));
            }
            // A global profile leads to every commercial region, which an ARN without a region stands for.
            arns.extend(if geography.destinations.is_empty() {
                vec![arn("")]
            } else {
                geography.destinations.iter().map(|region| arn(region)).collect()
            });
            self.sources.push(format!("{source}: {} from the table of the geography {:?} (shared/src/model/geography.rs), and {region}, where it is called", regions(&arns), geography.prefix));
        } else {
            self.sources.push(format!("{id}: made from {source}, which is called in {region} alone"));
        }
        self.behind.extend(arns);
        Ok(())
    }

    /// The statements of a policy that allows `actions`.
    pub fn statements(&self, actions: &[&str]) -> Value {
        let called = json!({ "Effect": "Allow", "Action": actions, "Resource": self.called });
        let through = json!({ "StringEquals": { "bedrock:InferenceProfileArn": self.called } });
        let behind = json!({ "Effect": "Allow", "Action": actions, "Resource": self.behind, "Condition": through });
        if self.behind.is_empty() { json!([called]) } else { json!([called, behind]) }
    }
}

fn partition(region: &str) -> &'static str {
    match region {
        gov if gov.starts_with("us-gov-") => "aws-us-gov",
        china if china.starts_with("cn-") => "aws-cn",
        _ => "aws",
    }
}

/// The regions of foundation models' ARNs, for a person.
fn regions(arns: &[String]) -> String {
    let region =
        |arn: &String| arn.split(':').nth(3).filter(|region| !region.is_empty()).unwrap_or("every region").to_owned();
    let regions: BTreeSet<String> = arns.iter().map(region).collect();
    regions.into_iter().collect::<Vec<_>>().join(", ")
}

/// Asks Bedrock for the destinations of a profile.
fn asked(profile: &str, region: &str) -> Result<Vec<String>, String> {
    let mut command = Command::new("aws");
    command.args(["bedrock", "get-inference-profile", "--region", region, "--inference-profile-identifier", profile]);
    command.args(["--query", "models[].modelArn", "--output", "json"]);
    let output = command.output().map_err(|error| format!("the AWS CLI could not be started ({error})"))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr).trim().replace('\n', " ");
        return Err(format!("the AWS CLI said: {said}"));
    }
    let arns: Vec<String> =
        serde_json::from_slice(&output.stdout).map_err(|error| format!("its answer is no list: {error}"))?;
    if arns.is_empty() { Err("its list is empty".to_owned()) } else { Ok(arns) }
}

#[cfg(test)]
mod tests;
