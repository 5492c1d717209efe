//! HTTP as API Gateway's event, payload format 2.0, and its answer as HTTP.

use aws_lambda_events::{
    apigw::{ApiGatewayV2httpRequest, ApiGatewayV2httpResponse},
    encodings::Body,
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use http::{
    HeaderMap, HeaderName, HeaderValue, Response, StatusCode,
    header::{CONTENT_TYPE, COOKIE, SET_COOKIE, USER_AGENT},
    request::Parts,
};
use http_body_util::Full;

use super::{Answer, Origin};
use crate::credentials::ACCOUNT;

const API_ID: &str = "local";

pub(super) fn request(parts: &Parts, body: &Bytes, origin: &Origin) -> ApiGatewayV2httpRequest {
    let now = runtime::clock::now();
    let path = parts.uri.path().to_owned();
    let query = parts.uri.query().unwrap_or_default();

    let mut event = ApiGatewayV2httpRequest::default();
    event.version = Some("2.0".to_owned());
    event.route_key = Some("$default".to_owned());
    event.raw_path = Some(path.clone());
    event.raw_query_string = Some(query.to_owned());
    event.query_string_parameters = query.parse().unwrap_or_default();
    event.cookies = cookies(&parts.headers);
    event.headers = headers(&parts.headers, origin);
    (event.body, event.is_base64_encoded) = encode(&parts.headers, body);

    let context = &mut event.request_context;
    context.account_id = Some(ACCOUNT.to_owned());
    context.apiid = Some(API_ID.to_owned());
    context.domain_name = Some(origin.host.clone());
    context.domain_prefix = Some(API_ID.to_owned());
    context.request_id = Some(origin.request_id.clone());
    context.route_key = Some("$default".to_owned());
    context.stage = Some("$default".to_owned());
    context.time = Some(now.strftime("%d/%b/%Y:%H:%M:%S +0000").to_string());
    context.time_epoch = now.as_millisecond();
    context.http.method = parts.method.clone();
    context.http.path = Some(path);
    context.http.protocol = Some("HTTP/1.1".to_owned());
    context.http.source_ip = Some(origin.peer.ip().to_string());
    let agent = parts.headers.get(USER_AGENT).and_then(|agent| agent.to_str().ok());
    context.http.user_agent = Some(agent.unwrap_or_default().to_owned());
    event
}

/// As API Gateway passes them on: one value a name, cookies apart, and what only the gateway can know not as the client
/// says it.
pub(super) fn headers(given: &HeaderMap, origin: &Origin) -> HeaderMap {
    let mut headers = HeaderMap::with_capacity(given.len() + 2);
    for name in given.keys().filter(|name| *name != COOKIE) {
        let values: Vec<_> = given.get_all(name).iter().map(HeaderValue::as_bytes).collect();
        if let Ok(value) = HeaderValue::from_bytes(&values.join(&b", "[..])) {
            headers.insert(name.clone(), value);
        }
    }
    let mut set = |name: &'static str, value: &str| {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(HeaderName::from_static(name), value);
        }
    };
    set("x-forwarded-for", &origin.peer.ip().to_string());
    set("x-forwarded-proto", "http");
    headers
}

fn cookies(headers: &HeaderMap) -> Option<Vec<String>> {
    let cookies: Vec<_> = headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|cookies| cookies.to_str().ok())
        .flat_map(|cookies| cookies.split("; ").map(str::to_owned))
        .collect();
    (!cookies.is_empty()).then_some(cookies)
}

/// Text stays text; all else travels as base64.
fn encode(headers: &HeaderMap, body: &Bytes) -> (Option<String>, bool) {
    if body.is_empty() {
        return (None, false);
    }
    let kind = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    let is_text = kind.starts_with("text/") || kind.ends_with("json") || kind.ends_with("xml");
    match std::str::from_utf8(body) {
        Ok(text) if is_text => (Some(text.to_owned()), false),
        Ok(_) | Err(_) => (Some(STANDARD.encode(body)), true),
    }
}

/// # Errors
/// When the function's answer is none that can be sent.
pub(super) fn response(event: ApiGatewayV2httpResponse) -> Result<Answer, anyhow::Error> {
    let body = match event.body {
        None | Some(Body::Empty) => Bytes::new(),
        Some(Body::Text(text)) if event.is_base64_encoded => STANDARD.decode(text)?.into(),
        Some(Body::Text(text)) => text.into(),
        Some(Body::Binary(bytes)) => bytes.into(),
        Some(_) => anyhow::bail!("a body of an unknown kind"),
    };
    let mut response = Response::new(Full::new(body));
    *response.status_mut() = StatusCode::from_u16(u16::try_from(event.status_code)?)?;
    *response.headers_mut() = event.headers;
    for cookie in event.cookies {
        response.headers_mut().append(SET_COOKIE, HeaderValue::from_str(&cookie)?);
    }
    Ok(response)
}
