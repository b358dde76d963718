//! The OpenAPI document is committed, so that every change of the API is a visible difference.

use std::collections::HashSet;

use madang_domain::access::permissions_document;
use madang_http::{api_document, errors_document};

#[test]
fn the_committed_document_is_the_one_that_is_served() {
    let committed = include_str!("../../docs/openapi.json");
    let served = serde_json::to_string_pretty(&api_document()).unwrap();
    assert!(committed.trim_end() == served, "docs/openapi.json is not current: run `make generate`");
}

#[test]
fn the_committed_table_of_problem_codes_is_current() {
    let committed = include_str!("../../docs/ERRORS.md");
    assert!(
        committed.trim_end() == errors_document().trim_end(),
        "docs/ERRORS.md is not current: run `make generate`"
    );
}

#[test]
fn the_committed_table_of_permissions_is_current() {
    let committed = include_str!("../../docs/PERMISSIONS.md");
    assert!(
        committed.trim_end() == permissions_document().trim_end(),
        "docs/PERMISSIONS.md is not current: run `make generate`"
    );
}

#[test]
fn operation_ids_are_unique_and_every_operation_has_one_tag_that_is_described() {
    let document = api_document();
    let described: HashSet<&str> =
        document["tags"].as_array().unwrap().iter().filter_map(|tag| tag["name"].as_str()).collect();
    let mut seen = HashSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let id = operation["operationId"].as_str().unwrap();
            assert!(seen.insert(id.to_owned()), "{id} stands twice");
            let tags = operation["tags"].as_array().unwrap();
            assert_eq!(tags.len(), 1, "{method} {path}");
            assert!(
                described.contains(tags[0].as_str().unwrap()),
                "{method} {path}: the tag is not described"
            );
        }
    }
}

#[test]
fn the_document_says_openapi_3_1_and_every_reference_in_it_resolves() {
    let document = api_document();
    assert_eq!(document["openapi"], "3.1.0");
    let text = document.to_string();
    for reference in text.split("\"$ref\":\"").skip(1).filter_map(|rest| rest.split('"').next()) {
        let pointer = reference.strip_prefix('#').unwrap();
        assert!(document.pointer(pointer).is_some(), "{reference} does not resolve");
    }
}
