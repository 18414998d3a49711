//! The server over HTTP: one method a route, and every way it can go wrong as a [`Failure`].

use std::{collections::BTreeMap, time::Duration};

use rounds_shared::{
    ids::PhotoHash,
    protocol::{
        DICTIONARY_HEADER, Dictionary, EnrolReply, EnrolRequest, RecoveryReply, RecoveryRequest, RepairReply,
        RepairRequest, ServerInfo, SyncReply, SyncRequest,
        limits::{MESSAGE_BYTES_MAX, PHOTO_BYTES_MAX},
    },
};
use serde::{Deserialize, de::DeserializeOwned};
use ureq::{
    Agent, Body, RequestBuilder,
    http::{Response, StatusCode, header},
    typestate::WithBody,
};

use crate::{failure::Failure, link::Link, message, photos::upload};

/// How long a connection may take to come about.
const CONNECT_SECONDS_MAX: u64 = 10;
/// How long one exchange may take in all; on a slow connection a page takes its time.
const EXCHANGE_SECONDS_MAX: u64 = 120;
/// Largest answer in JSON, in bytes.
const JSON_BYTES_MAX: u64 = 1024 * 1024;
const CBOR: &str = "application/cbor";
const ZSTD: &str = "zstd";

/// Makes connections, and keeps them for the next request.
pub(crate) fn agent() -> Agent {
    Agent::config_builder()
        .http_status_as_error(false)
        .timeout_connect(Some(Duration::from_secs(CONNECT_SECONDS_MAX)))
        .timeout_global(Some(Duration::from_secs(EXCHANGE_SECONDS_MAX)))
        .max_redirects(0)
        .user_agent(concat!("rounds/", env!("CARGO_PKG_VERSION")))
        .build()
        .into()
}

/// A server's address as people type it, made whole: without a scheme it is HTTPS, but for the machine itself and
/// private addresses, where certificates are rare.
pub(crate) fn address(typed: &str) -> Option<String> {
    let typed = typed.trim().trim_end_matches('/');
    let whole = match typed.split_once("://") {
        Some(("http" | "https", _)) => typed.to_owned(),
        Some(_) => return None,
        None if is_near(typed) => format!("http://{typed}"),
        None => format!("https://{typed}"),
    };
    let uri: ureq::http::Uri = whole.parse().ok()?;
    let is_bare =
        uri.host().is_some_and(|host| !host.is_empty()) && uri.path() == "/" && uri.query().is_none();
    is_bare.then_some(whole)
}

/// Whether a host without a scheme is this machine or stands in the same house.
fn is_near(typed: &str) -> bool {
    let host = typed.rsplit_once(':').map_or(typed, |(host, _)| host);
    match host.parse::<std::net::IpAddr>() {
        Ok(std::net::IpAddr::V4(ip)) => ip.is_loopback() || ip.is_private(),
        Ok(std::net::IpAddr::V6(ip)) => ip.is_loopback(),
        Err(_) => host == "localhost",
    }
}

/// A server at an address.
#[derive(Clone)]
pub(crate) struct Server {
    agent: Agent,
    address: String,
}

impl Server {
    pub(crate) fn new(agent: Agent, address: String) -> Self {
        Self { agent, address }
    }

    /// A message of the protocol, and the reply to it.
    fn exchange<R: for<'b> minicbor::Decode<'b, ()>>(
        &self,
        path: &str,
        token: &str,
        request: &impl minicbor::Encode<()>,
        dictionary: Option<&Dictionary>,
    ) -> Result<R, Failure> {
        let mut post = self
            .authorized(self.agent.post(self.url(path)), token)
            .header(header::CONTENT_TYPE, CBOR)
            .header(header::CONTENT_ENCODING, ZSTD)
            .header(header::ACCEPT, CBOR)
            .header(header::ACCEPT_ENCODING, ZSTD);
        if let Some(dictionary) = dictionary {
            post = post.header(DICTIONARY_HEADER, dictionary.name().to_string());
        }
        let response =
            post.send(&message::packed(request, dictionary)?[..]).map_err(|error| unreachable(&error))?;
        message_of(accepted(response)?)
    }

