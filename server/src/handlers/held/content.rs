//! What a held envelope says, for whoever rules on it.

use std::collections::BTreeMap;

use rounds_shared::{
    document::{Document, Known, List, Payload, Scalar, Touched, Write},
    envelope::{DocKind, Verified},
    registry::Registry,
    template::Template,
};
use rusqlite::Connection;
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    handlers::{
        shapes::{AreaRow, Text},
        templates::ScaleShape,
    },
    intake,
    log::Log,
    views,
};

/// Lines shown of one envelope; a day's work is less.
const LINES_MAX: usize = 200;

/// What a line is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum HeldLineKind {
    /// An item of a newer checklist, brought in 补入.
    Item,
    /// An answer 检查结果.
    Answer,
    /// A finding 问题.
    Finding,
    /// A photo.
    Photo,
    /// A remark.
    Remark,
    /// A submission.
    Submission,
    /// A reviewer's act.
    Review,
    /// What was done about a case.
    Event,
}

/// One thing that a held envelope records.
#[derive(Debug, Serialize, ToSchema)]
pub struct HeldLine {
    /// What sort of thing.
    what: HeldLineKind,
    /// The item's code.
    item: Option<String>,
    /// The item's title, when the checklist knows it.
    title: Option<Text>,
    /// How the item is answered.
    scale: Option<ScaleShape>,
    /// The value of an answer; none takes it back.
    value: Option<String>,
    /// The kind of a finding, when the checklist knows it.
    kind: Option<Text>,
    /// The words of a finding, remark or review.
    text: String,
}

/// A held envelope, read.
#[derive(Default)]
pub(super) struct Content {
    /// Where the inspection is; none when that is only told in what the envelope waits for.
    pub(super) area: Option<AreaRow>,
    /// Whether it is an inspection of which something is merged, and can be looked at.
    pub(super) merged: bool,
    /// Whether it stands on what somebody has ruled against.
    pub(super) stands_on_dismissed: bool,
    /// What it would write, in its order.
    pub(super) lines: Vec<HeldLine>,
}

/// Reads an envelope against the document as it stands, or where it stands on what was ruled against, with that; what
/// cannot be told is left out.
pub(super) fn read(connection: &Connection, log: &Log, registry: &Registry, envelope: Vec<u8>) -> Content {
    let look = || {
        let envelope = Verified::from_log(envelope).ok()?;
        let body = envelope.body();
        let payload = Payload::decode(&body.payload).ok()?;
        let merged = views::documents::load(connection, body.doc).ok()?;
        let found = merged.is_some();
        let begun = merged.or_else(|| {
            let assignment = registry.assignment_of(body.doc);
            let genesis = assignment.map(|assignment| assignment.genesis.to_vec());
            Document::load(&genesis.or_else(|| payload.genesis().map(<[u8]>::to_vec))?).ok()
        });
        let written = payload.without_genesis();
        let is_whole = |base: &Document| {
            !matches!(base.examine(&Known::of(base), &written, body.device), Ok(Touched::Missing(_)))
        };
        let (base, stands_on_dismissed) = match begun {
            Some(base) if is_whole(&base) => (base, false),
            base => match intake::ground(connection, log, registry, body.doc).ok()?.filter(is_whole) {
                Some(ground) => (ground, true),
                None => (base?, false),
            },
        };
        let (area, template, version, brought) = match body.kind {
            DocKind::Inspection => {
                let about = base.about().ok()?;
                (about.area, about.template, about.template_version, base.brought())
            }
            DocKind::Case => {
                let about = base.case_about().ok()?;
                (about.area, about.template, about.template_version, vec![about.item])
            }
        };
        let lines = match base.examine(&Known::of(&base), &written, body.device) {
            Ok(Touched::Writes(writes)) => {
                let here = writes.iter().filter_map(|write| match write {
                    Write::ItemBrought(item) => Some(item.clone()),
                    Write::Answer { .. }
                    | Write::FindingMade(_)
                    | Write::Finding { .. }
                    | Write::PhotoMade(_)
                    | Write::Photo { .. }
                    | Write::Appended { .. } => None,
                });
                let brought: Vec<String> = brought.into_iter().chain(here).collect();
                Reading::of(registry.checklist_with(&template, version, &brought).as_deref(), &writes)
            }
            Ok(Touched::Nothing | Touched::Missing(_)) | Err(_) => Vec::new(),
        };
        Some(Content {
            area: Some(AreaRow::of(registry, area.as_str())),
            merged: found && body.kind == DocKind::Inspection,
            stands_on_dismissed,
            lines,
        })
    };
    // It was decoded by the gate before it was stored; whatever is wrong with it, the list is shown.
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(look)).ok().flatten().unwrap_or_default()
}

