//! The network between devices and server: a TCP proxy of our own that counts what passes, and tears it.
//!
//! Devices know the wire's address alone; the server behind it may go away and come back at another. While there is none,
//! whoever connects waits.

use std::{
    io::{self, Read as _, Write as _},
    net::{Shutdown, SocketAddr, TcpListener, TcpStream},
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use anyhow::{Result, bail, ensure};
use fastrand::Rng;

use crate::{server::PATIENCE, skewed};

/// Bytes read at a time.
const BUFFER_BYTES: usize = 16 * 1024;
/// At most so many bytes at the beginning of a connection come one by one.
const CRUMBS_MAX: u64 = 4 * 1024;
/// One connection in so many comes in crumbs, and one cut in so many stalls first.
const SOMETIMES: usize = 4;
/// Longest stall before a cut, in milliseconds.
const STALL_MS_MAX: u64 = 200;

/// What the wire does to connections.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weather {
    /// Nothing.
    Fair,
    /// Every connection is cut after some bytes, in one direction or the other; small numbers are as likely as large ones.
    Torn {
        /// The most bytes a connection carries.
        bytes_max: u64,
    },
    /// Every connection is cut after some bytes that came from the server, any number being as likely.
    Short {
        /// The most bytes a connection carries.
        bytes_max: u64,
    },
}

/// What has passed.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Passed {
    /// Bytes from devices to the server.
    pub up: u64,
    /// Bytes from the server to devices.
    pub down: u64,
    /// Connections.
    pub connections: u64,
    /// Those that were cut.
    pub cuts: u64,
    /// Those that stalled before.
    pub stalls: u64,
    /// Those that began byte by byte.
    pub crumbs: u64,
}

/// The wire; it is taken down with this.
pub struct Wire {
    address: SocketAddr,
    shared: Arc<Shared>,
}

struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    server: Option<SocketAddr>,
    weather: Weather,
    rng: Rng,
    passed: Passed,
    closed: bool,
    /// Both ends of the connections there are, to cut them.
    open: Vec<(u64, TcpStream, TcpStream)>,
}

/// A direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Up,
    Down,
}

/// What is to happen to one direction of a connection.
#[derive(Debug, Default, Clone, Copy)]
struct Fate {
    cut_after: Option<u64>,
    stall_ms: Option<u64>,
    crumbs: u64,
}

impl Wire {
    /// Puts up a wire with no server behind it.
    pub fn up(seed: u64) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?;
        let state = State {
            server: None,
            weather: Weather::Fair,
            rng: Rng::with_seed(seed),
            passed: Passed::default(),
            closed: false,
            open: Vec::new(),
        };
        let shared = Arc::new(Shared { state: Mutex::new(state), changed: Condvar::new() });
        let accepting = Arc::clone(&shared);
        std::thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                if accepting.lock().closed {
                    return;
                }
                let shared = Arc::clone(&accepting);
                // What becomes of one connection is its own matter.
                std::thread::spawn(move || shared.carry(client).ok());
            }
        });
        Ok(Self { address, shared })
    }

    /// Where devices find the server.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The server went away, or is there again.
    pub fn leads_to(&self, server: Option<SocketAddr>) {
        self.shared.lock().server = server;
        self.shared.changed.notify_all();
    }

    /// Another weather, from the next connection on; those there are end.
    pub fn weather(&self, weather: Weather) {
        let mut state = self.shared.lock();
        state.weather = weather;
        state.end_connections();
    }

    /// What has passed so far.
    pub fn passed(&self) -> Passed {
        self.shared.lock().passed
    }

    /// Waits until more has passed, as the condition sees it.
    pub fn wait(&self, until: impl Fn(Passed) -> bool) -> Result<Passed> {
        let mut state = self.shared.lock();
        let mut moved = (state.passed, Instant::now());
        loop {
            if until(state.passed) {
                return Ok(state.passed);
            }
            ensure!(!state.closed, "somebody gave up");
            if moved.0 != state.passed {
                moved = (state.passed, Instant::now());
            } else if moved.1.elapsed() > PATIENCE {
                bail!("nothing passes any more: {:?}", state.passed);
            }
            state = self.shared.wait(state, PATIENCE);
        }
    }

    /// Lets a drawn time pass: where in its work a fault meets a process.
    pub fn linger(&self, ms: u64) {
        let until = Instant::now() + Duration::from_millis(ms);
        self.shared.linger(until);
    }

    /// Takes the wire down: whoever waits for it stops waiting.
    pub fn close(&self) {
        let mut state = self.shared.lock();
        state.closed = true;
        state.end_connections();
        drop(state);
        self.shared.changed.notify_all();
        // Wakes the thread that accepts; it fails when that has gone already.
        TcpStream::connect(self.address).ok();
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        self.close();
    }
}

