//! Columns: walked value by value, whatever they claim.

/// Largest key of a map, in bytes: an item's code, a field's name, or a device's id and random digits.
const KEY_BYTES_MAX: usize = 128;
const COLUMNS_MAX: usize = 14;
const COUNTER_MAX: u64 = u32::MAX as u64;

/// The rest of the bytes.
pub(super) struct Reader<'b>(pub(super) &'b [u8]);

/// The specification and length of each column.
pub(super) type Columns = ([(u64, u64); COLUMNS_MAX], usize);

/// What a table of columns claims.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Table {
    /// Its rows.
    pub(super) rows: u64,
    /// What its rows have in lists of their own, together.
    pub(super) grouped: u64,
}

/// What a column holds, by the last three bits of its specification.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Holds {
    /// How many values of the columns behind it belong to a row.
    Counts,
    Actors,
    Counters,
    Differences,
    Truths,
    Keys,
    /// The types and lengths of the values in the column behind it.
    Lengths,
    Values,
}

impl Holds {
    fn of(specification: u64) -> Self {
        match specification & 0b111 {
            0 => Holds::Counts,
            1 => Holds::Actors,
            2 => Holds::Counters,
            3 => Holds::Differences,
            4 => Holds::Truths,
            5 => Holds::Keys,
            6 => Holds::Lengths,
            _ => Holds::Values,
        }
    }
}

impl<'b> Reader<'b> {
    pub(super) fn take(&mut self, length: usize) -> Option<&'b [u8]> {
        let (head, tail) = self.0.split_at_checked(length)?;
        self.0 = tail;
        Some(head)
    }

    pub(super) fn uleb(&mut self) -> Option<u64> {
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

    pub(super) fn sleb(&mut self) -> Option<i64> {
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

    pub(super) fn prefixed(&mut self) -> Option<&'b [u8]> {
        let length = usize::try_from(self.uleb()?).ok()?;
        self.take(length)
    }

    /// What columns there are: some of those there may be, in their order, each once.
    pub(super) fn columns(&mut self, layout: &[u64]) -> Option<Columns> {
        let count = usize::try_from(self.uleb()?).ok().filter(|count| *count <= layout.len())?;
        let (mut columns, mut layout) = ([(0, 0); COLUMNS_MAX], layout.iter());
        for column in columns.iter_mut().take(count) {
            let specification = self.uleb()?;
            layout.find(|one| **one == specification)?;
            *column = (specification, self.uleb()?);
        }
        Some((columns, count))
    }

    /// Walks the columns of a table. `any` is the one whose differences may lead anywhere.
    pub(super) fn table(
        &mut self,
        (columns, count): &Columns,
        actors: u64,
        any: Option<u64>,
    ) -> Option<Table> {
        let (mut rows, mut grouped, mut lengths) = (None, None, None);
        for &(specification, length) in &columns[..*count] {
            let data = self.take(usize::try_from(length).ok()?)?;
            let id = specification >> 4;
            let mut sum = 0_u64;
            let walked = match Holds::of(specification) {
                Holds::Counts => {
                    let walked = Reader(data).runs(Reader::uleb, |count, run| {
                        sum = sum.checked_add(count.checked_mul(run)?)?;
                        Some(())
                    })?;
                    grouped = Some((id, sum));
                    walked
                }
                Holds::Actors => {
                    Reader(data).runs(Reader::uleb, |actor, _| (actor < actors).then_some(()))?
                }
                Holds::Counters => {
                    Reader(data).runs(Reader::uleb, |counter, _| (counter <= COUNTER_MAX).then_some(()))?
                }
                Holds::Differences => {
                    let mut at = 0_i64;
                    Reader(data).runs(Reader::sleb, |difference, run| {
                        let last = difference.checked_mul(i64::try_from(run).ok()?)?.checked_add(at)?;
                        let fits = |at: i64| u64::try_from(at).is_ok_and(|at| at <= COUNTER_MAX);
                        // On a straight line everything lies between its ends.
                        let fit =
                            any == Some(specification) || fits(at.checked_add(difference)?) && fits(last);
                        at = last;
                        fit.then_some(())
                    })?
                }
                Holds::Truths => Reader(data).truths()?,
                Holds::Keys => Reader(data)
                    .runs(Reader::prefixed, |key, _| (key.len() <= KEY_BYTES_MAX).then_some(()))?,
                Holds::Lengths => {
                    let walked = Reader(data).runs(Reader::uleb, |meta, run| {
                        sum = sum.checked_add((meta >> 4).checked_mul(run)?)?;
                        Some(())
                    })?;
                    lengths = Some((id, sum));
                    walked
                }
                Holds::Values => {
                    if lengths.take() != Some((id, length)) {
                        return None;
                    }
                    continue;
                }
            };
            let expected = match grouped {
                Some((of, sum)) if of == id && Holds::of(specification) != Holds::Counts => sum,
                _ => *rows.get_or_insert(walked),
            };
            if walked != expected {
                return None;
            }
        }
        let owes_values = lengths.is_some_and(|(_, sum)| sum > 0);
        let grouped = grouped.map_or(0, |(_, sum)| sum);
        (!owes_values).then_some(Table { rows: rows.unwrap_or(0), grouped })
    }

    /// The rows of a run-length encoded column; `each` is shown every value with how often it stands there.
    fn runs<T>(
        mut self,
        read: impl Fn(&mut Self) -> Option<T>,
        mut each: impl FnMut(T, u64) -> Option<()>,
    ) -> Option<u64> {
        let mut rows = 0_u64;
        while !self.0.is_empty() {
            let run = self.sleb()?;
            let length = match run {
                0 => self.uleb().filter(|nulls| *nulls > 0)?,
                1.. => {
                    each(read(&mut self)?, run.unsigned_abs())?;
                    run.unsigned_abs()
                }
                ..0 => {
                    let literals = run.unsigned_abs();
                    if literals > self.0.len() as u64 {
                        return None;
                    }
                    for _ in 0..literals {
                        each(read(&mut self)?, 1)?;
                    }
                    literals
                }
            };
            rows = rows.checked_add(length)?;
        }
        Some(rows)
    }

    /// The rows of a column of truths: lengths of alternating runs, of which only the first may be nothing.
    fn truths(mut self) -> Option<u64> {
        let mut rows = self.uleb()?;
        while !self.0.is_empty() {
            rows = rows.checked_add(self.uleb().filter(|run| *run > 0)?)?;
        }
        Some(rows)
    }
}
