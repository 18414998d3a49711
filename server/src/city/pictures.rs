//! Reference pictures 参照图: a file named after its item in the folder `pictures`, so that whoever keeps the checklists only
//! puts it there. It travels as a photo does, by its hash.

use rounds_shared::template::ItemCode;

use super::CityError;
use crate::photos::picture;

const FOLDER: &str = "pictures";
/// What every phone of the city keeps, once an item.
const KIB_MAX: usize = 200;

/// The picture of an item, if there is one.
pub(super) fn of(
    item: &ItemCode,
    read: &impl Fn(&str) -> Option<Vec<u8>>,
) -> Result<Option<Vec<u8>>, CityError> {
    let file = format!("{FOLDER}/{item}.jpg");
    let Some(bytes) = read(&file) else { return Ok(None) };
    if bytes.len() > KIB_MAX * 1024 || picture::check(&bytes).is_err() {
        return Err(CityError::Picture { file, kib_max: KIB_MAX });
    }
    Ok(Some(bytes))
}
