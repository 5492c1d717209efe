//! The OpenAPI document, made of the routes and the types themselves.

use std::sync::LazyLock;

use axum::body::Bytes;
use domain::{
    event::{Body, Event},
    problem::Problem,
    socket::{ClientFrame, ServerFrame},
};
use utoipa::{
    OpenApi,
    openapi::{
        Content, Header, Ref, RefOr, ResponseBuilder,
        path::{Operation, Parameter, ParameterBuilder, ParameterIn, PathItem},
        request_body::RequestBody,
        schema::{AdditionalProperties, Array, ObjectBuilder, Schema, Type},
        security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme},
    },
};

use crate::routes;

/// POSTs that do not act on an Idempotency-Key, and why: a key belongs to a user.
const UNKEYED: [(&str, &str); 4] = [
    (
        "/v1/auth/login",
        "Without `Idempotency-Key`: nobody is signed in yet. Each time opens a sign-in of its own.",
    ),
    (
        "/v1/auth/link",
        "Without `Idempotency-Key`: nobody is signed in yet, and the link itself works once.",
    ),
    (
        "/v1/auth/refresh",
        "Without `Idempotency-Key`: the refresh token itself works once, with its grace for a lost answer.",
    ),
    (
        "/v1/auth/logout",
        "Without `Idempotency-Key`: after it nobody is signed in who could ask again. A repeat is answered 401.",
    ),
];

/// The document as it is sent. Made when somebody asks for it: no start of the function waits for that.
static DOCUMENT: LazyLock<Result<Bytes, String>> = LazyLock::new(|| {
    let (_, mut document) = routes::all(frame()).split_for_parts();
    complete(&mut document);
    document.to_json().map(Bytes::from).map_err(|err| err.to_string())
});

pub(crate) fn document() -> Result<Bytes, &'static str> {
    DOCUMENT.as_ref().map(Bytes::clone).map_err(String::as_str)
}

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Errand",
        description = "Runs Claude Code tasks as a service. Every error is a problem document (RFC 9457) with a stable `type`; unknown fields and parameters are refused.",
        license(name = "MIT OR Apache-2.0", identifier = "MIT OR Apache-2.0")
    ),
    components(schemas(Event, Body, Problem, ClientFrame, ServerFrame)),
    tags(
        (name = "tasks", description = "Errands: hand in, find, call off, repeat, delete."),
        (name = "log", description = "What happened, and what is left of it."),
        (name = "usage", description = "What it was used for: tasks, tokens, time and money, by day."),
        (name = "socket", description = "Live: connect a WebSocket with a ticket, send a `ClientFrame`, get `ServerFrame`s."),
        (name = "auth", description = "Sign in and out."),
        (name = "sessions", description = "Where I am signed in."),
        (name = "keys", description = "API keys for programs."),
        (name = "users", description = "Who may come in, and who did what. For admins."),
        (name = "queue", description = "What waits, how much may run, and pausing it."),
        (name = "meta", description = "About the service itself.")
    )
)]
struct Frame;

/// The document without its routes.
fn frame() -> utoipa::openapi::OpenApi {
    let mut document = Frame::openapi();
    document.info.version = env!("CARGO_PKG_VERSION").to_owned();
    let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("JWT or API key");
    let components = document.components.get_or_insert_default();
    components.add_security_scheme("bearer", SecurityScheme::Http(bearer.build()));
    document.security = Some(vec![SecurityRequirement::new("bearer", [] as [&str; 0])]);
    document
}

/// Adds what all routes have in common: their errors, the Idempotency-Key of each POST, bodies without unknown fields,
/// and pages that name what they are pages of.
fn complete(document: &mut utoipa::openapi::OpenApi) {
    let mut bodies = Vec::new();
    for (path, item) in &mut document.paths.paths {
        if let Some(post) = &mut item.post {
            match UNKEYED.iter().find(|(unkeyed, _)| unkeyed == path) {
                Some((_, why)) => {
                    let text = post.description.get_or_insert_default();
                    *text = format!("{text}\n\n{why}").trim_start().to_owned();
                }
                None => {
                    post.parameters.get_or_insert_default().push(idempotency_key().into());
                }
            }
        }
        for operation in operations(item) {
            bodies.extend(operation.request_body.iter().filter_map(body_name));
            with_errors(operation);
        }
    }
    for (name, schema) in &mut document.components.get_or_insert_default().schemas {
        let RefOr::T(Schema::Object(object)) = schema else { continue };
        if bodies.contains(name) {
            object.additional_properties = Some(Box::new(AdditionalProperties::FreeForm(false)));
        }
        if let Some(item) = name.strip_prefix("Page_") {
            let items = Array::new(Ref::from_schema_name(item));
            object.properties.insert("items".to_owned(), items.into());
        }
    }
}

fn body_name(body: &RefOr<RequestBody>) -> Option<String> {
    let RefOr::T(body) = body else { return None };
    let RefOr::T(content) = body.content.get("application/json")? else { return None };
    let RefOr::Ref(schema) = content.schema.as_ref()? else { return None };
    schema.ref_location.rsplit('/').next().map(str::to_owned)
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    [&mut item.get, &mut item.post, &mut item.put, &mut item.patch, &mut item.delete]
        .into_iter()
        .flatten()
}

fn with_errors(operation: &mut Operation) {
    let problem = || Content::new(Some(RefOr::Ref(Ref::from_schema_name("Problem"))));
    for (status, response) in &mut operation.responses.responses {
        let RefOr::T(response) = response else { continue };
        if response.description.is_empty() {
            response.description = "Done.".to_owned();
        }
        if status.starts_with('4') {
            response.content.insert("application/problem+json".to_owned(), problem().into());
        }
    }
    let mut request_id = Header::default();
    request_id.description = Some("Names the request in the logs.".to_owned());
    let any = ResponseBuilder::new()
        .description("Any error.")
        .content("application/problem+json", problem())
        .header("x-request-id", request_id);
    operation.responses.responses.insert("default".to_owned(), any.build().into());
}

fn idempotency_key() -> Parameter {
    let schema =
        ObjectBuilder::new().schema_type(Type::String).min_length(Some(1)).max_length(Some(255));
    ParameterBuilder::new()
        .name("Idempotency-Key")
        .parameter_in(ParameterIn::Header)
        .description(Some(
            "1 to 255 visible ASCII characters, new for each thing that is to be done: what is sent again under the same key within a day is done once, and answered as the first time. Another body is refused with `idempotency_mismatch`; while the first one is under way for longer, a second one is refused with `in_progress`: send it again when `Retry-After` is over. A request that was refused for its own fault has not used its key up.",
        ))
        .schema(Some(schema.build()))
        .build()
}
