//! The door between SQLite and the simulated disks: a file system that SQLite takes for its own. The only unsafe room.
#![allow(unsafe_code)]

use std::{
    ffi::{CStr, c_char, c_int, c_void},
    mem::size_of,
    sync::{Once, atomic::Ordering},
};

use rusqlite::ffi;

use crate::disk::{DiskError, Shared, SlotLock, disks};

/// Longest path, in bytes.
const PATH_BYTES_MAX: c_int = 1024;
/// A julian day in milliseconds: what time it is says nothing to SQLite here.
const JULIAN_MS: i64 = 212_000_000_000_000;

static REGISTERED: Once = Once::new();
/// What SQLite's own randomness begins with. It is the process's and not a run's, and decides nothing that a run shows:
/// the salts of write-ahead logs.
const RANDOM_SEED: u64 = 1;

/// An open file, as SQLite allocates it.
#[repr(C)]
struct Handle {
    base: ffi::sqlite3_file,
    opened: *mut Opened,
}

struct Opened {
    number: u64,
    path: String,
    is_temporary: bool,
}

/// Makes the simulated disks SQLite's only ones, for this process.
pub fn register() {
    REGISTERED.call_once(|| {
        let vfs = Box::new(ffi::sqlite3_vfs {
            iVersion: 2,
            szOsFile: c_int::try_from(size_of::<Handle>()).unwrap_or(c_int::MAX),
            mxPathname: PATH_BYTES_MAX,
            pNext: std::ptr::null_mut(),
            zName: c"rounds-simulation".as_ptr(),
            pAppData: std::ptr::null_mut(),
            xOpen: Some(open),
            xDelete: Some(delete),
            xAccess: Some(access),
            xFullPathname: Some(full_pathname),
            xDlOpen: None,
            xDlError: None,
            xDlSym: None,
            xDlClose: None,
            xRandomness: Some(randomness),
            xSleep: Some(pause),
            xCurrentTime: Some(current_time),
            xGetLastError: Some(last_error),
            xCurrentTimeInt64: Some(current_time_int64),
            xSetSystemCall: None,
            xGetSystemCall: None,
            xNextSystemCall: None,
        });
        // SAFETY: SQLite keeps the pointer for the life of the process, and so is it leaked.
        let code = unsafe { ffi::sqlite3_vfs_register(Box::leak(vfs), 1) };
        assert_eq!(code, ffi::SQLITE_OK, "SQLite takes the file system");
    });
}

static METHODS: ffi::sqlite3_io_methods = ffi::sqlite3_io_methods {
    iVersion: 2,
    xClose: Some(close),
    xRead: Some(read),
    xWrite: Some(write),
    xTruncate: Some(truncate),
    xSync: Some(sync),
    xFileSize: Some(file_size),
    xLock: Some(lock),
    xUnlock: Some(unlock),
    xCheckReservedLock: Some(check_reserved_lock),
    xFileControl: Some(file_control),
    xSectorSize: Some(sector_size),
    xDeviceCharacteristics: Some(device_characteristics),
    xShmMap: Some(shm_map),
    xShmLock: Some(shm_lock),
    xShmBarrier: Some(shm_barrier),
    xShmUnmap: Some(shm_unmap),
    xFetch: None,
    xUnfetch: None,
};

fn code(error: DiskError, cut: c_int) -> c_int {
    match error {
        DiskError::Cut => cut,
        DiskError::Full => ffi::SQLITE_FULL,
    }
}

/// # Safety
/// `name` is a C string of SQLite's.
unsafe fn text(name: *const c_char) -> String {
    // SAFETY: as the caller says.
    unsafe { CStr::from_ptr(name) }.to_string_lossy().into_owned()
}

/// # Safety
/// `file` was opened by [`open`] and not closed yet.
unsafe fn opened<'f>(file: *mut ffi::sqlite3_file) -> &'f Opened {
    // SAFETY: as the caller says.
    unsafe { &*(*file.cast::<Handle>()).opened }
}

