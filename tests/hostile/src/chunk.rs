//! Automerge's binary format, written by hand: what no library would write is what a hostile device sends.

use sha2::{Digest as _, Sha256};

/// A column: its specification (id and type) and its bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// `id << 4 | deflated << 3 | type`.
    pub spec: u64,
    /// Its bytes.
    pub data: Vec<u8>,
}

/// A chunk's type in its header.
pub const DOCUMENT: u8 = 0;
/// The type of a change.
pub const CHANGE: u8 = 1;

/// A change chunk, field by field. Nothing is checked: that is what it is for.
#[derive(Debug, Clone, Default)]
pub struct ChangeChunk {
    /// The hashes it depends on.
    pub deps: Vec<[u8; 32]>,
    /// Its actor.
    pub actor: Vec<u8>,
    /// Its number among its actor's changes.
    pub seq: u64,
    /// The counter of its first operation.
    pub start_op: u64,
    /// Seconds since 1970.
    pub time: i64,
    /// A message.
    pub message: Vec<u8>,
    /// Other actors that its operations name.
    pub others: Vec<Vec<u8>>,
    /// Its operations.
    pub columns: Vec<Column>,
    /// What stands behind them: the author, in an actor's first change.
    pub extra: Vec<u8>,
}

/// A document chunk, field by field.
#[derive(Debug, Clone, Default)]
pub struct DocumentChunk {
    /// Its actors.
    pub actors: Vec<Vec<u8>>,
    /// Its heads.
    pub heads: Vec<[u8; 32]>,
    /// Its changes.
    pub changes: Vec<Column>,
    /// Its operations.
    pub operations: Vec<Column>,
    /// What stands behind: the indexes of the heads.
    pub suffix: Vec<u8>,
}

impl ChangeChunk {
    /// What stands between its header and its end.
    pub fn body(&self) -> Vec<u8> {
        let mut body = Vec::new();
        uleb(&mut body, self.deps.len() as u64);
        self.deps.iter().for_each(|hash| body.extend(hash));
        prefixed(&mut body, &self.actor);
        uleb(&mut body, self.seq);
        uleb(&mut body, self.start_op);
        sleb(&mut body, self.time);
        prefixed(&mut body, &self.message);
        uleb(&mut body, self.others.len() as u64);
        self.others.iter().for_each(|actor| prefixed(&mut body, actor));
        headers(&mut body, &self.columns);
        self.columns.iter().for_each(|column| body.extend(&column.data));
        body.extend(&self.extra);
        body
    }

    /// The whole chunk.
    pub fn bytes(&self) -> Vec<u8> {
        framed(CHANGE, &self.body())
    }

    /// The hash other changes depend on.
    pub fn hash(&self) -> [u8; 32] {
        hash(CHANGE, &self.body())
    }
}

impl DocumentChunk {
    /// The whole chunk.
    pub fn bytes(&self) -> Vec<u8> {
        let mut body = Vec::new();
        uleb(&mut body, self.actors.len() as u64);
        self.actors.iter().for_each(|actor| prefixed(&mut body, actor));
        uleb(&mut body, self.heads.len() as u64);
        self.heads.iter().for_each(|hash| body.extend(hash));
        headers(&mut body, &self.changes);
        headers(&mut body, &self.operations);
        self.changes.iter().chain(&self.operations).for_each(|column| body.extend(&column.data));
        body.extend(&self.suffix);
        framed(DOCUMENT, &body)
    }
}

impl DocumentChunk {
    /// Takes an honest document apart, to be spoiled.
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        let mut rest = bytes.get(9..)?;
        uleb_of(&mut rest)?;
        let actors = uleb_of(&mut rest)?;
        let actors = (0..actors).map(|_| prefixed_of(&mut rest)).collect::<Option<_>>()?;
        let heads = uleb_of(&mut rest)?;
        let heads = (0..heads).map(|_| taken(&mut rest, 32)?.try_into().ok()).collect::<Option<_>>()?;
        let of_changes = headers_of(&mut rest)?;
        let of_operations = headers_of(&mut rest)?;
        let changes = columns_of(&mut rest, of_changes)?;
        let operations = columns_of(&mut rest, of_operations)?;
        Some(Self { actors, heads, changes, operations, suffix: rest.to_vec() })
    }
}

fn taken<'b>(rest: &mut &'b [u8], length: usize) -> Option<&'b [u8]> {
    let (head, tail) = rest.split_at_checked(length)?;
    *rest = tail;
    Some(head)
}