/// Gathers the fields of one thing, which are several writes.
struct Reading<'t> {
    template: Option<&'t Template>,
    lines: Vec<HeldLine>,
    /// Where the line of a finding or photo stands, by its key.
    at: BTreeMap<String, usize>,
}

impl<'t> Reading<'t> {
    fn of(template: Option<&'t Template>, writes: &[Write]) -> Vec<HeldLine> {
        let mut reading = Self { template, lines: Vec::new(), at: BTreeMap::new() };
        for write in writes {
            reading.take(write);
            if reading.lines.len() == LINES_MAX {
                break;
            }
        }
        reading.lines
    }

    fn take(&mut self, write: &Write) {
        match write {
            Write::Answer { item, field, text } if field == "value" => {
                let line = self.line(HeldLineKind::Answer, Some(item));
                line.value.clone_from(text);
            }
            Write::ItemBrought(item) => drop(self.line(HeldLineKind::Item, Some(item))),
            Write::FindingMade(id) => self.begin(HeldLineKind::Finding, id),
            Write::PhotoMade(id) => self.begin(HeldLineKind::Photo, id),
            Write::Finding { id, field, scalar: Scalar::Text(text) } => {
                self.field(HeldLineKind::Finding, id, field, text);
            }
            Write::Photo { id, field, scalar: Scalar::Text(text) } => {
                self.field(HeldLineKind::Photo, id, field, text);
            }
            Write::Appended { list, field: None } => {
                self.line(
                    match list {
                        List::Remarks => HeldLineKind::Remark,
                        List::Submissions => HeldLineKind::Submission,
                        List::Reviews => HeldLineKind::Review,
                        List::Events => HeldLineKind::Event,
                    },
                    None,
                );
            }
            Write::Appended { list, field: Some((field, Scalar::Text(text))) } => {
                let Some(last) = self.lines.len().checked_sub(1) else { return };
                match field.as_str() {
                    "item" => self.name(last, text),
                    "text" | "reason" | "struck" => add(&mut self.lines[last].text, text),
                    // Of a case: what was done. Its name is told in the language files.
                    "act" if *list == List::Events => self.lines[last].value = Some(text.clone()),
                    _ => {}
                }
            }
            Write::Answer { .. }
            | Write::Finding { .. }
            | Write::Photo { .. }
            | Write::Appended { field: Some(_), .. } => {}
        }
    }

    fn begin(&mut self, what: HeldLineKind, id: &str) {
        self.line(what, None);
        self.at.insert(id.to_owned(), self.lines.len() - 1);
    }

    fn field(&mut self, what: HeldLineKind, id: &str, field: &str, text: &str) {
        if !self.at.contains_key(id) {
            // It was made before: this changes it.
            self.begin(what, id);
        }
        let at = self.at[id];
        match field {
            "item" => self.name(at, text),
            "kind" => {
                let known = self.template.and_then(|template| template.kind(text));
                self.lines[at].kind = known.map(|(_, kind)| Text::new(&kind.zh, &kind.en));
            }
            "note" | "place" | "struck" => add(&mut self.lines[at].text, text),
            _ => {}
        }
    }

    fn line(&mut self, what: HeldLineKind, item: Option<&str>) -> &mut HeldLine {
        let empty = HeldLine {
            what,
            item: None,
            title: None,
            scale: None,
            value: None,
            kind: None,
            text: String::new(),
        };
        self.lines.push(empty);
        let last = self.lines.len() - 1;
        if let Some(item) = item {
            self.name(last, item);
        }
        &mut self.lines[last]
    }

    fn name(&mut self, at: usize, item: &str) {
        let known = self.template.and_then(|template| template.item(item));
        let line = &mut self.lines[at];
        line.item = Some(item.to_owned());
        line.title = known.map(|item| Text::new(&item.zh, &item.en));
        line.scale = known.map(|item| (&item.scale).into());
    }
}

fn add(text: &mut String, more: &str) {
    if !text.is_empty() && !more.is_empty() {
        text.push_str(" · ");
    }
    text.push_str(more);
}
