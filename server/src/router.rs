//! Every route on one screen, by who calls it.

use axum::{
    Router,
    extract::DefaultBodyLimit,
    http::StatusCode,
    middleware,
    routing::{get, post},
};
use rounds_shared::{
    ids::{DeviceId, PhotoHash},
    protocol::limits::MESSAGE_BYTES_MAX,
};
use tower_http::{
    catch_panic::CatchPanicLayer,
    compression::{
        CompressionLayer, Predicate as _,
        predicate::{DefaultPredicate, NotForContentType},
    },
};
use utoipa::{OpenApi, openapi::OpenApi as OpenApiDocument};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    app::App,
    assets,
    auth::require_console_header,
    export::WORKBOOK_TYPE,
    extract::{JSON_BYTES_MAX, Json},
    handlers::{
        areas, assignments, audit, cases, conflicts, devices, enrolment, exports, findings, held, history,
        imports, inspections, live, overview, photos, recovery, repair, server, session, setup, sites, sync,
        templates, trend, tus, users,
    },
    headers,
    sheet::SHEET_BYTES_MAX,
    telemetry,
};

/// The document that the console's client is generated from.
#[derive(OpenApi)]
#[openapi(
    paths(inspections::file),
    // Named by parameters alone, where nothing gathers them.
    components(schemas(DeviceId, PhotoHash, photos::Size, imports::Subject)),
    info(
        title = "Rounds 巡访",
        description = "The city server. Times are milliseconds since 1970 UTC, days are `YYYY-MM-DD` in Asia/Shanghai, scores and \
        weights are hundredths. Requests of the console that change something carry the header `x-rounds: 1`; what goes wrong \
        is answered with a code."
    )
)]
struct Document;

fn anybody() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(server::about))
        .routes(routes!(live::live))
        .routes(routes!(photos::read))
}

fn console() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(setup::setup))
        .routes(routes!(session::create, session::read, session::delete))
        .routes(routes!(session::change_password))
        .routes(routes!(areas::areas))
        .routes(routes!(areas::zones))
        .routes(routes!(areas::departments))
        .routes(routes!(areas::districts))
        .routes(routes!(sites::list, sites::create))
        .routes(routes!(sites::kinds))
        .routes(routes!(templates::list))
        .routes(routes!(templates::one))
        .routes(routes!(users::list, users::create))
        .routes(routes!(users::change))
        .routes(routes!(overview::overview))
        .routes(routes!(trend::trend))
        .routes(routes!(findings::points))
        .routes(routes!(assignments::list, assignments::make))
        .routes(routes!(assignments::calendar))
        .routes(routes!(assignments::plan))
        .routes(routes!(assignments::supersede))
        .routes(routes!(inspections::list))
        .routes(routes!(inspections::one))
        .routes(routes!(inspections::decide))
        .routes(routes!(inspections::send_back))
        .routes(routes!(inspections::approve))
        .routes(routes!(inspections::comment))
        .routes(routes!(cases::list, cases::open))
        .routes(routes!(cases::one))
        .routes(routes!(cases::act))
        .routes(routes!(history::moments))
        .routes(routes!(history::past))
        .routes(routes!(conflicts::list))
        .routes(routes!(held::list))
        .routes(routes!(held::rule))
        .routes(routes!(devices::list))
        .routes(routes!(enrolment::revoke))
        .routes(routes!(audit::list))
        .routes(routes!(exports::inspections))
        .routes(routes!(exports::findings))
        .routes(routes!(exports::conflicts))
        .routes(routes!(exports::held))
        .routes(routes!(exports::assignments))
        .routes(routes!(exports::devices))
        .routes(routes!(exports::users))
        .routes(routes!(exports::audit))
        .routes(routes!(exports::sites))
        .routes(routes!(imports::template))
        .merge(
            OpenApiRouter::new()
                .routes(routes!(imports::import))
                .layer(DefaultBodyLimit::max(SHEET_BYTES_MAX)),
        )
        .layer(middleware::from_fn(require_console_header))
}

fn phones() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(enrolment::enrol)).routes(routes!(recovery::recover))
}

fn uploads() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(tus::options, tus::create))
        .routes(routes!(tus::read, tus::append, tus::terminate, tus::overridden))
        .layer(middleware::map_response(tus::say_version))
}

fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::with_openapi(Document::openapi())
        .merge(anybody())
        .merge(console())
        .merge(phones())
        .merge(uploads())
}

/// The document of every JSON endpoint.
pub fn openapi() -> OpenApiDocument {
    named(routes().into_openapi())
}

/// Names every operation after its method and path: handlers have short names that repeat.
fn named(mut document: OpenApiDocument) -> OpenApiDocument {
    for (path, item) in &mut document.paths.paths {
        let place = path.trim_start_matches("/v1/").replace(|c: char| !c.is_ascii_alphanumeric(), "_");
        let operations = [
            ("get", &mut item.get),
            ("post", &mut item.post),
            ("patch", &mut item.patch),
            ("delete", &mut item.delete),
            ("head", &mut item.head),
            ("options", &mut item.options),
        ];
        for (method, operation) in operations {
            if let Some(operation) = operation {
                operation.operation_id = Some(format!("{method}_{place}"));
            }
        }
    }
    document
}

/// The whole service.
pub fn router(app: App) -> Router {
    let (routes, openapi) = routes().split_for_parts();
    let openapi = named(openapi);
    let transport = app.config.transport.clone();
    routes
        .route("/v1/repair", post(repair::repair).layer(DefaultBodyLimit::max(MESSAGE_BYTES_MAX)))
        .route("/v1/sync", post(sync::sync).layer(DefaultBodyLimit::max(MESSAGE_BYTES_MAX)))
        .route("/v1/openapi.json", get(async move || Json(openapi)))
        .method_not_allowed_fallback(async || StatusCode::METHOD_NOT_ALLOWED)
        .fallback(assets::serve)
        .layer(DefaultBodyLimit::max(JSON_BYTES_MAX))
        .layer(CatchPanicLayer::custom(telemetry::panicked))
        .layer(middleware::from_fn_with_state(transport, headers::add))
        .layer(CompressionLayer::new().compress_when(
            // A workbook is packed already.
            DefaultPredicate::new().and(NotForContentType::new(WORKBOOK_TYPE)),
        ))
        .layer(middleware::from_fn(telemetry::log_request))
        .with_state(app)
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, fs};

    const COMMITTED: &str = "console/src/api/generated/openapi.json";

    #[test]
    fn the_console_knows_the_endpoints_as_they_are() {
        let document = format!("{}\n", super::openapi().to_pretty_json().unwrap());
        if fs::read_to_string(COMMITTED).ok().as_ref() != Some(&document) {
            fs::write(COMMITTED, document).unwrap();
            panic!(
                "{COMMITTED} was stale and is fresh now: run `npm run api -w server/console` and commit both files"
            );
        }
    }

    #[test]
    fn every_operation_is_described_under_a_name_of_its_own() {
        let document = serde_json::to_value(super::openapi()).unwrap();
        let paths = document["paths"].as_object().unwrap();
        for path in ["/v1/session", "/v1/users/{id}", "/v1/photos/{photo}", "/v1/inspections/{id}.automerge"]
        {
            assert!(paths.contains_key(path), "{path}");
        }
        let operations = paths.values().flat_map(|item| item.as_object().unwrap().values());
        let mut names = BTreeSet::new();
        for operation in operations {
            let name = operation["operationId"].as_str().unwrap();
            assert!(names.insert(name), "{name} stands twice");
        }
    }
}
