//! Serving: a listener, the router, and an orderly end.

use std::{
    future::Future,
    net::{SocketAddr, TcpListener},
    time::Duration,
};

use axum_server::{Handle, tls_rustls::RustlsConfig};

use crate::{
    app::{App, StartError},
    config::{Config, Transport},
    router::router,
};

/// How long a client may take to send a request's head.
const HEAD_MAX: Duration = Duration::from_secs(30);
/// How long requests that are under way may take when the server is told to stop.
const GRACE: Duration = Duration::from_secs(10);

/// Why a server ended by itself.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// It never began.
    #[error("server cannot start")]
    Start(#[from] StartError),
    /// The certificate or its key cannot be used.
    #[error("certificate or key cannot be used")]
    Tls(#[source] std::io::Error),
    /// The listener failed.
    #[error("listener failed")]
    Listen(#[source] std::io::Error),
}

/// What connections come through: made before anything is announced, because a certificate may be wrong.
pub enum Door {
    /// Plain HTTP.
    Plain,
    /// HTTPS.
    Tls(RustlsConfig),
}

impl Door {
    /// The door of a transport.
    ///
    /// # Errors
    /// [`ServeError::Tls`] when the certificate or its key cannot be used.
    pub async fn of(transport: &Transport) -> Result<Self, ServeError> {
        match transport {
            Transport::Plain | Transport::BehindProxy => Ok(Self::Plain),
            Transport::Tls { cert, key } => {
                // One provider for the process; a second server in it (in tests) finds it installed.
                rustls::crypto::ring::default_provider().install_default().ok();
                RustlsConfig::from_pem_file(cert, key).await.map(Self::Tls).map_err(ServeError::Tls)
            }
        }
    }
}

/// Opens a server's data and serves it until `shutdown`.
///
/// # Errors
/// [`ServeError`] when it cannot start, or the listener fails.
pub async fn serve(
    config: Config,
    listener: TcpListener,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> Result<(), ServeError> {
    let door = Door::of(&config.transport).await?;
    run(App::open(config).await?, door, listener, shutdown).await
}

/// Serves an opened server until `shutdown`.
///
/// # Errors
/// [`ServeError::Listen`] when the listener fails.
pub async fn run(
    app: App,
    door: Door,
    listener: TcpListener,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> Result<(), ServeError> {
    let handle = Handle::new();
    let (stopping, live) = (handle.clone(), app.live.clone());
    let stop = tokio::spawn(async move {
        shutdown.await;
        live.close();
        stopping.graceful_shutdown(Some(GRACE));
    });
    let service = router(app).into_make_service_with_connect_info::<SocketAddr>();
    let ended = match door {
        Door::Plain => {
            let mut server = axum_server::from_tcp(listener).map_err(ServeError::Listen)?.handle(handle);
            server.http_builder().http1().header_read_timeout(HEAD_MAX);
            server.serve(service).await
        }
        Door::Tls(tls) => {
            let mut server =
                axum_server::from_tcp_rustls(listener, tls).map_err(ServeError::Listen)?.handle(handle);
            server.http_builder().http1().header_read_timeout(HEAD_MAX);
            server.serve(service).await
        }
    };
    stop.abort();
    ended.map_err(ServeError::Listen)
}
