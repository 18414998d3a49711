//! Disks that fail as disks do: what was not synced is lost or torn, in any order; there is no more room; the power goes
//! between any two writes. Everything is decided by the caller's randomness.

use std::{
    cell::{RefCell, RefMut, UnsafeCell},
    collections::BTreeMap,
    ffi::c_void,
};

/// What a disk writes as a whole or not at all, in bytes.
const SECTOR: usize = 512;

thread_local! {
    /// The disks of the run that this thread is at, by path. SQLite has one file system a process and calls it on the
    /// thread that asked, and everything in a run happens on one thread: so several runs go on side by side.
    static DISKS: &'static RefCell<Disks> = Box::leak(Box::default());
}

/// The files of all machines.
#[derive(Default)]
pub(crate) struct Disks {
    files: BTreeMap<String, File>,
    machines: BTreeMap<String, Machine>,
    handles: u64,
    /// What files that are gone shared in memory.
    left: Vec<Shared>,
}

/// A region of a write-ahead log's index. SQLite keeps pointers into it, so it stays where it is until the run ends.
pub(crate) struct Shared(Box<[UnsafeCell<u64>]>);

impl Shared {
    pub(crate) fn new(bytes: usize) -> Self {
        Self((0..bytes.div_ceil(8)).map(|_| UnsafeCell::new(0)).collect())
    }

    /// Where it is.
    pub(crate) fn place(&self) -> *mut c_void {
        self.0.as_ptr().cast_mut().cast()
    }
}

/// A machine, by the folder all of its files are in.
struct Machine {
    /// Writes and syncs until the power goes.
    until_cut: Option<u64>,
    is_cut: bool,
    /// Bytes there is room for.
    room: Option<usize>,
}

/// A file: what programs see, and what is on the platter.
#[derive(Default)]
pub(crate) struct File {
    seen: Vec<u8>,
    durable: Vec<u8>,
    pending: Vec<Pending>,
    /// Who holds which lock, by handle.
    pub(crate) locks: BTreeMap<u64, i32>,
    /// The write-ahead log's index, which connections share in memory.
    pub(crate) shared: Vec<Shared>,
    pub(crate) shared_locks: BTreeMap<u64, [SlotLock; 8]>,
}

/// A lock on a slot of the shared index.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SlotLock {
    #[default]
    None,
    Shared,
    Exclusive,
}

enum Pending {
    Write { offset: usize, bytes: Vec<u8> },
    Truncate(usize),
}

/// Why a disk did not do something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DiskError {
    /// The power is gone.
    Cut,
    /// There is no more room.
    Full,
}

/// The disks.
pub(crate) fn disks() -> RefMut<'static, Disks> {
    DISKS.with(|disks| disks.borrow_mut())
}

/// Forgets every file and machine: another run begins, and nothing of the last one is open.
pub fn wipe() {
    *disks() = Disks::default();
}

/// The power of a machine goes after so many writes and syncs from now.
pub fn cut_after(machine: &str, operations: u64) {
    let mut disks = disks();
    disks.machine(machine).until_cut = Some(operations);
}

/// Whether the power of a machine is gone.
pub fn is_cut(machine: &str) -> bool {
    disks().machine(machine).is_cut
}

/// Whether the power of a machine is about to go.
pub fn is_near_its_end(machine: &str) -> bool {
    disks().machine(machine).until_cut.is_some()
}

/// How much room a machine's disk has, in bytes; none for as much as it likes.
pub fn room(machine: &str, bytes: Option<usize>) {
    disks().machine(machine).room = bytes;
}

/// How much of it is used, in bytes.
pub fn used(machine: &str) -> usize {
    disks().used(machine)
}

/// The power comes back: of what was not synced, some is there, some is not, some is torn.
pub fn restart(machine: &str, rng: &mut fastrand::Rng) {
    let mut disks = disks();
    let Disks { files, left, .. } = &mut *disks;
    for (_, file) in files.iter_mut().filter(|(path, _)| path.starts_with(machine)) {
        file.crash(rng);
        left.append(&mut file.shared);
    }
    let machine = disks.machine(machine);
    (machine.until_cut, machine.is_cut) = (None, false);
}

/// Copies the files of a machine as they stand to another one, as a backup or a clone would; says whether there were any.
pub fn copy(from: &str, to: &str) -> bool {
    let mut disks = disks();
    let copies: Vec<(String, Vec<u8>)> = disks
        .files
        .iter()
        .filter_map(|(path, file)| Some((format!("{to}{}", path.strip_prefix(from)?), file.seen.clone())))
        .collect();
    if copies.is_empty() {
        return false;
    }
    let Disks { files, left, .. } = &mut *disks;
    for (_, gone) in files.extract_if(.., |path, _| path.starts_with(to)) {
        left.extend(gone.shared);
    }
    for (path, bytes) in copies {
        let file = File { seen: bytes.clone(), durable: bytes, ..File::default() };
        files.insert(path, file);
    }
    true
}

impl Disks {
    fn machine(&mut self, name: &str) -> &mut Machine {
        self.machines.entry(name.to_owned()).or_insert(Machine { until_cut: None, is_cut: false, room: None })
    }

