//! Measuring a chunk before Automerge sees a byte of it.
//!
//! Automerge's columns are run-length encoded, so a few bytes can claim millions of operations. Here the
//! chunk's header is parsed and its run lengths are summed, in checked arithmetic and without allocating.
//! The layout is Automerge's binary document format, version 1.

/// A chunk's kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ChunkKind {
    Document,
    Change,
}

/// One whole, undeflated chunk and the number of rows its columns claim.
#[derive(Debug, Clone, Copy)]
pub(super) struct Chunk<'b> {
    pub(super) kind: ChunkKind,
    pub(super) bytes: &'b [u8],
    pub(super) rows: u64,
}

const MAGIC: [u8; 4] = [0x85, 0x6f, 0x4a, 0x83];
const CHECKSUM_BYTES: usize = 4;
const COLUMN_DEFLATED: u64 = 0b1000;
const COLUMNS_MAX: usize = 64;

/// Splits the first chunk off; `None` when it is not a whole, undeflated, well-formed one.
pub(super) fn split_chunk(bytes: &[u8]) -> Option<(Chunk<'_>, &[u8])> {
    let mut reader = Reader(bytes);
    if reader.take(MAGIC.len())? != MAGIC {
        return None;
    }
    reader.take(CHECKSUM_BYTES)?;
    let kind = match reader.take(1)? {
        [0] => ChunkKind::Document,
        [1] => ChunkKind::Change,
        _ => return None,
    };
    let length = usize::try_from(reader.uleb()?).ok()?;
    let body = reader.take(length)?;
    let rows = match kind {
        ChunkKind::Document => document_rows(body)?,
        ChunkKind::Change => change_rows(body)?,
    };
    let whole = bytes.len() - reader.0.len();
    Some((Chunk { kind, bytes: &bytes[..whole], rows }, reader.0))
}

fn change_rows(body: &[u8]) -> Option<u64> {
    let mut reader = Reader(body);
    let dependencies = usize::try_from(reader.uleb()?).ok()?;
    reader.take(dependencies.checked_mul(32)?)?;
    reader.prefixed()?; // actor
    reader.uleb()?; // seq
    reader.uleb()?; // start op
    reader.sleb()?; // time
    reader.prefixed()?; // message
    reader.prefixed_list()?; // other actors
    let columns = reader.columns()?;
    reader.column_rows(columns)
}

fn document_rows(body: &[u8]) -> Option<u64> {
    let mut reader = Reader(body);
    reader.prefixed_list()?; // actors
    let heads = usize::try_from(reader.uleb()?).ok()?;
    reader.take(heads.checked_mul(32)?)?;
    let changes = reader.columns()?;
    let operations = reader.columns()?;
    let changes = reader.column_rows(changes)?;
    Some(changes.max(reader.column_rows(operations)?))
}

/// The specification and length of each column.
type Columns = ([(u64, u64); COLUMNS_MAX], usize);

struct Reader<'b>(&'b [u8]);

impl<'b> Reader<'b> {
    fn take(&mut self, length: usize) -> Option<&'b [u8]> {
        let (head, tail) = self.0.split_at_checked(length)?;
        self.0 = tail;
        Some(head)
    }

    fn uleb(&mut self) -> Option<u64> {
        let mut value = 0_u64;
        for shift in (0..64).step_by(7) {
            let byte = u64::from(*self.take(1)?.first()?);
            let bits = byte & 0x7f;
            if shift == 63 && bits > 1 {
                return None;
            }
            value |= bits << shift;
            if byte & 0x80 == 0 {
                return Some(value);
            }
        }
        None
    }

    fn sleb(&mut self) -> Option<i64> {
        let mut value = 0_i64;
        for shift in (0..64).step_by(7) {
            let byte = *self.take(1)?.first()?;
            value |= i64::from(byte & 0x7f).checked_shl(shift)?;
            if byte & 0x80 == 0 {
                let negative = byte & 0x40 != 0;
                return Some(if negative && shift + 7 < 64 { value | (-1 << (shift + 7)) } else { value });
            }
        }
        None
    }

    fn prefixed(&mut self) -> Option<&'b [u8]> {
        let length = usize::try_from(self.uleb()?).ok()?;
        self.take(length)
    }

    fn prefixed_list(&mut self) -> Option<()> {
        let count = self.uleb()?;
        if count > self.0.len() as u64 {
            return None;
        }
        for _ in 0..count {
            self.prefixed()?;
        }
        Some(())
    }

    fn columns(&mut self) -> Option<Columns> {
        let count = usize::try_from(self.uleb()?).ok().filter(|count| *count <= COLUMNS_MAX)?;
        let mut columns = [(0, 0); COLUMNS_MAX];
        for column in columns.iter_mut().take(count) {
            *column = (self.uleb()?, self.uleb()?);
        }
        Some((columns, count))
    }

    /// The largest number of rows any column claims.
    fn column_rows(&mut self, (columns, count): Columns) -> Option<u64> {
        let mut rows = 0;
        for &(specification, length) in &columns[..count] {
            if specification & COLUMN_DEFLATED != 0 {
                return None;
            }
            let data = Reader(self.take(usize::try_from(length).ok()?)?);
            rows = rows.max(match specification & 0b111 {
                0 | 1 | 2 | 6 => data.run_rows(|reader| reader.uleb().map(|_| ()))?,
                3 => data.run_rows(|reader| reader.sleb().map(|_| ()))?,
                4 => data.boolean_rows()?,
                5 => data.run_rows(|reader| reader.prefixed().map(|_| ()))?,
                _ => 0, // raw values: their lengths stand in a column of their own
            });
        }
        Some(rows)
    }

    /// Sums the runs of a run-length encoded column whose values `skip` passes over.
    fn run_rows(mut self, skip: impl Fn(&mut Self) -> Option<()>) -> Option<u64> {
        let mut rows = 0_u64;
        while !self.0.is_empty() {
            let run = self.sleb()?;
            rows = rows.checked_add(match run {
                0 => self.uleb()?,
                1.. => {
                    skip(&mut self)?;
                    run.unsigned_abs()
                }
                ..0 => {
                    let literals = run.unsigned_abs();
                    if literals > self.0.len() as u64 {
                        return None;
                    }
                    for _ in 0..literals {
                        skip(&mut self)?;
                    }
                    literals
                }
            })?;
        }
        Some(rows)
    }

    fn boolean_rows(mut self) -> Option<u64> {
        let mut rows = 0_u64;
        while !self.0.is_empty() {
            rows = rows.checked_add(self.uleb()?)?;
        }
        Some(rows)
    }
}
