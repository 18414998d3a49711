//! The wire between a device and its server, which fails when and where it is told to. Bytes are counted from the
//! beginning of a request on, so a fault lies where it lies however often the test runs.

use std::{
    collections::VecDeque,
    io::{Read as _, Write as _},
    net::{Shutdown, SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};

/// What happens to the next request that begins with these words, its method and perhaps its path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// So many bytes of it pass, then the connection is cut.
    Cut { method: &'static str, after: usize },
    /// All of it passes, and the connection is cut before the answer does.
    AnswerLost { method: &'static str },
    /// One bit of its byte `at` changes on the way.
    Damaged { method: &'static str, at: usize },
}

impl Fault {
    fn method(self) -> &'static str {
        match self {
            Fault::Cut { method, .. } | Fault::AnswerLost { method } | Fault::Damaged { method, .. } => {
                method
            }
        }
    }
}

type Faults = Arc<Mutex<VecDeque<Fault>>>;

/// A wire, until it is dropped.
pub struct Wire {
    address: SocketAddr,
    faults: Faults,
    carried: Arc<AtomicUsize>,
    is_over: Arc<AtomicBool>,
}

impl Wire {
    /// A wire to the server at an address (`http://…`).
    pub fn to(server: &str) -> Self {
        let server: SocketAddr = server.strip_prefix("http://").unwrap().parse().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (faults, carried, is_over) =
            (Faults::default(), Arc::default(), Arc::new(AtomicBool::new(false)));
        let (told, counted, over) = (Arc::clone(&faults), Arc::clone(&carried), Arc::clone(&is_over));
        std::thread::spawn(move || {
            for device in listener.incoming() {
                if over.load(Ordering::SeqCst) {
                    return;
                }
                if let (Ok(device), Ok(server)) = (device, TcpStream::connect(server)) {
                    carry(device, server, &told, &counted);
                }
            }
        });
        Self { address, faults, carried, is_over }
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// From now on, these happen, each once, in this order.
    pub fn will(&self, faults: impl IntoIterator<Item = Fault>) {
        self.faults.lock().unwrap().extend(faults);
    }

    /// Bytes that have come, from both sides.
    pub fn carried(&self) -> usize {
        self.carried.load(Ordering::SeqCst)
    }

    /// What has not happened yet.
    pub fn to_come(&self) -> Vec<Fault> {
        self.faults.lock().unwrap().iter().copied().collect()
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::SeqCst);
        // Whoever listens is woken by one who calls.
        TcpStream::connect(self.address).ok();
    }
}

/// Carries one connection, in both directions.
fn carry(device: TcpStream, server: TcpStream, faults: &Faults, carried: &Arc<AtomicUsize>) {
    let answer_lost = Arc::new(AtomicBool::new(false));
    let (faults, lost) = (Arc::clone(faults), Arc::clone(&answer_lost));
    let (asked, answered) = (Arc::clone(carried), Arc::clone(carried));
    let (from_device, to_server) = (device.try_clone().unwrap(), server.try_clone().unwrap());
    std::thread::spawn(move || requests(from_device, to_server, &faults, &lost, &asked));
    std::thread::spawn(move || answers(server, device, &answer_lost, &answered));
}

fn requests(
    mut device: TcpStream,
    mut server: TcpStream,
    faults: &Faults,
    answer_lost: &AtomicBool,
    carried: &AtomicUsize,
) {
    let mut buffer = vec![0; 16 * 1024];
    // The fault of the request that is passing, and how many bytes from here on it lies.
    let mut ahead: Option<(Fault, usize)> = None;
    while let Ok(read @ 1..) = device.read(&mut buffer) {
        carried.fetch_add(read, Ordering::SeqCst);
        let mut bytes = &mut buffer[..read];
        if ahead.is_none() {
            let mut faults = faults.lock().unwrap();
            let begins = |fault: &Fault| {
                let line = fault.method().as_bytes();
                bytes.windows(line.len()).position(|window| window == line)
            };
            if let Some(begins) = faults.front().and_then(begins) {
                ahead = faults.pop_front().map(|fault| match fault {
                    Fault::Cut { after, .. } => (fault, begins + after),
                    Fault::Damaged { at, .. } => (fault, begins + at),
                    Fault::AnswerLost { .. } => (fault, 0),
                });
            }
        }
        match ahead {
            Some((Fault::AnswerLost { .. }, _)) => {
                answer_lost.store(true, Ordering::SeqCst);
                ahead = None;
            }
            Some((Fault::Cut { .. }, at)) if at < bytes.len() => {
                server.write_all(&bytes[..at]).ok();
                // What has passed does arrive; the device is not told why there is no more.
                server.shutdown(Shutdown::Write).ok();
                device.shutdown(Shutdown::Both).ok();
                return;
            }
            Some((Fault::Damaged { .. }, at)) if at < bytes.len() => {
                bytes[at] ^= 1;
                ahead = None;
            }
            Some((fault, at)) => ahead = Some((fault, at - bytes.len())),
            None => {}
        }
        bytes = &mut buffer[..read];
        if server.write_all(bytes).is_err() {
            break;
        }
    }
    server.shutdown(Shutdown::Write).ok();
}

fn answers(mut server: TcpStream, mut device: TcpStream, answer_lost: &AtomicBool, carried: &AtomicUsize) {
    let mut buffer = vec![0; 16 * 1024];
    while let Ok(read @ 1..) = server.read(&mut buffer) {
        carried.fetch_add(read, Ordering::SeqCst);
        if answer_lost.load(Ordering::SeqCst) || device.write_all(&buffer[..read]).is_err() {
            break;
        }
    }
    device.shutdown(Shutdown::Both).ok();
    server.shutdown(Shutdown::Both).ok();
}