    fn machine_of(&mut self, path: &str) -> Option<&mut Machine> {
        self.machines.iter_mut().find(|(name, _)| path.starts_with(name.as_str())).map(|(_, machine)| machine)
    }

    fn used(&self, machine: &str) -> usize {
        let of = self.files.iter().filter(|(path, _)| path.starts_with(machine));
        of.map(|(_, file)| file.seen.len()).sum()
    }

    /// Counts something that reaches for the platter.
    fn reach(&mut self, path: &str) -> Result<(), DiskError> {
        let Some(machine) = self.machine_of(path) else { return Ok(()) };
        if let Some(left) = &mut machine.until_cut {
            match left.checked_sub(1) {
                Some(fewer) => *left = fewer,
                None => machine.is_cut = true,
            }
        }
        if machine.is_cut { Err(DiskError::Cut) } else { Ok(()) }
    }

    fn room_for(&mut self, path: &str, more: usize) -> Result<(), DiskError> {
        let found = self.machines.iter().find(|(name, _)| path.starts_with(name.as_str()));
        let Some((name, Some(room))) = found.map(|(name, machine)| (name.clone(), machine.room)) else {
            return Ok(());
        };
        if self.used(&name) + more > room { Err(DiskError::Full) } else { Ok(()) }
    }

    /// A number no handle of the run has had.
    pub(crate) fn next_handle(&mut self) -> u64 {
        self.handles += 1;
        self.handles
    }

    /// Nobody shares a file's index any more.
    pub(crate) fn unshare(&mut self, path: &str) {
        let shared = std::mem::take(&mut self.file(path).shared);
        self.left.extend(shared);
    }

    pub(crate) fn is_there(&self, path: &str) -> bool {
        self.files.contains_key(path)
    }

    pub(crate) fn file(&mut self, path: &str) -> &mut File {
        self.files.entry(path.to_owned()).or_default()
    }

    pub(crate) fn remove(&mut self, path: &str) -> Result<(), DiskError> {
        self.reach(path)?;
        if let Some(file) = self.files.remove(path) {
            self.left.extend(file.shared);
        }
        Ok(())
    }

    /// Reads; says how many bytes there were. The rest is zeros.
    pub(crate) fn read(&mut self, path: &str, offset: usize, into: &mut [u8]) -> Result<usize, DiskError> {
        if self.machine_of(path).is_some_and(|machine| machine.is_cut) {
            return Err(DiskError::Cut);
        }
        let seen = &self.file(path).seen;
        let there = seen.len().saturating_sub(offset).min(into.len());
        if there > 0 {
            into[..there].copy_from_slice(&seen[offset..offset + there]);
        }
        into[there..].fill(0);
        Ok(there)
    }

    pub(crate) fn write(&mut self, path: &str, offset: usize, bytes: &[u8]) -> Result<(), DiskError> {
        self.reach(path)?;
        let more = (offset + bytes.len()).saturating_sub(self.file(path).seen.len());
        if more > 0 {
            self.room_for(path, more)?;
        }
        let file = self.file(path);
        put(&mut file.seen, offset, bytes);
        file.pending.push(Pending::Write { offset, bytes: bytes.to_vec() });
        Ok(())
    }

    pub(crate) fn truncate(&mut self, path: &str, length: usize) -> Result<(), DiskError> {
        self.reach(path)?;
        let file = self.file(path);
        file.seen.resize(length, 0);
        file.pending.push(Pending::Truncate(length));
        Ok(())
    }

    pub(crate) fn sync(&mut self, path: &str) -> Result<(), DiskError> {
        self.reach(path)?;
        let file = self.file(path);
        for pending in std::mem::take(&mut file.pending) {
            match pending {
                Pending::Write { offset, bytes } => put(&mut file.durable, offset, &bytes),
                Pending::Truncate(length) => file.durable.resize(length, 0),
            }
        }
        Ok(())
    }

    pub(crate) fn length(&mut self, path: &str) -> usize {
        self.file(path).seen.len()
    }
}

impl File {
    /// Of what was not synced, every sector of every write got there or did not.
    fn crash(&mut self, rng: &mut fastrand::Rng) {
        // Sometimes nothing of it, sometimes all, mostly some.
        let kept = [0.0, 0.5, 0.9, 1.0][rng.usize(..4)];
        for pending in std::mem::take(&mut self.pending) {
            match pending {
                Pending::Write { offset, bytes } => {
                    for (index, sector) in bytes.chunks(SECTOR).enumerate() {
                        if rng.f64() < kept {
                            put(&mut self.durable, offset + index * SECTOR, sector);
                        }
                    }
                }
                Pending::Truncate(length) if rng.f64() < kept => self.durable.resize(length, 0),
                Pending::Truncate(_) => {}
            }
        }
        self.seen.clone_from(&self.durable);
        self.locks.clear();
        self.shared_locks.clear();
    }
}

fn put(into: &mut Vec<u8>, offset: usize, bytes: &[u8]) {
    if into.len() < offset + bytes.len() {
        into.resize(offset + bytes.len(), 0);
    }
    into[offset..offset + bytes.len()].copy_from_slice(bytes);
}
