//! The gate 入库校验: the pure function that gives an envelope its verdict.
//!
//! It is asked with the document as it is, the registry, and the time; whoever asks commits the answer
//! only if the document has not moved meanwhile. Two kinds of answer besides merging:
//!
//! - *refused*: no honest app can have made it, and it cannot be stored;
//! - *held* 待审定: a rule of the domain or of authority says no. It is stored all the same, because a later
//!   change of its author may build on it, and because a person may rule otherwise.

mod authority;
mod domain;

use std::{borrow::Cow, sync::Arc};

use crate::{
    assignment::Assignment,
    case::{ActKind, Case, CaseAbout},
    document::{
        Content, Counts, Document, DocumentError, Known, Payload, PayloadError, StructureError, Touched,
        Write, case_genesis, case_genesis_about, genesis, genesis_about,
    },
    envelope::{DocKind, Verified},
    ids::DocId,
    inspection::About,
    permission::{Duty, Part, duty_of},
    protocol::{
        HeldReason, Judgement, RefusedReason,
        limits::{
            CHANGE_DEPENDENCIES_MAX, DOCUMENT_ACTORS_MAX, DOCUMENT_BYTES_MAX, DOCUMENT_CHANGES_MAX,
            DOCUMENT_DEPENDENCIES_MAX, DOCUMENT_ENTRIES_MAX, DOCUMENT_OPERATIONS_MAX, DOCUMENT_SEARCHED_MAX,
            ENVELOPE_OPERATIONS_MAX, REVIEW_HEADROOM,
        },
    },
    registry::Registry,
    template::Template,
};

/// What a change of reviews may have beyond the limits of its document, for each of [`REVIEW_HEADROOM`]: operations,
/// entries, and bytes.
const REVIEW_OPERATIONS: u64 = 40;
const REVIEW_ENTRIES: u64 = 4;
const REVIEW_BYTES: u64 = 1024;

/// What the gate needs to know besides the envelope and the document.
#[derive(Clone, Copy)]
pub struct Circumstances<'r> {
    /// The facts of the log.
    pub registry: &'r Registry,
    /// The server's clock in milliseconds.
    pub now: i64,
    /// The last log position this device confirmed to have read.
    pub confirmed: u64,
}

/// A document with an envelope merged into it, and what was computed of it on the way.
#[derive(Clone)]
pub struct Merged {
    /// The document.
    pub document: Document,
    /// The same, saved.
    pub saved: Vec<u8>,
    /// What it says.
    pub content: Content,
}

/// What the gate says of an envelope.
#[derive(Clone)]
pub enum Finding {
    /// Merge: the document afterwards.
    Merge(Box<Merged>),
    /// Its changes are all there already; storing it is harmless and changes nothing.
    Known,
    /// Store, do not merge.
    Hold(Judgement),
    /// Do not store.
    Refuse(RefusedReason),
}

impl Finding {
    fn held(reason: HeldReason) -> Self {
        Finding::Hold(Judgement::Held { reason, missing: Vec::new() })
    }
}

/// Judges one envelope against the document it belongs to; `None` when the log has nothing of it yet.
pub fn judge(circumstances: Circumstances<'_>, document: Option<&Document>, envelope: &Verified) -> Finding {
    weigh(circumstances.registry, document, envelope, Some(circumstances))
}

/// What comes of a held envelope that a person admits: rules of authority and of the domain are what he rules on. What
/// no honest app can make, what still waits for changes, and what a full document cannot take stays where it is.
pub fn admit(registry: &Registry, document: Option<&Document>, envelope: &Verified) -> Finding {
    weigh(registry, document, envelope, None)
}

/// About what judging an envelope costs, in operations of a document that is loaded (half a microsecond each): those of
/// its document, and twenty for each of its own, which have to be found their places. Said before it is judged.
pub fn weight(document: Option<&Document>, envelope: &Verified) -> u64 {
    let own = Payload::claimed_operations(&envelope.body().payload).min(ENVELOPE_OPERATIONS_MAX as u64);
    document.map_or(0, Document::operations) + 20 * own
}

/// What an envelope is about, for the rules.
enum Subject<'s> {
    Inspection { about: &'s About, assignment: Option<&'s Arc<Assignment>> },
    Case(&'s Case),
}

