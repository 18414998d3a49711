//! The list `remarks`: remarks, who came and left, and what people who were asked have said.

use std::collections::{BTreeMap, HashSet};

use super::{Fields, Reader};
use crate::{
    document::{schema::REMARKS, write::parse_point},
    inspection::{How, OpRef, Opinion, Passage, Presence, Recorded, Remark, Response, Survey},
};

/// The list, told apart.
#[derive(Default)]
pub(super) struct Said {
    pub remarks: Vec<Remark>,
    pub presences: Vec<Presence>,
    pub responses: Vec<Response>,
}

/// One entry of it. What is none of the others is a remark: everything that is there is shown somewhere.
enum Entry {
    Remark(Remark),
    Presence(Presence),
    Response(Response),
    TakesBack(OpRef, Option<crate::ids::DeviceId>),
}

impl Reader<'_> {
    pub(super) fn said(&self) -> Said {
        let mut said = Said::default();
        let mut taken_back = HashSet::new();
        for entry in self.list(REMARKS, Reader::entry) {
            match entry {
                Entry::Remark(remark) => said.remarks.push(remark),
                Entry::Presence(presence) => said.presences.push(presence),
                Entry::Response(response) => said.responses.push(response),
                Entry::TakesBack(response, device) => {
                    taken_back.insert((response, device));
                }
            }
        }
        if !taken_back.is_empty() {
            for response in &mut said.responses {
                // Only by the device that recorded it.
                let own = (response.stamp.op.clone(), response.stamp.device);
                response.taken_back = taken_back.contains(&own);
            }
        }
        said
    }

    /// How a questionnaire's count went on, response by response.
    pub(super) fn tallies(&self, item: &str) -> Vec<Recorded> {
        let said = self.said();
        let of_item: Vec<&Response> =
            said.responses.iter().filter(|response| response.item == item).collect();
        (1..=of_item.len()).filter_map(|asked| counted(&of_item[..asked])).collect()
    }

    fn entry(&self, fields: &Fields<'_>) -> Option<Entry> {
        let (item, stamp) = (fields.text("item"), self.stamp(&fields.map));
        let passage = fields.text("presence").and_then(|text| Passage::parse(&text));
        let opinion = fields.text("response").and_then(|text| Opinion::parse(&text));
        Some(match (passage, opinion, fields.text("takes_back"), item) {
            (Some(passage), ..) => Entry::Presence(Presence {
                passage,
                point: fields.text("point").and_then(|text| parse_point(&text)),
                stamp,
            }),
            (None, Some(opinion), _, Some(item)) => {
                Entry::Response(Response { item, opinion, taken_back: false, stamp })
            }
            (None, _, Some(response), _) => Entry::TakesBack(OpRef(response), stamp.device),
            (None, _, None, item) => Entry::Remark(Remark { item, text: fields.text("text")?, stamp }),
        })
    }
}

/// Adds what questionnaires say to the answers, which are in the order of the items' codes: the responses of all
/// inspectors together, where nobody's count replaces a colleague's.
pub(super) fn with_surveys(
    mut answers: Vec<(String, Vec<Recorded>)>,
    responses: &[Response],
) -> Vec<(String, Vec<Recorded>)> {
    let mut items: BTreeMap<&str, Vec<&Response>> = BTreeMap::new();
    for response in responses {
        items.entry(&response.item).or_default().push(response);
    }
    for (item, responses) in items {
        let Some(recorded) = counted(&responses) else { continue };
        match answers.binary_search_by(|(code, _)| code.as_str().cmp(item)) {
            Ok(index) => answers[index].1.push(recorded),
            Err(index) => answers.insert(index, (item.to_owned(), vec![recorded])),
        }
    }
    answers
}

/// What the responses to one item say together; it bears the name of the last one.
fn counted(responses: &[&Response]) -> Option<Recorded> {
    let value = Survey::of(responses.iter().copied()).value()?;
    let last = responses.iter().rfind(|response| !response.taken_back)?;
    Some(Recorded { value, stamp: last.stamp.clone(), how: How::Survey })
}
