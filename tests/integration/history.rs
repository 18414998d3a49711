//! 历史回溯: an inspection can be seen as it was at any moment, on the server and on a device.

use serde_json::Value;

use super::town::{Desk, Phone, Town};

/// Two phones that differ about SAN-05: the first delivers before the second, and both learn of each other afterwards.
struct Visit {
    one: Phone,
    two: Phone,
    inspection: String,
}

fn visit(town: &Town) -> Visit {
    let assignment =
        town.desk("supervisor").assign("530102001001", "sanitation", &["inspector1", "inspector2"]);
    let (one, two) = (town.phone("inspector1"), town.phone("inspector2"));
    let inspection = one.app.open_assignment(&assignment).unwrap();
    two.app.open_assignment(&assignment).unwrap();
    one.answer(&inspection, "SAN-05", "pass");
    assert_eq!(one.sync(), None);
    two.answer(&inspection, "SAN-05", "fail");
    two.answer(&inspection, "SAN-02", "pass");
    two.app.submit(&inspection).unwrap();
    assert_eq!((two.sync(), one.sync()), (None, None));
    Visit { one, two, inspection }
}

fn values(past: &Value, item: &str) -> Vec<String> {
    let domains = past["inspection"]["domains"].as_array().unwrap().iter();
    let mut items = domains.flat_map(|domain| domain["items"].as_array().unwrap());
    let item = items.find(|one| one["code"] == item).unwrap();
    let values = item["answer"]["values"].as_array().unwrap().iter();
    let mut values: Vec<_> = values.map(|one| one["value"].as_str().unwrap().to_owned()).collect();
    values.sort();
    values
}

fn moments(desk: &mut Desk, inspection: &str) -> Vec<Value> {
    desk.get(&format!("/v1/inspections/{inspection}/moments")).unwrap().as_array().unwrap().clone()
}

#[test]
fn an_inspection_is_seen_as_the_server_had_it_after_each_delivery() {
    let town = Town::new();
    let Visit { inspection, .. } = visit(&town);
    let mut desk = town.desk("supervisor");
    desk.decide(&inspection, "SAN-05", "fail").unwrap();
    let moments = moments(&mut desk, &inspection);
    let by: Vec<_> = moments.iter().map(|one| one["by"]["name"].as_str().unwrap()).collect();
    assert_eq!(by, ["李明", "赵芸", "王敏"]);
    let path = format!("/v1/inspections/{inspection}/past");
    let then = |desk: &mut Desk, moment: &Value| desk.get(&format!("{path}?seq={}", moment["seq"])).unwrap();
    let first = then(&mut desk, &moments[0]);
    assert_eq!((values(&first, "SAN-05"), values(&first, "SAN-02")), (vec!["pass".into()], vec![]));
    assert_eq!(first["inspection"]["row"]["state"], "draft");
    let second = then(&mut desk, &moments[1]);
    assert_eq!(values(&second, "SAN-05"), ["fail", "pass"]);
    assert_eq!(second["inspection"]["row"]["conflicts"], 1);
    let third = then(&mut desk, &moments[2]);
    assert_eq!(third["inspection"]["row"]["conflicts"], 0);
    let now = desk.get(&format!("/v1/inspections/{inspection}")).unwrap();
    let latest = desk.get(&path).unwrap()["inspection"].clone();
    for part in ["heads", "domains", "score", "review", "submissions"] {
        assert_eq!(latest[part], now[part], "{part}: the last moment is the present");
    }
}

#[test]
fn an_inspection_is_seen_as_a_device_showed_it_before_it_knew_of_the_other() {
    let town = Town::new();
    let Visit { one, two, inspection } = visit(&town);
    let mut desk = town.desk("supervisor");
    let of = |moments: &[Value], name: &str| {
        let found = moments.iter().rev().find(|one| one["by"]["name"] == name).unwrap();
        (found["device"].as_str().unwrap().to_owned(), found["made_at"].as_i64().unwrap())
    };
    let delivered = moments(&mut desk, &inspection);
    let (device, made_at) = of(&delivered, "赵芸");
    let path = format!("/v1/inspections/{inspection}/past?device={device}");
    let shown = desk.get(&format!("{path}&at={made_at}")).unwrap();
    assert_eq!(values(&shown, "SAN-05"), ["fail"], "the colleague's value had not come to this phone");
    let before = desk.get(&format!("{path}&at=0")).unwrap();
    assert_eq!(values(&before, "SAN-05"), Vec::<String>::new(), "nothing was recorded yet");

    // After both have heard of each other, what the phone records shows that it knows.
    assert_eq!(two.sync(), None);
    two.answer(&inspection, "SAN-02", "fail");
    assert_eq!((two.sync(), one.sync()), (None, None));
    let later = moments(&mut desk, &inspection);
    let (_, made_at) = of(&later, "赵芸");
    let shown = desk.get(&format!("{path}&at={made_at}")).unwrap();
    assert_eq!(values(&shown, "SAN-05"), ["fail", "pass"]);
}

#[test]
fn what_lies_between_two_moments_is_said_line_by_line() {
    let town = Town::new();
    let Visit { inspection, .. } = visit(&town);
    let mut desk = town.desk("supervisor");
    let moments = moments(&mut desk, &inspection);
    let path = format!("/v1/inspections/{inspection}/past");
    let (from, to) = (&moments[0]["seq"], &moments[1]["seq"]);
    let past = desk.get(&format!("{path}?seq={to}&since={from}")).unwrap();
    let lines: Vec<_> = past["differences"].as_array().unwrap().iter().collect();
    let said: Vec<_> =
        lines.iter().map(|one| (one["what"].as_str().unwrap(), one["item"].as_str().unwrap_or(""))).collect();
    assert_eq!(said, [("answer", "SAN-02"), ("answer", "SAN-05"), ("submission", "")]);
    assert_eq!(lines[1]["before"][0]["value"], "pass");
    assert_eq!(lines[1]["after"].as_array().unwrap().len(), 2);
    let same = desk.get(&format!("{path}?seq={to}&since={to}")).unwrap();
    assert_eq!(same["differences"].as_array().unwrap().len(), 0);
    let all = desk.get(&format!("{path}?since=0")).unwrap();
    assert_eq!(all["differences"].as_array().unwrap().len(), 3, "everything came after the beginning");
}

#[test]
fn the_past_is_for_those_who_see_the_present() {
    let town = Town::demonstration();
    let list = town.desk("supervisor").get("/v1/inspections?area=530102&per_page=1").unwrap();
    let inspection = list["rows"][0]["id"].as_str().unwrap();
    let mut observer = town.desk("observer");
    for path in ["moments", "past"] {
        let refused = observer.get(&format!("/v1/inspections/{inspection}/{path}")).unwrap_err();
        assert_eq!(refused, (403, "role_not_allowed".into()), "{path}");
        let unknown = "0".repeat(inspection.len());
        let missing = town.desk("supervisor").get(&format!("/v1/inspections/{unknown}/{path}"));
        assert_eq!(missing.unwrap_err().0, 404, "{path}");
    }
}