    /// The agent, for routes that have a room of their own.
    pub(crate) fn agent(&self) -> &Agent {
        &self.agent
    }

    /// A path of this server, or a whole address that lies on it.
    pub(crate) fn url(&self, path: &str) -> String {
        match path.strip_prefix(self.address.as_str()) {
            Some(rest) => format!("{}{rest}", self.address),
            None => format!("{}{path}", self.address),
        }
    }

    fn authorized(&self, request: RequestBuilder<WithBody>, token: &str) -> RequestBuilder<WithBody> {
        request.header(header::AUTHORIZATION, format!("Bearer {token}"))
    }
}

impl Link for Server {
    /// `GET /v1/server`: whom we are talking to.
    fn info(&self) -> Result<ServerInfo, Failure> {
        let response = self.agent.get(self.url("/v1/server")).call().map_err(|error| unreachable(&error))?;
        if response.status() != StatusCode::OK {
            return Err(Failure::NotRoundsServer);
        }
        json(response)
    }

    /// `POST /v1/devices`
    fn enrol(&self, request: &EnrolRequest) -> Result<EnrolReply, Failure> {
        let response = self
            .agent
            .post(self.url("/v1/devices"))
            .send_json(request)
            .map_err(|error| unreachable(&error))?;
        json(accepted(response)?)
    }

    /// `POST /v1/recovery`
    fn recover(&self, request: &RecoveryRequest) -> Result<RecoveryReply, Failure> {
        let response = self
            .agent
            .post(self.url("/v1/recovery"))
            .send_json(request)
            .map_err(|error| unreachable(&error))?;
        json(accepted(response)?)
    }

    /// `POST /v1/sync`
    fn sync(
        &self,
        token: &str,
        request: &SyncRequest,
        dictionary: Option<&Dictionary>,
    ) -> Result<SyncReply, Failure> {
        match self.exchange("/v1/sync", token, request, dictionary) {
            // A restored server may have lost the assignment, and an older one knows no dictionaries.
            Err(Failure::Server { code, .. })
                if dictionary.is_some() && ["dictionary_unknown", "bad_request"].contains(&&*code) =>
            {
                self.exchange("/v1/sync", token, request, None)
            }
            exchanged => exchanged,
        }
    }

    /// `POST /v1/repair`
    fn repair(&self, token: &str, request: &RepairRequest) -> Result<RepairReply, Failure> {
        self.exchange("/v1/repair", token, request, None)
    }

    /// `/v1/photos` by tus 1.0.0
    fn photo(
        &self,
        token: &str,
        hash: PhotoHash,
        bytes: &[u8],
        begun: Option<&str>,
        keep: &dyn Fn(&str) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        upload::upload(self, token, hash, bytes, begun, keep)
    }

    /// `GET /v1/photos/{photo}`
    fn fetch(&self, token: &str, hash: PhotoHash) -> Result<Vec<u8>, Failure> {
        let response = self
            .agent
            .get(self.url(&format!("/v1/photos/{hash}")))
            .header(header::AUTHORIZATION, format!("Bearer {token}"))
            .call()
            .map_err(|error| unreachable(&error))?;
        bytes_of(accepted(response)?, PHOTO_BYTES_MAX)
    }
}

/// The answer, if it is one; else what the server says is wrong.
pub(crate) fn accepted(response: Response<Body>) -> Result<Response<Body>, Failure> {
    #[derive(Deserialize)]
    struct Said {
        code: String,
        #[serde(default)]
        params: BTreeMap<String, serde_json::Value>,
    }
    let status = response.status();
    if status.is_success() {
        return Ok(response);
    }
    match json::<Said>(response) {
        Ok(said) => {
            let params = said.params.into_iter().map(|(name, value)| match value {
                serde_json::Value::String(text) => (name, text),
                other => (name, other.to_string()),
            });
            Err(Failure::of_server(said.code, params.collect()))
        }
        Err(_) if status == StatusCode::UNAUTHORIZED => Err(Failure::SessionExpired),
        // A gateway that cannot reach the server behind it.
        Err(_) if status.is_server_error() => Err(Failure::Unreachable),
        Err(_) => Err(Failure::NotRoundsServer),
    }
}