unsafe extern "C" fn open(
    _: *mut ffi::sqlite3_vfs,
    name: *const c_char,
    file: *mut ffi::sqlite3_file,
    flags: c_int,
    out_flags: *mut c_int,
) -> c_int {
    let number = disks().next_handle();
    let is_temporary = name.is_null() || flags & ffi::SQLITE_OPEN_DELETEONCLOSE != 0;
    // SAFETY: SQLite gives a C string, or none for a file of its own.
    let path = if name.is_null() { format!("temporary-{number}") } else { unsafe { text(name) } };
    let handle = file.cast::<Handle>();
    // SAFETY: SQLite allocated szOsFile bytes; no methods mean that nothing is to be closed.
    unsafe { (*handle).base.pMethods = std::ptr::null() };
    let mut disks = disks();
    if !disks.is_there(&path) {
        if flags & ffi::SQLITE_OPEN_CREATE == 0 {
            return ffi::SQLITE_CANTOPEN;
        }
        disks.file(&path);
    }
    // SAFETY: as above; the box is taken back by [`close`].
    unsafe {
        (*handle).opened = Box::into_raw(Box::new(Opened { number, path, is_temporary }));
        (*handle).base.pMethods = &raw const METHODS;
        if !out_flags.is_null() {
            *out_flags = flags;
        }
    }
    ffi::SQLITE_OK
}

unsafe extern "C" fn close(file: *mut ffi::sqlite3_file) -> c_int {
    // SAFETY: SQLite closes what it opened, once.
    let opened = unsafe { Box::from_raw((*file.cast::<Handle>()).opened) };
    let mut disks = disks();
    if disks.is_there(&opened.path) {
        let held = disks.file(&opened.path);
        held.locks.remove(&opened.number);
        held.shared_locks.remove(&opened.number);
    }
    if opened.is_temporary {
        disks.remove(&opened.path).ok();
    }
    ffi::SQLITE_OK
}

unsafe extern "C" fn read(
    file: *mut ffi::sqlite3_file,
    into: *mut c_void,
    amount: c_int,
    offset: i64,
) -> c_int {
    let (amount, offset) = (usize::try_from(amount).unwrap_or(0), usize::try_from(offset).unwrap_or(0));
    // SAFETY: the buffer is SQLite's, of that length.
    let (opened, into) = unsafe { (opened(file), std::slice::from_raw_parts_mut(into.cast::<u8>(), amount)) };
    match disks().read(&opened.path, offset, into) {
        Ok(there) if there == amount => ffi::SQLITE_OK,
        Ok(_) => ffi::SQLITE_IOERR_SHORT_READ,
        Err(error) => code(error, ffi::SQLITE_IOERR_READ),
    }
}

unsafe extern "C" fn write(
    file: *mut ffi::sqlite3_file,
    from: *const c_void,
    amount: c_int,
    offset: i64,
) -> c_int {
    let (amount, offset) = (usize::try_from(amount).unwrap_or(0), usize::try_from(offset).unwrap_or(0));
    // SAFETY: the buffer is SQLite's, of that length.
    let (opened, from) = unsafe { (opened(file), std::slice::from_raw_parts(from.cast::<u8>(), amount)) };
    match disks().write(&opened.path, offset, from) {
        Ok(()) => ffi::SQLITE_OK,
        Err(error) => code(error, ffi::SQLITE_IOERR_WRITE),
    }
}

unsafe extern "C" fn truncate(file: *mut ffi::sqlite3_file, length: i64) -> c_int {
    // SAFETY: an open file.
    let opened = unsafe { opened(file) };
    match disks().truncate(&opened.path, usize::try_from(length).unwrap_or(0)) {
        Ok(()) => ffi::SQLITE_OK,
        Err(error) => code(error, ffi::SQLITE_IOERR_TRUNCATE),
    }
}

unsafe extern "C" fn sync(file: *mut ffi::sqlite3_file, _: c_int) -> c_int {
    // SAFETY: an open file.
    let opened = unsafe { opened(file) };
    match disks().sync(&opened.path) {
        Ok(()) => ffi::SQLITE_OK,
        Err(error) => code(error, ffi::SQLITE_IOERR_FSYNC),
    }
}

