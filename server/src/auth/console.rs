//! The console's sessions: a cookie that scripts cannot read and other sites cannot send.

use axum::{
    extract::{FromRequestParts, Request},
    http::{HeaderName, request::Parts},
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use axum_extra::extract::cookie::{Cookie, CookieJar, SameSite};
use rounds_shared::{area::AreaCode, permission::Role, registry::User};

use super::Address;
use crate::{
    app::App,
    config::Transport,
    error::ApiError,
    vault::{Action, AuditEntry, Session, Token, VaultError},
};

const COOKIE: &str = "rounds_session";
/// The header that the console adds to its requests and that no form of another site can.
const CONSOLE_HEADER: HeaderName = HeaderName::from_static("x-rounds");
/// Marks requests that the console makes by itself: they do not show that somebody sits there.
const BACKGROUND_HEADER: HeaderName = HeaderName::from_static("x-rounds-background");

/// Somebody with a console session whose role may use the console.
#[derive(Clone)]
pub struct SignedIn {
    /// Who, as the registry has him now.
    pub user: User,
    /// His session.
    pub session: Session,
    /// From where he asks.
    pub address: Address,
    token: std::sync::Arc<Token>,
}

impl SignedIn {
    /// The token of his session.
    pub fn token(&self) -> &Token {
        &self.token
    }

    /// # Errors
    /// [`ApiError::OutsideScope`] when the area lies outside his scope.
    pub fn require_scope(&self, area: &AreaCode) -> Result<(), ApiError> {
        if self.user.covers(area) { Ok(()) } else { Err(ApiError::OutsideScope) }
    }

    /// Notes in the audit trail what he does.
    ///
    /// # Errors
    /// When the trail cannot be written: what is to be recorded must not happen unrecorded.
    pub async fn audit(
        &self,
        app: &App,
        action: Action,
        subject: impl Into<String>,
    ) -> Result<(), VaultError> {
        let (user, subject, address) = (Some(self.user.id), subject.into(), self.address.0.clone());
        app.vault.audit(AuditEntry { at: app.now_ms(), user, action, subject, address }).await
    }
}

impl FromRequestParts<App> for SignedIn {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        if parts.headers.contains_key(BACKGROUND_HEADER) {
            return Self::without_presence(parts, app).await;
        }
        let token = token(parts)?;
        let session = app.vault.session_use(&token, app.now_ms(), app.session_limits()).await?;
        Self::with(parts, app, token, session).await
    }
}

impl SignedIn {
    /// For what a page asks by itself: it does not show that somebody sits there, so it keeps no session alive.
    pub(super) async fn without_presence(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let token = token(parts)?;
        let session = app.vault.session_look(&token, app.now_ms(), app.session_limits()).await?;
        Self::with(parts, app, token, session).await
    }

    async fn with(
        parts: &mut Parts,
        app: &App,
        token: Token,
        session: Option<Session>,
    ) -> Result<Self, ApiError> {
        let session = session.ok_or(ApiError::SessionExpired)?;
        let user = app.intake.registry().user(session.user).cloned().ok_or(ApiError::SessionExpired)?;
        if !user.active {
            return Err(ApiError::UserDisabled);
        }
        if !user.role.uses_console() {
            return Err(ApiError::RoleNotAllowed);
        }
        let Ok(address) = Address::from_request_parts(parts, app).await;
        Ok(Self { user, session, address, token: token.into() })
    }
}

fn token(parts: &Parts) -> Result<Token, ApiError> {
    let jar = CookieJar::from_headers(&parts.headers);
    jar.get(COOKIE).and_then(|cookie| Token::parse(cookie.value())).ok_or(ApiError::SessionExpired)
}

/// Somebody signed in who decides, returns and approves.
#[derive(Clone)]
pub struct Reviewer(pub SignedIn);

impl FromRequestParts<App> for Reviewer {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let signed_in = SignedIn::from_request_parts(parts, app).await?;
        if signed_in.user.role.reviews() { Ok(Self(signed_in)) } else { Err(ApiError::RoleNotAllowed) }
    }
}

/// Somebody signed in who keeps the accounts.
#[derive(Clone)]
pub struct Administrator(pub SignedIn);

impl FromRequestParts<App> for Administrator {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let signed_in = SignedIn::from_request_parts(parts, app).await?;
        match signed_in.user.role {
            Role::Administrator => Ok(Self(signed_in)),
            Role::Inspector | Role::Unit | Role::Supervisor | Role::Observer => Err(ApiError::RoleNotAllowed),
        }
    }
}

/// The cookie of a session that began. It has no age: closing the browser ends it, and so does the vault.
pub fn session_cookie(transport: &Transport, token: &Token) -> Cookie<'static> {
    cookie(transport, token.reveal())
}

/// The cookie that takes a session's away.
pub fn expired_cookie(transport: &Transport) -> Cookie<'static> {
    let mut cookie = cookie(transport, String::new());
    cookie.make_removal();
    cookie
}

fn cookie(transport: &Transport, value: String) -> Cookie<'static> {
    Cookie::build((COOKIE, value))
        .path("/")
        .http_only(true)
        .same_site(SameSite::Strict)
        .secure(transport.is_secure())
        .build()
}

/// Refuses changes that do not come from the console's own page.
pub(crate) async fn require_console_header(request: Request, next: Next) -> Response {
    if request.method().is_safe() || request.headers().contains_key(CONSOLE_HEADER) {
        return next.run(request).await;
    }
    ApiError::BadRequest("the header x-rounds is missing").into_response()
}