/// Reads an unsigned LEB128 number off.
pub fn uleb_of(rest: &mut &[u8]) -> Option<u64> {
    let mut value = 0;
    for shift in (0..63).step_by(7) {
        let byte = taken(rest, 1)?[0];
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

fn prefixed_of(rest: &mut &[u8]) -> Option<Vec<u8>> {
    let length = usize::try_from(uleb_of(rest)?).ok()?;
    taken(rest, length).map(<[u8]>::to_vec)
}

fn headers_of(rest: &mut &[u8]) -> Option<Vec<(u64, u64)>> {
    let count = uleb_of(rest)?;
    (0..count).map(|_| Some((uleb_of(rest)?, uleb_of(rest)?))).collect()
}

fn columns_of(rest: &mut &[u8], headers: Vec<(u64, u64)>) -> Option<Vec<Column>> {
    let column =
        |(spec, length)| Some(Column { spec, data: taken(rest, usize::try_from(length).ok()?)?.to_vec() });
    headers.into_iter().map(column).collect()
}

/// Puts a column in its place, instead of what stands there; an empty one is left out.
pub fn set(columns: &mut Vec<Column>, spec: u64, data: Vec<u8>) {
    columns.retain(|column| column.spec != spec);
    if !data.is_empty() {
        columns.push(Column { spec, data });
        columns.sort_by_key(|column| column.spec);
    }
}

fn headers(body: &mut Vec<u8>, columns: &[Column]) {
    uleb(body, columns.len() as u64);
    for column in columns {
        uleb(body, column.spec);
        uleb(body, column.data.len() as u64);
    }
}

/// A chunk with a right header: what is wrong with it is wrong inside.
pub fn framed(kind: u8, body: &[u8]) -> Vec<u8> {
    let mut chunk = vec![0x85, 0x6f, 0x4a, 0x83];
    chunk.extend(&hash(kind, body)[..4]);
    chunk.push(kind);
    prefixed(&mut chunk, body);
    chunk
}

fn hash(kind: u8, body: &[u8]) -> [u8; 32] {
    let mut hashed = vec![kind];
    prefixed(&mut hashed, body);
    Sha256::digest(&hashed).into()
}

/// Appends an unsigned LEB128 number.
pub fn uleb(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    out.push((value & 0x7f) as u8);
}

/// Appends a signed LEB128 number.
pub fn sleb(out: &mut Vec<u8>, mut value: i64) {
    loop {
        let byte = value.to_le_bytes()[0] & 0x7f;
        value >>= 7;
        if (value == 0 && byte & 0x40 == 0) || (value == -1 && byte & 0x40 != 0) {
            out.push(byte);
            return;
        }
        out.push(byte | 0x80);
    }
}

/// Appends bytes behind their length.
pub fn prefixed(out: &mut Vec<u8>, bytes: &[u8]) {
    uleb(out, bytes.len() as u64);
    out.extend(bytes);
}

/// One value, encoded.
pub fn unsigned(value: u64) -> Vec<u8> {
    let mut out = Vec::new();
    uleb(&mut out, value);
    out
}

/// One signed value, encoded.
pub fn signed(value: i64) -> Vec<u8> {
    let mut out = Vec::new();
    sleb(&mut out, value);
    out
}

/// One text, encoded.
pub fn text(value: &str) -> Vec<u8> {
    let mut out = Vec::new();
    prefixed(&mut out, value.as_bytes());
    out
}

/// A run: a value that claims to stand there `count` times.
pub fn run(count: i64, value: &[u8]) -> Vec<u8> {
    let mut out = signed(count);
    out.extend(value);
    out
}

/// A run of `count` nulls.
pub fn nulls(count: u64) -> Vec<u8> {
    let mut out = signed(0);
    uleb(&mut out, count);
    out
}

/// Run-length encodes values exactly as Automerge does: other bytes of the same values have another hash.
pub fn packed(values: &[Option<Vec<u8>>]) -> Vec<u8> {
    let mut out = Vec::new();
    let (mut at, mut literals) = (0, Vec::new());
    let flush = |out: &mut Vec<u8>, literals: &mut Vec<&Vec<u8>>| {
        if !literals.is_empty() {
            sleb(out, -i64::try_from(literals.len()).expect("columns are short"));
            literals.drain(..).for_each(|literal| out.extend(literal));
        }
    };
    if values.iter().all(Option::is_none) {
        return out;
    }
    while at < values.len() {
        let length = values[at..].iter().take_while(|value| **value == values[at]).count();
        match &values[at] {
            Some(value) if length == 1 => literals.push(value),
            Some(value) => {
                flush(&mut out, &mut literals);
                out.extend(run(i64::try_from(length).expect("columns are short"), value));
            }
            None => {
                flush(&mut out, &mut literals);
                out.extend(nulls(length as u64));
            }
        }
        at += length;
    }
    flush(&mut out, &mut literals);
    out
}

/// Differences, encoded as Automerge does.
pub fn deltas(values: &[Option<i64>]) -> Vec<u8> {
    let mut last = 0_i64;
    let differences: Vec<_> = values
        .iter()
        .map(|value| {
            value.map(|value| {
                let difference = value.saturating_sub(last);
                last = value;
                signed(difference)
            })
        })
        .collect();
    packed(&differences)
}

/// Booleans: the lengths of alternating runs, the first of `false`.
pub fn booleans(values: &[bool]) -> Vec<u8> {
    let (mut out, mut last, mut count) = (Vec::new(), false, 0);
    for value in values {
        if *value == last {
            count += 1;
        } else {
            uleb(&mut out, count);
            (last, count) = (*value, 1);
        }
    }
    if count > 0 {
        uleb(&mut out, count);
    }
    out
}
