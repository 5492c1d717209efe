//! What a call is: a name for people, and a place where a function can die.

use std::{fmt, sync::LazyLock};

use memchr::memmem::Finder;

/// On which side of a call a function dies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Side {
    /// The call never leaves.
    Before,
    /// The call is done, and nobody hears its answer.
    After,
}

/// A place where a function can die.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Point {
    /// Which activation makes which call.
    pub place: String,
    pub side: Side,
}

impl fmt::Display for Point {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let side = match self.side {
            Side::Before => "before",
            Side::After => "after",
        };
        write!(f, "{side} {}", self.place)
    }
}

impl std::str::FromStr for Point {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once(' ') {
            Some(("before", place)) => Ok(Self { place: place.to_owned(), side: Side::Before }),
            Some(("after", place)) => Ok(Self { place: place.to_owned(), side: Side::After }),
            Some(_) | None => Err("a crash point is `before …` or `after …`".to_owned()),
        }
    }
}

/// Where a call says which items it is about: keys and items carry `sk`; a query carries its partition, and the
/// beginning of a sort key, as values.
static KEYS: LazyLock<[Finder<'static>; 2]> =
    LazyLock::new(|| [Finder::new("\"sk\":{\"S\":\""), Finder::new("\":pk\":{\"S\":\"")]);
static PARTITIONS: LazyLock<[Finder<'static>; 3]> = LazyLock::new(|| {
    ["\"pk\":{\"S\":\"", ":owner\":{\"S\":\"", ":pk\":{\"S\":\""].map(Finder::new)
});

/// Which items a call of the table is about, by their kinds: `HEAD`, `EVENT`, `HEAD+COUNT+HOLD`.
pub(crate) fn items(body: &[u8]) -> String {
    let mut kinds: Vec<&str> = Vec::new();
    for key in &*KEYS {
        for at in key.find_iter(body) {
            let kind = kind(&body[at + key.needle().len()..]);
            let kind = if kind.is_empty() { partition(body) } else { kind };
            if !kinds.contains(&kind) {
                kinds.push(kind);
            }
        }
    }
    if kinds.is_empty() { partition(body).to_owned() } else { kinds.join("+") }
}

/// The kind of the first partition that is named.
fn partition(body: &[u8]) -> &str {
    let named = |name: &Finder<'_>| Some(kind(&body[name.find(body)? + name.needle().len()..]));
    PARTITIONS.iter().find_map(named).unwrap_or_default()
}

fn kind(value: &[u8]) -> &str {
    let end = value.iter().position(|byte| !byte.is_ascii_uppercase()).unwrap_or(value.len());
    str::from_utf8(&value[..end]).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_is_named_by_the_kinds_of_its_items() {
        let head = br#"{"Key":{"pk":{"S":"TASK#task_1"},"sk":{"S":"HEAD"}}}"#;
        assert_eq!(items(head), "HEAD");
        let claim = br#"{"TransactItems":[{"Update":{"Key":{"sk":{"S":"HEAD"}}}},{"Update":{"Key":{"sk":{"S":"COUNT"}}}},{"Put":{"Item":{"sk":{"S":"HOLD#task_1"}}}}]}"#;
        assert_eq!(items(claim), "HEAD+COUNT+HOLD");
        let topic = br#"{"Item":{"pk":{"S":"TOPIC#tasks"},"sk":{"S":"c-12"}}}"#;
        assert_eq!(items(topic), "TOPIC");
        let ready =
            br#"{"ExpressionAttributeValues":{":pk":{"S":"READY#0"}},"IndexName":"by_rank"}"#;
        assert_eq!(items(ready), "READY");
    }

    #[test]
    fn a_point_is_read_as_it_is_written() {
        let point = Point { place: "tick Query READY".to_owned(), side: Side::After };
        assert_eq!(point.to_string().parse(), Ok(point));
    }
}
