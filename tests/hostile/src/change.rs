//! Changes of operations as a device may forge them: well encoded, whatever they say.

use crate::chunk::{ChangeChunk, Column, booleans, deltas, packed, prefixed, sleb, text, uleb, unsigned};

/// The name of an operation: its counter and its actor's index in the change; 0 is the change's own.
pub type Name = (u64, u64);

/// Where an operation writes in its object.
#[derive(Debug, Clone)]
pub enum Key {
    /// At a map's key.
    Map(String),
    /// At the beginning of a list.
    Head,
    /// Behind or at an element of a list.
    Element(Name),
}

/// A value with its type's code.
#[derive(Debug, Clone)]
pub struct Value {
    /// The code of its type.
    pub code: u64,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

impl Value {
    /// Nothing.
    pub const NULL: Value = Value { code: 0, bytes: Vec::new() };

    /// A text.
    pub fn text(text: &str) -> Self {
        Self { code: 6, bytes: text.as_bytes().to_vec() }
    }

    /// A signed number.
    pub fn int(value: i64) -> Self {
        let mut bytes = Vec::new();
        sleb(&mut bytes, value);
        Self { code: 4, bytes }
    }
}

/// What an operation does, by its code.
pub mod action {
    /// Makes a map.
    pub const MAKE_MAP: u64 = 0;
    /// Puts a scalar.
    pub const PUT: u64 = 1;
    /// Makes a list.
    pub const MAKE_LIST: u64 = 2;
    /// Deletes.
    pub const DELETE: u64 = 3;
    /// Makes a text.
    pub const MAKE_TEXT: u64 = 4;
    /// Counts up.
    pub const INCREMENT: u64 = 5;
    /// Marks a range.
    pub const MARK: u64 = 7;
}

/// One operation.
#[derive(Debug, Clone)]
pub struct Operation {
    /// The object; none for the root.
    pub object: Option<Name>,
    /// Where in it.
    pub key: Key,
    /// Whether it inserts into a list.
    pub insert: bool,
    /// What it does.
    pub action: u64,
    /// With what.
    pub value: Value,
    /// What it replaces.
    pub pred: Vec<Name>,
}

impl Operation {
    /// Puts a scalar at a map's key.
    pub fn put(object: Name, key: &str, value: Value) -> Self {
        let key = Key::Map(key.to_owned());
        Self { object: Some(object), key, insert: false, action: action::PUT, value, pred: Vec::new() }
    }

    /// Makes a map at a map's key.
    pub fn make(object: Name, key: &str) -> Self {
        Self { action: action::MAKE_MAP, ..Self::put(object, key, Value::NULL) }
    }

    /// Inserts a map into a list.
    pub fn insert(object: Name, key: Key) -> Self {
        Self { key, insert: true, ..Self::make(object, "") }
    }

    /// The same, replacing something.
    #[must_use]
    pub fn replacing(self, pred: &[Name]) -> Self {
        Self { pred: pred.to_vec(), ..self }
    }
}

impl ChangeChunk {
    /// Takes operations, in their order.
    #[must_use]
    pub fn with(mut self, operations: &[Operation]) -> Self {
        self.columns = columns(operations);
        self
    }

    /// Names an author, as the first change of an actor does.
    #[must_use]
    pub fn by(mut self, author: &[u8]) -> Self {
        uleb(&mut self.extra, 1);
        prefixed(&mut self.extra, author);
        self
    }

    /// The counter of its last operation, if it has as many.
    pub fn end(&self, operations: usize) -> u64 {
        self.start_op + operations as u64 - 1
    }
}

/// The columns of operations, as Automerge writes them.
pub fn columns(operations: &[Operation]) -> Vec<Column> {
    let integers = |value: &dyn Fn(&Operation) -> Option<u64>| {
        packed(&operations.iter().map(|one| value(one).map(unsigned)).collect::<Vec<_>>())
    };
    let key_counter = |one: &Operation| match one.key {
        Key::Map(_) => None,
        Key::Head => Some(0),
        Key::Element((counter, _)) => Some(counter.cast_signed()),
    };
    let key_text = |one: &Operation| match &one.key {
        Key::Map(key) => Some(text(key)),
        Key::Head | Key::Element(_) => None,
    };
    let preds = || operations.iter().flat_map(|one| &one.pred);
    let columns = [
        (0x01, integers(&|one| one.object.map(|(_, actor)| actor))),
        (0x02, integers(&|one| one.object.map(|(counter, _)| counter))),
        (
            0x11,
            integers(&|one| match one.key {
                Key::Element((_, actor)) => Some(actor),
                Key::Map(_) | Key::Head => None,
            }),
        ),
        (0x13, deltas(&operations.iter().map(key_counter).collect::<Vec<_>>())),
        (0x15, packed(&operations.iter().map(key_text).collect::<Vec<_>>())),
        (0x34, booleans(&operations.iter().map(|one| one.insert).collect::<Vec<_>>())),
        (0x42, integers(&|one| Some(one.action))),
        (0x56, integers(&|one| Some(((one.value.bytes.len() as u64) << 4) | one.value.code))),
        (0x57, operations.iter().flat_map(|one| one.value.bytes.clone()).collect()),
        (0x70, integers(&|one| Some(one.pred.len() as u64))),
        (0x71, packed(&preds().map(|(_, actor)| Some(unsigned(*actor))).collect::<Vec<_>>())),
        (0x73, deltas(&preds().map(|(counter, _)| Some(counter.cast_signed())).collect::<Vec<_>>())),
    ];
    let columns = columns.into_iter().map(|(spec, data)| Column { spec, data });
    columns.filter(|column| !column.data.is_empty()).collect()
}