/// What did not come about at all.
pub(crate) fn unreachable(error: &ureq::Error) -> Failure {
    tracing::info!(error = error as &dyn std::error::Error, "the server cannot be reached");
    match error {
        ureq::Error::BodyExceedsLimit(_) | ureq::Error::Protocol(_) => Failure::NotRoundsServer,
        _ => Failure::Unreachable,
    }
}

fn json<T: DeserializeOwned>(response: Response<Body>) -> Result<T, Failure> {
    let bytes = bytes_of(response, JSON_BYTES_MAX)?;
    serde_json::from_slice(&bytes).map_err(|_| Failure::NotRoundsServer)
}

/// The message in an answer.
fn message_of<M: for<'b> minicbor::Decode<'b, ()>>(response: Response<Body>) -> Result<M, Failure> {
    if response.headers().get(header::CONTENT_TYPE).is_none_or(|found| found.as_bytes() != CBOR.as_bytes()) {
        return Err(Failure::NotRoundsServer);
    }
    message::plain(&bytes_of(response, MESSAGE_BYTES_MAX as u64)?)
}

/// The bytes of an answer, within a limit; unpacked, where they are packed. Whoever takes zstd gets refusals in it, too.
fn bytes_of(response: Response<Body>, bytes_max: u64) -> Result<Vec<u8>, Failure> {
    let encoding = response.headers().get(header::CONTENT_ENCODING);
    let is_packed = encoding.is_some_and(|found| found.as_bytes() == ZSTD.as_bytes());
    let body = response.into_body().with_config().limit(bytes_max).read_to_vec();
    let bytes = body.map_err(|error| unreachable(&error))?;
    if is_packed { message::inflated(&bytes, bytes_max) } else { Ok(bytes) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_server_says_is_understood_when_it_is_packed_too() {
        use std::io::{Read as _, Write as _};
        let said = br#"{"code":"come_back","params":{"seconds":"31"}}"#;
        let packed = zstd::encode_all(&said[..], 3).unwrap();
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let length = packed.len();
        let answering = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let read = stream.read(&mut [0; 64 * 1024]).unwrap();
            let head = format!(
                "HTTP/1.1 429 Too Many Requests\r\ncontent-type: application/json\r\ncontent-encoding: zstd\r\n\
                 content-length: {length}\r\nconnection: close\r\n\r\n"
            );
            stream.write_all(&[head.as_bytes(), &packed].concat()).unwrap();
            read
        });
        let request = crate::repair::request(1, None, Vec::new());
        let failure = Server::new(agent(), address).repair("token", &request).unwrap_err();
        assert!(answering.join().unwrap() > 0);
        assert_eq!(failure.code(), "come_back");
        assert_eq!(failure.come_back(), Some(Duration::from_secs(31)));
    }

    #[test]
    fn an_address_is_understood_as_people_type_it() {
        for (typed, whole) in [
            ("localhost:8080", Some("http://localhost:8080")),
            ("192.168.1.5:8080", Some("http://192.168.1.5:8080")),
            (" https://rounds.km.gov.cn/ ", Some("https://rounds.km.gov.cn")),
            ("rounds.km.gov.cn", Some("https://rounds.km.gov.cn")),
            ("ftp://rounds.km.gov.cn", None),
            ("https://rounds.km.gov.cn/path", None),
            ("", None),
            ("春城", None),
        ] {
            assert_eq!(address(typed).as_deref(), whole, "{typed:?}");
        }
    }
}
