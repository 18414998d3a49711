//! The console's files, built into the program.

use axum::{
    http::{HeaderValue, Method, StatusCode, Uri, header},
    response::{Html, IntoResponse as _, Response},
};
use rust_embed::Embed;

use crate::error::ApiError;

/// What `npm run build` makes of `server/console`.
#[derive(Embed)]
#[folder = "console/dist"]
struct Console;

const INDEX: &str = "index.html";
/// Vite names these after their content, so one with a name never changes.
const HASHED: &str = "assets/";
const FOR_EVER: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
const ASK_AGAIN: HeaderValue = HeaderValue::from_static("no-cache");

const NOT_BUILT: &str = "<!doctype html><html lang=\"zh-CN\"><meta charset=\"utf-8\"><title>巡访 Rounds</title>
<style>body{font:16px/1.6 sans-serif;max-width:40em;margin:4em auto;padding:0 1em}</style>
<h1>管理后台尚未构建</h1>
<p>服务器已在运行，接口可用。请先执行 <code>make run</code>，或执行 <code>npm ci &amp;&amp; npm run build -w server/console</code> 后重新编译服务器。</p>
<h1 lang=\"en\">The console is not built yet</h1>
<p lang=\"en\">The server runs and answers. Run <code>make run</code>, or <code>npm ci &amp;&amp; npm run build -w server/console</code> and build the server again.</p>
</html>";

/// Answers whatever is no endpoint: a file of the console, or its page, which finds its way by the address.
pub(crate) async fn serve(method: Method, uri: Uri) -> Response {
    let path = uri.path().trim_start_matches('/');
    if path == "v1" || path.starts_with("v1/") {
        return ApiError::NotFound.into_response();
    }
    if method != Method::GET && method != Method::HEAD {
        return StatusCode::METHOD_NOT_ALLOWED.into_response();
    }
    if let Some(file) = file(path) {
        return file;
    }
    let names_a_file = path.rsplit('/').next().is_some_and(|name| name.contains('.'));
    if names_a_file {
        return StatusCode::NOT_FOUND.into_response();
    }
    file(INDEX).unwrap_or_else(|| Html(NOT_BUILT).into_response())
}

fn file(path: &str) -> Option<Response> {
    let file = Console::get(path)?;
    let kind = mime_guess::from_path(path).first_or_octet_stream();
    let kind = match (kind.type_(), kind.subtype()) {
        (mime_guess::mime::TEXT, _) | (_, mime_guess::mime::JAVASCRIPT) => format!("{kind}; charset=utf-8"),
        _ => kind.to_string(),
    };
    let caching = if path.starts_with(HASHED) { FOR_EVER } else { ASK_AGAIN };
    Some(([(header::CONTENT_TYPE, kind)], [(header::CACHE_CONTROL, caching)], file.data).into_response())
}
