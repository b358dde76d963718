//! The `webhooks` of the OpenAPI document: every kind of event, as a receiver gets it, from the domain's catalogue.

use madang_domain::events::{EventField, EventKind, FieldType, KINDS};
use serde_json::{Map, Value, json};

/// The requests that receivers of webhooks get.
pub fn webhooks() -> Value {
    Value::Object(KINDS.iter().map(|kind| (kind.name.to_owned(), json!({"post": request(kind)}))).collect())
}

fn request(kind: &EventKind) -> Value {
    let mut properties = Map::new();
    properties.insert("id".to_owned(), id("What it happened to."));
    let user = maybe(id("Whom it concerns; null where that is nobody in particular."));
    properties.insert("user_id".to_owned(), user);
    properties.extend(kind.fields.iter().map(|field| (field.name.to_owned(), property(field))));
    let required: Vec<&String> = properties.keys().collect();
    let data = json!({"type": "object", "required": required, "properties": properties});
    json!({
        "operationId": format!("on_{}", kind.name.replace('.', "_")),
        "summary": kind.english.trim_end_matches('.'),
        "description": format!("{} {}", kind.english, kind.korean),
        "tags": ["webhooks"],
        "security": [],
        "parameters": [
            header("webhook-id", "The id of the event, the same at every attempt: what to de-duplicate on."),
            header("webhook-timestamp", "When it was sent, in seconds since 1970."),
            header("webhook-signature", "Signatures (`v1,` and base64), separated by spaces; one of them must be right."),
        ],
        "requestBody": {"required": true, "content": {"application/json": {"schema": {
            "type": "object",
            "required": ["type", "timestamp", "data"],
            "properties": {
                "type": {"type": "string", "const": kind.name, "description": "The kind of event."},
                "timestamp": {"type": "string", "format": "date-time", "description": "When it happened."},
                "data": data,
            },
        }}}},
        "responses": {
            "2XX": {"description": "Taken. Everything else is tried again, for three days and more."},
            "410": {"description": "Never to be asked again: the endpoint is disabled."},
        },
    })
}

fn header(name: &str, description: &str) -> Value {
    json!({"name": name, "in": "header", "required": true, "description": description, "schema": {"type": "string", "maxLength": 500}})
}

fn id(description: &str) -> Value {
    json!({"type": "string", "format": "uuid", "description": description})
}

fn property(field: &EventField) -> Value {
    let plain = match field.holds {
        FieldType::Id => id(field.meaning),
        FieldType::Text => json!({"type": "string", "description": field.meaning}),
        FieldType::Time => json!({"type": "string", "format": "date-time", "description": field.meaning}),
        FieldType::Day => json!({"type": "string", "format": "date", "description": field.meaning}),
    };
    if field.may_be_null { maybe(plain) } else { plain }
}

fn maybe(mut schema: Value) -> Value {
    if let Some(schema) = schema.as_object_mut() {
        schema.insert("type".to_owned(), json!(["string", "null"]));
    }
    schema
}