unsafe extern "C" fn file_size(file: *mut ffi::sqlite3_file, length: *mut i64) -> c_int {
    // SAFETY: an open file, and a place for the answer.
    unsafe { *length = i64::try_from(disks().length(&opened(file).path)).unwrap_or(i64::MAX) };
    ffi::SQLITE_OK
}

unsafe extern "C" fn lock(file: *mut ffi::sqlite3_file, level: c_int) -> c_int {
    // SAFETY: an open file.
    let opened = unsafe { opened(file) };
    let mut disks = disks();
    let locks = &mut disks.file(&opened.path).locks;
    let highest = locks.iter().filter(|(number, _)| **number != opened.number).map(|(_, level)| *level).max();
    let highest = highest.unwrap_or(ffi::SQLITE_LOCK_NONE);
    let is_free = match level {
        ffi::SQLITE_LOCK_SHARED => highest < ffi::SQLITE_LOCK_PENDING,
        ffi::SQLITE_LOCK_RESERVED => highest < ffi::SQLITE_LOCK_RESERVED,
        _ => highest < ffi::SQLITE_LOCK_SHARED,
    };
    if !is_free {
        return ffi::SQLITE_BUSY;
    }
    let own = locks.entry(opened.number).or_insert(level);
    *own = level.max(*own);
    ffi::SQLITE_OK
}

unsafe extern "C" fn unlock(file: *mut ffi::sqlite3_file, level: c_int) -> c_int {
    // SAFETY: an open file.
    let opened = unsafe { opened(file) };
    let mut disks = disks();
    let locks = &mut disks.file(&opened.path).locks;
    if level == ffi::SQLITE_LOCK_NONE {
        locks.remove(&opened.number);
    } else {
        locks.insert(opened.number, level);
    }
    ffi::SQLITE_OK
}

unsafe extern "C" fn check_reserved_lock(file: *mut ffi::sqlite3_file, answer: *mut c_int) -> c_int {
    // SAFETY: an open file.
    let opened = unsafe { opened(file) };
    let is_reserved =
        disks().file(&opened.path).locks.values().any(|level| *level >= ffi::SQLITE_LOCK_RESERVED);
    // SAFETY: a place for the answer.
    unsafe { *answer = c_int::from(is_reserved) };
    ffi::SQLITE_OK
}

unsafe extern "C" fn file_control(_: *mut ffi::sqlite3_file, _: c_int, _: *mut c_void) -> c_int {
    ffi::SQLITE_NOTFOUND
}

unsafe extern "C" fn sector_size(_: *mut ffi::sqlite3_file) -> c_int {
    512
}

unsafe extern "C" fn device_characteristics(_: *mut ffi::sqlite3_file) -> c_int {
    0
}

unsafe extern "C" fn shm_map(
    file: *mut ffi::sqlite3_file,
    region: c_int,
    size: c_int,
    extend: c_int,
    place: *mut *mut c_void,
) -> c_int {
    // SAFETY: an open file.
    let opened = unsafe { opened(file) };
    let (region, size) = (usize::try_from(region).unwrap_or(0), usize::try_from(size).unwrap_or(0));
    let mut disks = disks();
    let shared = &mut disks.file(&opened.path).shared;
    while extend != 0 && shared.len() <= region {
        shared.push(Shared::new(size));
    }
    let found = shared.get(region).map_or(std::ptr::null_mut(), Shared::place);
    // SAFETY: a place for the answer; what it points to stays until the run ends, and nobody but SQLite looks at it.
    unsafe { *place = found };
    ffi::SQLITE_OK
}

