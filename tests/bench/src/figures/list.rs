//! How long any page of any list takes.

use anyhow::{Context as _, Result};
use serde_json::Value;

use super::{Figure, Measured, measured, median, p99};
use crate::{prepared::Prepared, served::Served};

/// Pages asked for of each list with each filter and order: the first, the last, and some between.
const PAGES: [f64; 5] = [0.0, 0.1, 0.5, 0.9, 1.0];
/// Rows of a page, as the console asks for them.
const ROWS: u64 = 50;
/// How often each page is asked for.
const TIMES: usize = 3;

pub(super) const FIGURE: Figure = Figure {
    names: &["list_p99_ms", "list_median_ms", "list_worst_ms"],
    wanted: "list_p99_ms < 100",
    how: "On a city with 100,000 inspections of 60 answers in 1,738 areas, recorded on 400 phones in 90 days (made once through the \
          real intake: each answer a change, every envelope signed and judged), a supervisor of the whole city asks for the lists of \
          the console over HTTP: inspections in each order with each of their filters, text and person among them, assignments, the \
          calendar, conflicts, held envelopes, devices, people, sites and the trend of a quarter; the first page, the last and three between, \
          each three times, one after the other; from the request to the last byte of the answer.",
    measure,
};

fn measure(prepared: &mut Prepared) -> Result<Vec<Measured>> {
    let served = prepared.served()?;
    let mut all = Vec::new();
    for list in lists(&served)? {
        let mut of_list = Vec::new();
        for page in pages(&served, &list)? {
            for _ in 0..TIMES {
                of_list.push(served.get(&page)?.ms);
            }
        }
        eprintln!("{:8.1} ms  {list}", of_list.iter().copied().fold(0.0, f64::max));
        all.extend(of_list);
    }
    let worst = all.iter().copied().fold(0.0, f64::max);
    Ok(vec![
        measured("list_p99_ms", p99(&mut all)),
        measured("list_median_ms", median(&mut all)),
        measured("list_worst_ms", worst),
    ])
}

/// The addresses of the lists, without the page.
fn lists(served: &Served) -> Result<Vec<String>> {
    let users = served.json("/v1/users")?;
    let login = |name: &str| {
        let users = users.as_array()?;
        users.iter().find(|user| user["login"] == name)?["id"].as_str().map(str::to_owned)
    };
    let person = login("walker7").context("an inspector")?;
    let filters = [
        String::new(),
        "area=530102".to_owned(),
        "area=530102001".to_owned(),
        "area=530102001001".to_owned(),
        "state=approved".to_owned(),
        "state=reviewing".to_owned(),
        "state=draft".to_owned(),
        "conflict=open".to_owned(),
        "conflict=none".to_owned(),
        format!("inspector={person}"),
        "kind=supervision".to_owned(),
        "template=ten-task".to_owned(),
        "from=2026-11-01&to=2026-11-15".to_owned(),
        "query=%E7%A4%BE%E5%8C%BA".to_owned(),
        "query=%E7%BF%A0%E6%B9%96".to_owned(),
        "state=approved&conflict=none&kind=routine&area=5301&from=2026-09-01&query=%E7%A4%BE%E5%8C%BA"
            .to_owned(),
    ];
    let mut lists = Vec::new();
    for sort in ["changed", "due", "score"] {
        lists.extend(filters.iter().map(|filter| format!("/v1/inspections?sort={sort}&{filter}")));
    }
    for filter in
        ["", "state=open", "state=overdue", "state=done", "area=530102001", "from=2026-11-01&to=2026-11-15"]
    {
        lists.push(format!("/v1/assignments?{filter}"));
        lists.push(format!("/v1/assignments/calendar?{filter}"));
    }
    lists.push(format!("/v1/assignments?person={person}"));
    for plain in
        ["conflicts?", "conflicts?area=530102", "held?", "devices?", "users?", "sites?", "trend?span=quarter"]
    {
        lists.push(format!("/v1/{plain}"));
    }
    Ok(lists)
}

/// The addresses of some of a list's pages; a list without pages has one.
fn pages(served: &Served, list: &str) -> Result<Vec<String>> {
    let first = served.json(list)?;
    let Some(total) = first.get("total").and_then(Value::as_u64) else { return Ok(vec![list.to_owned()]) };
    let last = total.div_ceil(ROWS).max(1);
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "some page is good"
    )]
    let mut pages: Vec<u64> = PAGES.iter().map(|part| 1 + ((last - 1) as f64 * part) as u64).collect();
    pages.dedup();
    Ok(pages.into_iter().map(|page| format!("{list}&page={page}&per_page={ROWS}")).collect())
}