/// The rules are asked last: of authority with what the envelope is about, of the domain with what it would make of the
/// document. Without circumstances a person has ruled on them.
fn weigh(
    registry: &Registry,
    document: Option<&Document>,
    envelope: &Verified,
    rules: Option<Circumstances<'_>>,
) -> Finding {
    let body = envelope.body();
    if registry.city().is_none_or(|(city, _)| *city != body.city) {
        return Finding::Refuse(RefusedReason::OtherCity);
    }
    let payload = match Payload::decode(&body.payload) {
        Ok(payload) => payload,
        Err(PayloadError::TooLarge) => return Finding::Refuse(RefusedReason::TooLarge),
        Err(PayloadError::Chunks | PayloadError::Empty | PayloadError::Content) => {
            return Finding::Refuse(RefusedReason::Payload);
        }
    };
    let assignment = registry.assignment_of(body.doc);
    let authority = |subject: &Subject<'_>, writes: &[Write]| match rules {
        Some(circumstances) => authority::check(circumstances, envelope, subject, writes),
        None => Ok(()),
    };
    let start = match start(registry, assignment.map(|a| &**a), document, envelope, &payload) {
        Ok(start) => start,
        Err(finding) => return finding,
    };
    // Whoever was asked by name may go on in the continuation.
    let assignment = assignment.or_else(|| continued(registry, start.about.inspection()?));
    let base = start.document;
    let known = Known::of(&base);
    let payload = payload.without_genesis();
    let writes = match base.examine(&known, &payload, body.device) {
        // Whoever begins a document, or repeats what is known of it, counts as one who records in it, and may see it.
        Ok(Touched::Nothing) => {
            let ruled = match &start.about {
                Beginning::Inspection(about) => authority(&Subject::Inspection { about, assignment }, &[]),
                Beginning::Case(_) => match base.case(&[]) {
                    Ok(case) => authority(&Subject::Case(&case), &[]),
                    Err(_) => return Finding::Refuse(RefusedReason::Genesis),
                },
            };
            return match ruled {
                Err(reason) => Finding::held(reason),
                Ok(()) if document.is_some() => Finding::Known,
                Ok(()) => begun(base.into_owned()),
            };
        }
        Ok(Touched::Missing(missing)) => {
            return Finding::Hold(Judgement::Held { reason: HeldReason::MissingDependencies, missing });
        }
        Ok(Touched::Writes(writes)) => writes,
        Err(StructureError::ForeignActor) => return Finding::Refuse(RefusedReason::ForeignActor),
        Err(
            StructureError::Sequence
            | StructureError::Dependencies
            | StructureError::Header
            | StructureError::Operation,
        ) => return Finding::Refuse(RefusedReason::Structure),
    };
    let headroom = headroom(&writes);
    if has_no_room(known.with(&payload, &writes), headroom) {
        return Finding::held(HeldReason::DocumentFull);
    }
    // What cannot be read of a case: an envelope must not add to it.
    let unread = match &start.about {
        Beginning::Inspection(_) => 0,
        Beginning::Case(_) => base.case(&[]).map_or(0, |case| unread(&case)),
    };
    let Some((document, saved)) = trial(base.into_owned(), &payload) else {
        return Finding::Refuse(RefusedReason::Trial);
    };
    let Ok(content) = document.content() else {
        return Finding::Refuse(RefusedReason::Trial);
    };
    let Some(template) = checklist(registry, &content) else {
        return Finding::held(HeldReason::UnknownSubject);
    };
    let (subject, is_known) = match &content {
        Content::Inspection(inspection) => (
            Subject::Inspection { about: &inspection.about, assignment },
            domain::check(&template, inspection, &writes).is_ok(),
        ),
        Content::Case(case) => (
            Subject::Case(case),
            self::unread(case) <= unread && domain::case::check(registry, &template, case, &writes).is_ok(),
        ),
    };
    let is_known = is_known || rules.is_none();
    let ruled = authority(&subject, &writes).and(if is_known { Ok(()) } else { Err(HeldReason::Domain) });
    if let Err(reason) = ruled {
        return Finding::held(reason);
    }
    if saved.len() as u64 > DOCUMENT_BYTES_MAX as u64 + headroom * REVIEW_BYTES {
        return Finding::held(HeldReason::DocumentFull);
    }
    Finding::Merge(Box::new(Merged { document, saved, content }))
}