impl State {
    fn end_connections(&mut self) {
        for (_, client, server) in self.open.drain(..) {
            end(&client, &server);
        }
    }

    /// What is to happen to the next connection, up and down.
    fn draw(&mut self) -> (Fate, Fate) {
        let (mut up, mut down) = (Fate::default(), Fate::default());
        match self.weather {
            Weather::Fair => {}
            Weather::Torn { bytes_max } => {
                let cut = Fate {
                    cut_after: Some(skewed(&mut self.rng, bytes_max)),
                    stall_ms: (self.rng.usize(..SOMETIMES) == 0).then(|| self.rng.u64(1..=STALL_MS_MAX)),
                    crumbs: 0,
                };
                *(if self.rng.bool() { &mut up } else { &mut down }) = cut;
                if self.rng.usize(..SOMETIMES) == 0 {
                    (up.crumbs, down.crumbs) = (self.rng.u64(1..=CRUMBS_MAX), self.rng.u64(1..=CRUMBS_MAX));
                    self.passed.crumbs += 1;
                }
            }
            Weather::Short { bytes_max } => down.cut_after = Some(self.rng.u64(1..=bytes_max)),
        }
        self.passed.connections += 1;
        (up, down)
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait<'s>(&'s self, state: MutexGuard<'s, State>, most: Duration) -> MutexGuard<'s, State> {
        self.changed.wait_timeout(state, most).unwrap_or_else(PoisonError::into_inner).0
    }

    fn linger(&self, until: Instant) {
        let mut state = self.lock();
        loop {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() || state.closed {
                return;
            }
            state = self.wait(state, left);
        }
    }

    /// Carries one connection until either side ends it, or its fate does.
    fn carry(self: Arc<Self>, client: TcpStream) -> io::Result<()> {
        let (up, down, address) = {
            let mut state = self.lock();
            let address = loop {
                if state.closed {
                    return Ok(());
                }
                match state.server {
                    Some(address) => break address,
                    None => state = self.wait(state, PATIENCE),
                }
            };
            let (up, down) = state.draw();
            (up, down, address)
        };
        let server = TcpStream::connect(address)?;
        client.set_nodelay(true)?;
        server.set_nodelay(true)?;
        let number = {
            let mut state = self.lock();
            let number = state.passed.connections;
            state.open.push((number, client.try_clone()?, server.try_clone()?));
            number
        };
        let (clients, servers) = (client.try_clone()?, server.try_clone()?);
        let shared = Arc::clone(&self);
        let upward = std::thread::spawn(move || shared.pump(Way::Up, clients, servers, up).ok());
        self.pump(Way::Down, server, client, down).ok();
        upward.join().ok();
        self.lock().open.retain(|(one, ..)| *one != number);
        Ok(())
    }

    fn pump(&self, way: Way, mut from: TcpStream, mut to: TcpStream, fate: Fate) -> io::Result<()> {
        let mut buffer = vec![0; BUFFER_BYTES];
        let mut carried = 0;
        let carrying: io::Result<bool> = (|| {
            loop {
                let left = fate.cut_after.map_or(u64::MAX, |after| after.saturating_sub(carried));
                if left == 0 {
                    return Ok(true);
                }
                let read = from.read(&mut buffer)?;
                if read == 0 {
                    return Ok(false);
                }
                let read = read.min(usize::try_from(left).unwrap_or(usize::MAX));
                for piece in pieces(&buffer[..read], fate.crumbs.saturating_sub(carried)) {
                    to.write_all(piece)?;
                    carried += piece.len() as u64;
                }
                self.count(way, read as u64);
            }
        })();
        if matches!(carrying, Ok(true)) {
            if let Some(ms) = fate.stall_ms {
                self.lock().passed.stalls += 1;
                self.linger(Instant::now() + Duration::from_millis(ms));
            }
            self.lock().passed.cuts += 1;
            self.changed.notify_all();
        }
        end(&from, &to);
        carrying.map(drop)
    }

    fn count(&self, way: Way, bytes: u64) {
        let mut state = self.lock();
        match way {
            Way::Up => state.passed.up += bytes,
            Way::Down => state.passed.down += bytes,
        }
        drop(state);
        self.changed.notify_all();
    }
}

/// The first `crumbs` bytes one by one, the others together.
fn pieces(bytes: &[u8], crumbs: u64) -> impl Iterator<Item = &[u8]> {
    let crumbs = bytes.len().min(usize::try_from(crumbs).unwrap_or(usize::MAX));
    let (single, rest) = bytes.split_at(crumbs);
    single.chunks(1).chain((!rest.is_empty()).then_some(rest))
}

/// Ends a connection; it fails when that has happened already.
fn end(client: &TcpStream, server: &TcpStream) {
    client.shutdown(Shutdown::Both).ok();
    server.shutdown(Shutdown::Both).ok();
}
