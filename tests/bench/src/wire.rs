//! A wire that counts: whatever lies between a client and its server, in bytes, after the TCP handshake.

use std::{
    io::{Read as _, Write as _},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use anyhow::Result;

/// Passes connections on to a server, counts both directions, and remembers what clients said.
pub struct Wire {
    address: SocketAddr,
    counted: Arc<Counted>,
}

#[derive(Default)]
struct Counted {
    bytes: AtomicU64,
    said: Mutex<Vec<u8>>,
}

impl Wire {
    /// A wire to a server.
    pub fn to(server: SocketAddr) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?;
        let counted = Arc::new(Counted::default());
        let all = Arc::clone(&counted);
        // It ends with the process.
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let Ok(server) = TcpStream::connect(server) else { continue };
                let (Ok(up), Ok(down)) = (client.try_clone(), server.try_clone()) else { continue };
                let (to_server, to_client) = (Arc::clone(&all), Arc::clone(&all));
                std::thread::spawn(move || carry(up, server, &to_server, true));
                std::thread::spawn(move || carry(down, client, &to_client, false));
            }
        });
        Ok(Self { address, counted })
    }

    /// Where clients connect to.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Bytes of both directions, headers included.
    pub fn bytes(&self) -> u64 {
        self.counted.bytes.load(Ordering::SeqCst)
    }

    /// Begins to count again.
    pub fn reset(&self) {
        self.counted.bytes.store(0, Ordering::SeqCst);
        self.counted.said.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// The bodies of the HTTP requests for a path.
    pub fn bodies(&self, request_line: &str) -> Vec<Vec<u8>> {
        let said = self.counted.said.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let mut bodies = Vec::new();
        let mut rest = &said[..];
        while let Some(at) = find(rest, request_line.as_bytes()) {
            let Some(head) = find(&rest[at..], b"\r\n\r\n") else { break };
            let headers = String::from_utf8_lossy(&rest[at..at + head]).to_lowercase();
            let length =
                headers.lines().find_map(|line| line.strip_prefix("content-length:")?.trim().parse().ok());
            let from = at + head + 4;
            let to = from + length.unwrap_or(0usize);
            let Some(body) = rest.get(from..to) else { break };
            bodies.push(body.to_vec());
            rest = &rest[to..];
        }
        bodies
    }
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len()).position(|window| window == needle)
}

fn carry(mut from: TcpStream, mut to: TcpStream, counted: &Counted, is_said: bool) {
    let mut buffer = [0; 64 * 1024];
    while let Ok(count @ 1..) = from.read(&mut buffer) {
        counted.bytes.fetch_add(count as u64, Ordering::SeqCst);
        if is_said {
            counted.said.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(&buffer[..count]);
        }
        if to.write_all(&buffer[..count]).is_err() {
            break;
        }
    }
    to.shutdown(std::net::Shutdown::Write).ok();
}