/// The checklist by which a document is judged, with what was brought in of later versions.
fn checklist(registry: &Registry, content: &Content) -> Option<Arc<Template>> {
    match content {
        Content::Inspection(inspection) => registry.checklist(inspection),
        Content::Case(case) => {
            let CaseAbout { template, template_version, item, .. } = &case.about;
            registry.checklist_with(template, *template_version, std::slice::from_ref(item))
        }
    }
}

/// How many of a case's events this version cannot read.
fn unread(case: &Case) -> usize {
    case.events.iter().filter(|event| event.act.kind() == ActKind::Later).count()
}

/// The assignment that a continuation goes on with: of the same place, in the same way.
fn continued<'r>(registry: &'r Registry, about: &About) -> Option<&'r Arc<Assignment>> {
    let is_same = |assignment: &&Arc<Assignment>| {
        assignment.kind == about.kind
            && assignment.area == about.area
            && assignment.site == about.site
            && assignment.template == about.template
            && assignment.template_version == about.template_version
    };
    let from = about.continues?;
    if from.is_continuation() {
        // Which is nobody's by its id alone: it follows from the inspection that was the first.
        return registry
            .assignments()
            .filter(is_same)
            .find(|assignment| about.goes_on_from(assignment.doc()));
    }
    registry.assignment_of(from).filter(is_same)
}

/// A document of which there is nothing but its genesis.
fn begun(document: Document) -> Finding {
    match document.content() {
        Ok(content) => Finding::Merge(Box::new(Merged { saved: document.save_plain(), content, document })),
        Err(_) => Finding::Refuse(RefusedReason::Genesis),
    }
}

/// How many changes a document may have beyond its limits. Reviews, and what leads a case, may go a little further: what is
/// full must still be decided, returned, approved and closed.
fn headroom(writes: &[Write]) -> u64 {
    let is_of_reviewers = |write: &Write| match write.part() {
        Part::Reviews => true,
        Part::Events => write.act().is_none_or(|act| duty_of(act) == Some(Duty::Lead)),
        Part::Record => false,
    };
    if writes.iter().all(is_of_reviewers) { REVIEW_HEADROOM as u64 } else { 0 }
}

/// Whether the document would grow past its limits. It is asked before the trial, which costs the more the more there is.
fn has_no_room(counts: Counts, headroom: u64) -> bool {
    let Counts { changes, operations, actors, entries, dependencies, searched } = counts;
    changes > DOCUMENT_CHANGES_MAX as u64 + headroom
        || actors > DOCUMENT_ACTORS_MAX as u64 + headroom
        || operations > DOCUMENT_OPERATIONS_MAX + headroom * REVIEW_OPERATIONS
        || entries > DOCUMENT_ENTRIES_MAX + headroom * REVIEW_ENTRIES
        || dependencies > DOCUMENT_DEPENDENCIES_MAX + headroom * CHANGE_DEPENDENCIES_MAX as u64
        || searched > DOCUMENT_SEARCHED_MAX + headroom
}

/// Where the changes begin: the document as it is, or its genesis.
struct Start<'d> {
    document: Cow<'d, Document>,
    about: Beginning,
}

/// What a document is about from its first change on.
enum Beginning {
    Inspection(About),
    Case(CaseAbout),
}

impl Beginning {
    fn of(document: &Document, kind: DocKind) -> Result<Self, DocumentError> {
        match kind {
            DocKind::Inspection => document.about().map(Self::Inspection),
            DocKind::Case => document.case_about().map(Self::Case),
        }
    }

    fn of_genesis(bytes: &[u8], kind: DocKind) -> Result<Self, DocumentError> {
        match kind {
            DocKind::Inspection => genesis_about(bytes).map(Self::Inspection),
            DocKind::Case => case_genesis_about(bytes).map(Self::Case),
        }
    }

    fn inspection(&self) -> Option<&About> {
        match self {
            Self::Inspection(about) => Some(about),
            Self::Case(_) => None,
        }
    }