unsafe extern "C" fn shm_lock(
    file: *mut ffi::sqlite3_file,
    offset: c_int,
    count: c_int,
    flags: c_int,
) -> c_int {
    // SAFETY: an open file.
    let opened = unsafe { opened(file) };
    let mut disks = disks();
    let locks = &mut disks.file(&opened.path).shared_locks;
    let slots = usize::try_from(offset).unwrap_or(0)..usize::try_from(offset + count).unwrap_or(0);
    let wanted = match flags {
        flags if flags & ffi::SQLITE_SHM_UNLOCK != 0 => SlotLock::None,
        flags if flags & ffi::SQLITE_SHM_SHARED != 0 => SlotLock::Shared,
        _ => SlotLock::Exclusive,
    };
    let others = locks.iter().filter(|(number, _)| **number != opened.number);
    let is_free = others.flat_map(|(_, held)| &held[slots.clone()]).all(|held| match wanted {
        SlotLock::None => true,
        SlotLock::Shared => *held != SlotLock::Exclusive,
        SlotLock::Exclusive => *held == SlotLock::None,
    });
    if !is_free {
        return ffi::SQLITE_BUSY;
    }
    locks.entry(opened.number).or_default()[slots].fill(wanted);
    ffi::SQLITE_OK
}

unsafe extern "C" fn shm_barrier(_: *mut ffi::sqlite3_file) {
    std::sync::atomic::fence(Ordering::SeqCst);
}

unsafe extern "C" fn shm_unmap(file: *mut ffi::sqlite3_file, delete: c_int) -> c_int {
    // SAFETY: an open file.
    let opened = unsafe { opened(file) };
    let mut disks = disks();
    disks.file(&opened.path).shared_locks.remove(&opened.number);
    if delete != 0 {
        disks.unshare(&opened.path);
    }
    ffi::SQLITE_OK
}

unsafe extern "C" fn delete(_: *mut ffi::sqlite3_vfs, name: *const c_char, _: c_int) -> c_int {
    // SAFETY: a C string of SQLite's.
    let path = unsafe { text(name) };
    let mut disks = disks();
    if !disks.is_there(&path) {
        return ffi::SQLITE_IOERR_DELETE_NOENT;
    }
    match disks.remove(&path) {
        Ok(()) => ffi::SQLITE_OK,
        Err(error) => code(error, ffi::SQLITE_IOERR_DELETE),
    }
}

unsafe extern "C" fn access(
    _: *mut ffi::sqlite3_vfs,
    name: *const c_char,
    _: c_int,
    answer: *mut c_int,
) -> c_int {
    // SAFETY: a C string of SQLite's, and a place for the answer.
    unsafe { *answer = c_int::from(disks().is_there(&text(name))) };
    ffi::SQLITE_OK
}

unsafe extern "C" fn full_pathname(
    _: *mut ffi::sqlite3_vfs,
    name: *const c_char,
    length: c_int,
    into: *mut c_char,
) -> c_int {
    // SAFETY: a C string of SQLite's, and a buffer of that length.
    unsafe {
        let bytes = CStr::from_ptr(name).to_bytes_with_nul();
        if bytes.len() > usize::try_from(length).unwrap_or(0) {
            return ffi::SQLITE_CANTOPEN;
        }
        std::ptr::copy_nonoverlapping(bytes.as_ptr().cast(), into, bytes.len());
    }
    ffi::SQLITE_OK
}

unsafe extern "C" fn randomness(_: *mut ffi::sqlite3_vfs, amount: c_int, into: *mut c_char) -> c_int {
    let mut rng = fastrand::Rng::with_seed(RANDOM_SEED);
    // SAFETY: a buffer of that length.
    let into =
        unsafe { std::slice::from_raw_parts_mut(into.cast::<u8>(), usize::try_from(amount).unwrap_or(0)) };
    rng.fill(into);
    amount
}

unsafe extern "C" fn pause(_: *mut ffi::sqlite3_vfs, microseconds: c_int) -> c_int {
    microseconds
}

unsafe extern "C" fn current_time(_: *mut ffi::sqlite3_vfs, days: *mut f64) -> c_int {
    // SAFETY: a place for the answer.
    unsafe { *days = 2_453_703.0 };
    ffi::SQLITE_OK
}

unsafe extern "C" fn current_time_int64(_: *mut ffi::sqlite3_vfs, milliseconds: *mut i64) -> c_int {
    // SAFETY: a place for the answer.
    unsafe { *milliseconds = JULIAN_MS };
    ffi::SQLITE_OK
}

unsafe extern "C" fn last_error(_: *mut ffi::sqlite3_vfs, _: c_int, _: *mut c_char) -> c_int {
    0
}
