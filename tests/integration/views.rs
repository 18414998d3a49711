//! No view is a source of truth; the log alone is enough.

use rounds_server::{intake::Keeper, views};
use rounds_shared::{envelope::SecretKey, ids::Epoch};
use rusqlite::{Connection, types::Value};

use super::town::Town;

fn rows(folder: &std::path::Path) -> Vec<(&'static str, Vec<Vec<Value>>)> {
    let connection = Connection::open(folder.join("city.db")).unwrap();
    let dump = |table| {
        let mut statement = connection.prepare(&format!("SELECT * FROM {table} ORDER BY 1, 2")).unwrap();
        let columns = statement.column_count();
        let rows = statement.query_map([], |row| (0..columns).map(|index| row.get(index)).collect()).unwrap();
        (table, rows.map(Result::unwrap).collect())
    };
    views::tables().map(dump).collect()
}

#[test]
fn dropping_all_views_and_replaying_the_log_gives_the_same_rows() {
    let mut town = Town::demonstration();
    let assignment =
        town.desk("supervisor").assign("530102001001", "sanitation", &["inspector1", "inspector2"]);
    for (login, value) in [("inspector1", "pass"), ("inspector2", "fail")] {
        let phone = town.phone(login);
        let inspection = phone.app.open_assignment(&assignment).unwrap();
        phone.answer(&inspection, "SAN-05", value);
        phone.app.submit(&inspection).unwrap();
        assert_eq!(phone.sync(), None);
    }
    town.stop();
    let before = rows(town.folder());
    for table in ["documents", "inspections", "conflicts", "findings", "photos", "assignments", "devices"] {
        let (_, rows) = before.iter().find(|(name, _)| *name == table).unwrap();
        assert!(!rows.is_empty(), "{table} is not empty, or the comparison says nothing");
    }
    let clock = Box::new(|| 0);
    let city = "5301".parse().unwrap();
    let file = town.folder().join("city.db");
    let mut keeper = Keeper::open(&file, &city, Epoch::new([0; 16]), SecretKey::new([1; 32]), clock).unwrap();
    keeper.rebuild().unwrap();
    drop(keeper);
    assert_eq!(before, rows(town.folder()));
    town.start();
}

#[test]
fn an_inspection_leaves_as_a_plain_automerge_file_with_the_same_answers() {
    let town = Town::new();
    let assignment = town.desk("supervisor").assign("530102001001", "sanitation", &["inspector1"]);
    let phone = town.phone("inspector1");
    let inspection = phone.app.open_assignment(&assignment).unwrap();
    phone.answer(&inspection, "SAN-05", "pass");
    assert_eq!(phone.sync(), None);
    let file = town.desk("supervisor").bytes(&format!("/v1/inspections/{inspection}.automerge")).unwrap();
    let document = rounds_shared::document::Document::load(&file).unwrap();
    assert_eq!(document.inspection().unwrap().answer("SAN-05").value(), Some("pass"));
    let mut administrator = town.desk("admin");
    let audit = administrator.get("/v1/audit").unwrap();
    let rows = audit["rows"].as_array().unwrap();
    assert!(rows.iter().any(|row| row["action"] == "export"), "what leaves the system is recorded");
}