    fn template<'r>(&self, registry: &'r Registry) -> Option<&'r Arc<Template>> {
        let (id, version) = match self {
            Self::Inspection(about) => (&about.template, about.template_version),
            Self::Case(about) => (&about.template, about.template_version),
        };
        registry.template(id, version)
    }

    /// The first change of what is about this; none when its checklist is not known.
    fn genesis(&self, doc: DocId, registry: &Registry) -> Option<Vec<u8>> {
        match self {
            Self::Inspection(about) => Some(genesis(doc, about, self.template(registry)?)),
            Self::Case(about) => Some(case_genesis(about)),
        }
    }

    /// Whether a document of this id can be about this. The id of a case or a continuation is its own, and no inspection that
    /// nobody planned takes one that either may have.
    fn is_of(&self, doc: DocId) -> bool {
        match self {
            Self::Inspection(about) => {
                let is_its_own = match about.continuation_id() {
                    Some(id) => id == doc,
                    None => !doc.may_be_case() && !doc.is_continuation(),
                };
                about.assignment.is_none() && is_its_own
            }
            Self::Case(about) => about.doc() == doc,
        }
    }

    fn is_somewhere(&self, registry: &Registry) -> bool {
        let (area, site) = match self {
            Self::Inspection(about) => (&about.area, &about.site),
            Self::Case(about) => (&about.area, &about.site),
        };
        registry.areas().contains_key(area)
            && site.as_ref().is_none_or(|site| registry.sites().contains_key(site))
    }
}

fn start<'d>(
    registry: &Registry,
    assignment: Option<&Assignment>,
    document: Option<&'d Document>,
    envelope: &Verified,
    payload: &Payload,
) -> Result<Start<'d>, Finding> {
    let malformed = || Finding::Refuse(RefusedReason::Genesis);
    let (doc, kind) = (envelope.body().doc, envelope.body().kind);
    // The server made an assignment's genesis itself: no other beginning exists.
    let expected = assignment.map(|assignment| assignment.genesis.to_vec());
    if let (Some(expected), Some(brought)) = (&expected, payload.genesis())
        && expected != brought
    {
        return Err(malformed());
    }
    if let Some(document) = document {
        let about = Beginning::of(document, kind).map_err(|_| malformed())?;
        // A beginning that is brought again is the document's own: whoever merges all of it finds no other.
        if let (None, Some(brought)) = (&expected, payload.genesis())
            && about.genesis(doc, registry).is_none_or(|own| own != brought)
        {
            return Err(malformed());
        }
        return Ok(Start { document: Cow::Borrowed(document), about });
    }
    let bytes = match (expected, payload.genesis()) {
        (Some(expected), _) => expected,
        (None, Some(brought)) => brought.to_vec(),
        (None, None) => {
            return Err(Finding::Hold(Judgement::Held {
                reason: HeldReason::MissingDependencies,
                missing: Vec::new(),
            }));
        }
    };
    let about = Beginning::of_genesis(&bytes, kind).map_err(|_| malformed())?;
    if assignment.is_none() {
        if !about.is_of(doc) {
            return Err(malformed());
        }
        let Some(own) = about.genesis(doc, registry) else {
            return Err(Finding::held(HeldReason::UnknownSubject));
        };
        if own != bytes {
            return Err(malformed());
        }
        if !about.is_somewhere(registry) {
            return Err(Finding::held(HeldReason::UnknownSubject));
        }
    }
    let document = Document::load(&bytes).map_err(|_| malformed())?;
    Ok(Start { document: Cow::Owned(document), about })
}

/// Applies to a copy, saves it and loads it again: what Automerge panics on or cannot load again must not
/// reach the document. Gives the copy, and as it is saved.
fn trial(mut copy: Document, payload: &Payload) -> Option<(Document, Vec<u8>)> {
    let attempt = std::panic::AssertUnwindSafe(|| {
        copy.merge(payload).ok()?;
        let saved = copy.save_plain();
        let is_loadable = payload.is_decoded_from(&saved)
            || Document::load(&saved).is_ok_and(|reloaded| reloaded.heads() == copy.heads());
        is_loadable.then_some((copy, saved))
    });
    std::panic::catch_unwind(attempt).ok().flatten()
}
