//! What is read is what is described: the readers against the schemas of the same types.

use jiff::Timestamp;
use serde_json::{Map, Value};
use utoipa::{IntoParams, PartialSchema};

use super::{Fields, FromBody, FromQuery, PageQuery, Params, Rules};
use crate::{
    api_keys::KeyRequest,
    links::LinkRequest,
    log::EventQuery,
    passwords::PasswordChange,
    queue::{LimitsRequest, PauseRequest},
    sign_in::{Credentials, RefreshToken},
    tasks::{BulkRequest, CountsQuery, TaskQuery, TaskRequest},
    usage::UsageQuery,
    users::{Invitation, UserChange},
};

fn assert_body<T: FromBody + PartialSchema>() {
    let rules = Rules { now: Timestamp::UNIX_EPOCH, repositories: Default::default() };
    let nothing = Map::new();
    let mut fields = Fields::of(&nothing);
    T::read(&mut fields, &rules);
    let schema = serde_json::to_value(T::schema()).unwrap();
    let described: Vec<_> = schema["properties"].as_object().unwrap().keys().cloned().collect();
    assert_eq!(fields.asked(), described);

    let required = schema["required"].as_array().into_iter().flatten();
    let required: Vec<_> = required.map(|name| name.as_str().unwrap().to_owned()).collect();
    let missing = fields.finish(()).err().into_iter().flatten().map(|fault| fault.field);
    assert_eq!(missing.collect::<Vec<_>>(), required);
}

fn assert_query<T: FromQuery + IntoParams>() {
    let mut params = Params::of(Vec::new());
    T::read(&mut params);
    let described = serde_json::to_value(T::into_params(|| None)).unwrap();
    let described = described.as_array().unwrap().iter();
    let name = |param: &Value| {
        assert_eq!(param["in"], "query", "{param}");
        assert_ne!(param["required"], true, "{param}");
        param["name"].as_str().unwrap().to_owned()
    };
    assert_eq!(params.asked(), described.map(name).collect::<Vec<_>>());
}

#[test]
fn every_field_of_a_body_is_described_and_every_described_field_is_read() {
    assert_body::<Credentials>();
    assert_body::<RefreshToken>();
    assert_body::<KeyRequest>();
    assert_body::<TaskRequest>();
    assert_body::<LinkRequest>();
    assert_body::<PasswordChange>();
    assert_body::<Invitation>();
    assert_body::<UserChange>();
    assert_body::<BulkRequest>();
    assert_body::<LimitsRequest>();
    assert_body::<PauseRequest>();
}

#[test]
fn every_parameter_of_a_query_is_described_and_every_described_parameter_is_read() {
    assert_query::<TaskQuery>();
    assert_query::<CountsQuery>();
    assert_query::<UsageQuery>();
    assert_query::<EventQuery>();
    assert_query::<PageQuery>();
}
