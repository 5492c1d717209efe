//! The body of a request, read field by field: one answer names every field that is at fault.

use domain::{limits::Fault, problem::FieldError};
use serde_json::{Map, Value};

/// An object that is being read.
///
/// Where a field is at fault, the reader hands out a stand-in and remembers the fault; [`Fields::finish`] then keeps
/// the stand-in from being used.
#[derive(Debug)]
pub(crate) struct Fields<'a> {
    object: &'a Map<String, Value>,
    /// `repository.` within the field of that name.
    prefix: String,
    /// Every name that was asked for: what else is there is unknown.
    asked: Vec<&'static str>,
    faults: Vec<FieldError>,
}

impl<'a> Fields<'a> {
    pub(crate) fn of(object: &'a Map<String, Value>) -> Self {
        Self { object, prefix: String::new(), asked: Vec::new(), faults: Vec::new() }
    }

    /// A field that must be there.
    pub(crate) fn required<T: Default>(
        &mut self,
        name: &'static str,
        read: impl Fn(&Value) -> Result<T, Fault>,
    ) -> T {
        let field = self.prefixed(name);
        let Some(value) = self.take(name) else {
            self.fault(field, "is missing");
            return T::default();
        };
        self.checked(field, read(value)).unwrap_or_default()
    }

    /// A field that may be absent, or null, which says the same.
    pub(crate) fn optional<T>(
        &mut self,
        name: &'static str,
        read: impl Fn(&Value) -> Result<T, Fault>,
    ) -> Option<T> {
        let field = self.prefixed(name);
        let value = self.take(name)?;
        self.checked(field, read(value))
    }

    /// A list that may be absent, of at most `max` entries, none of them twice.
    pub(crate) fn list<T: PartialEq>(
        &mut self,
        name: &'static str,
        max: usize,
        read: impl Fn(&Value) -> Result<T, Fault>,
    ) -> Vec<T> {
        let field = self.prefixed(name);
        let items = match self.take(name) {
            None => return Vec::new(),
            Some(Value::Array(items)) => items,
            Some(_) => {
                self.fault(field, "must be a list");
                return Vec::new();
            }
        };
        if items.len() > max {
            self.fault(field, &format!("must have at most {max} entries"));
            return Vec::new();
        }
        let mut found = Vec::with_capacity(items.len());
        for (place, item) in items.iter().enumerate() {
            let entry = format!("{field}[{place}]");
            if let Some(item) = self.checked(entry.clone(), read(item)) {
                if found.contains(&item) {
                    self.fault(entry, "stands there twice");
                }
                found.push(item);
            }
        }
        found
    }

    /// A field with fields of its own, that may be absent.
    pub(crate) fn object<T>(
        &mut self,
        name: &'static str,
        read: impl Fn(&mut Fields<'_>) -> T,
    ) -> Option<T> {
        let field = self.prefixed(name);
        let Value::Object(object) = self.take(name)? else {
            self.fault(field, "must be an object");
            return None;
        };
        let mut inner = Fields { prefix: format!("{field}."), ..Fields::of(object) };
        let value = read(&mut inner);
        self.faults.append(&mut inner.into_faults());
        Some(value)
    }

    /// What was read, if no field is at fault.
    pub(crate) fn finish<T>(self, read: T) -> Result<T, Vec<FieldError>> {
        let faults = self.into_faults();
        if faults.is_empty() { Ok(read) } else { Err(faults) }
    }

    /// Every name that was asked for.
    #[cfg(test)]
    pub(crate) fn asked(&self) -> &[&'static str] {
        &self.asked
    }

    fn into_faults(mut self) -> Vec<FieldError> {
        let unknown = self.object.keys().filter(|name| !self.asked.contains(&name.as_str()));
        let unknown: Vec<_> = unknown.map(|name| self.prefixed(&shown(name))).collect();
        for field in unknown {
            self.fault(field, "is unknown");
        }
        self.faults
    }

    fn take(&mut self, name: &'static str) -> Option<&'a Value> {
        self.asked.push(name);
        self.object.get(name).filter(|value| !value.is_null())
    }

    fn checked<T>(&mut self, field: String, read: Result<T, Fault>) -> Option<T> {
        read.map_err(|fault| self.fault(field, &fault)).ok()
    }

    fn fault(&mut self, field: String, message: &str) {
        self.faults.push(FieldError { field, message: message.to_owned() });
    }

    fn prefixed(&self, name: &str) -> String {
        format!("{}{name}", self.prefix)
    }
}

/// A stranger's name for something, cut to what an answer can bear.
pub(crate) fn shown(name: &str) -> String {
    let clean = |c: char| if c.is_control() { char::REPLACEMENT_CHARACTER } else { c };
    let mut shown: String = name.chars().take(60).map(clean).collect();
    if name.chars().nth(60).is_some() {
        shown.push('…');
    }
    shown
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::input::values::{number, text};

    fn faults(body: &Value) -> String {
        let mut fields = Fields::of(body.as_object().unwrap());
        let read = (
            fields.required("name", text(|text| Ok(text.to_owned()))),
            fields.optional("count", number::<u64>((1, 5))),
            fields.list("tags", 3, text(|text| Ok(text.to_owned()))),
            fields
                .object("inner", |fields| fields.required("url", text(|text| Ok(text.to_owned())))),
        );
        match fields.finish(read) {
            Ok(read) => format!("{read:?}"),
            Err(faults) => {
                let lines: Vec<_> = faults
                    .iter()
                    .map(|fault| format!("{} {}", fault.field, fault.message))
                    .collect();
                lines.join("\n")
            }
        }
    }

    #[test]
    fn every_field_at_fault_is_named_at_once() {
        let body = json!({
            "count": 6,
            "tags": ["a", 1, "a"],
            "inner": { "url": null, "URL": "x" },
            "owner": "somebody else",
        });
        insta::assert_snapshot!(faults(&body), @"
        name is missing
        count must be between 1 and 5
        tags[1] must be text
        tags[2] stands there twice
        inner.url is missing
        inner.URL is unknown
        owner is unknown
        ");
    }

    #[test]
    fn a_field_of_the_wrong_type_is_told_the_right_one() {
        let body = json!({ "name": 1, "count": "1", "tags": "a", "inner": [] });
        insta::assert_snapshot!(faults(&body), @"
        name must be text
        count must be a whole number
        tags must be a list
        inner must be an object
        ");
    }

    #[test]
    fn null_says_the_same_as_nothing() {
        let body = json!({ "name": "x", "count": null, "tags": null, "inner": null });
        assert_eq!(faults(&body), faults(&json!({ "name": "x" })));
        insta::assert_snapshot!(faults(&body), @r#"("x", None, [], None)"#);
    }

    #[test]
    fn a_long_unknown_name_is_not_echoed_whole() {
        let body = json!({ "name": "x", "n".repeat(100_000): 1 });
        assert!(faults(&body).len() < 100);
    }
}
