//! The functions against MiniStack, an emulator of AWS that nobody here wrote: the text path of ConverseStream, and
//! DynamoDB.

use std::process::Stdio;

use aws_credential_types::Credentials;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, AttributeValue, BillingMode, KeySchemaElement, KeyType, ScalarAttributeType,
};
use lambda_runtime::{Context, LambdaEvent};
use serde_json::json;
use serde_json::value::RawValue;
use shared::service::start::Handler as _;
use tests::in_process::{app, config, post, says};
use tests::process::{free_port, listening};
use tests::tools::tool;
use tool_executor::settings::Settings;

/// Starts MiniStack; dropping the process ends it.
pub(crate) async fn ministack() -> (tokio::process::Child, String) {
    let port = free_port();
    let url = format!("http://127.0.0.1:{port}");
    let mut ministack = tokio::process::Command::new(tool(".venv-ministack/bin/ministack"));
    ministack.envs([
        ("GATEWAY_PORT", port.to_string()),
        ("AWS_ENDPOINT_URL", url.clone()),
        ("IOT_MTLS_ENABLED", "0".into()),
    ]);
    ministack.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).kill_on_drop(true);
    let child = ministack.spawn().unwrap();
    listening(port).await;
    (child, url)
}

#[tokio::test]
async fn an_order_is_read_from_a_dynamodb_table() {
    let (_ministack, url) = ministack().await;
    let config = config(&url, Some(Credentials::from_keys("test", "test", None)));
    let client = Client::new(&config);
    let text = |text: &str| AttributeValue::S(text.to_owned());
    let key = KeySchemaElement::builder().attribute_name("order_id").key_type(KeyType::Hash).build().unwrap();
    let attribute = AttributeDefinition::builder().attribute_name("order_id");
    let attribute = attribute.attribute_type(ScalarAttributeType::S).build().unwrap();
    let table = client.create_table().table_name("orders").key_schema(key).attribute_definitions(attribute);
    table.billing_mode(BillingMode::PayPerRequest).send().await.unwrap();
    let item = client.put_item().table_name("orders").item("order_id", text("77")).item("status", text("on its way"));
    item.item("total", AttributeValue::N("19.95".into())).send().await.unwrap();

    let env = [("ORDERS_TABLE", "orders")].into_iter().collect();
    let executor = tool_executor::app(&config, Settings::from_env(&env).unwrap());
    for (order_id, status) in [("77", "success"), ("78", "error")] {
        let event = json!({ "toolUseId": "t", "name": "get_order_status", "input": { "order_id": order_id } });
        let payload = RawValue::from_string(event.to_string()).unwrap();
        let answer = executor.handle(LambdaEvent { payload, context: Context::default() }).await;
        let result = &answer["toolResult"];
        assert_eq!(result["status"], status, "{answer}");
        if status == "success" {
            let order = json!({ "order_id": "77", "status": "on its way", "total": "19.95" });
            assert_eq!(result["content"][0]["json"], order);
        }
    }
}

#[tokio::test]
async fn text_streams_from_an_emulator_nobody_here_wrote() {
    let (_ministack, url) = ministack().await;
    let app = app(&url, &[]);
    let streamed = tests::in_process::send(&app, &post(&says("Hello!").to_string(), "text/event-stream")).await;
    assert_eq!(streamed.status, 200, "{}", streamed.text());
    let (name, done) = streamed.end();
    assert_eq!((name.as_str(), &done["stopReason"]), ("done", &"end_turn".into()));
    assert!(!streamed.said().is_empty());
    let whole = tests::in_process::send(&app, &post(&says("Hello!").to_string(), "application/json")).await;
    assert_eq!(whole.json()["output"]["message"]["role"], "assistant");
}
