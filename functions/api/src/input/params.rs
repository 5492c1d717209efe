//! The query of a request, read parameter by parameter: one answer names every one that is at fault.

use domain::{limits::Fault, problem::FieldError};

use super::fields::shown;

/// A query that is being read. It works as [`super::Fields`] does.
#[derive(Debug)]
pub(crate) struct Params {
    given: Vec<(String, String)>,
    asked: Vec<&'static str>,
    faults: Vec<FieldError>,
}

impl Params {
    pub(crate) fn of(given: Vec<(String, String)>) -> Self {
        Self { given, asked: Vec::new(), faults: Vec::new() }
    }

    /// A parameter that may be absent.
    pub(crate) fn optional<T>(
        &mut self,
        name: &'static str,
        read: impl Fn(&str) -> Result<T, Fault>,
    ) -> Option<T> {
        let values = self.take(name);
        match values.as_slice() {
            [] => None,
            [value] => self.checked(name, read(value)),
            _ => {
                self.fault(name, "must be given once");
                None
            }
        }
    }

    /// A parameter that may be repeated, or hold a list with commas.
    pub(crate) fn list<T: PartialEq>(
        &mut self,
        name: &'static str,
        max: usize,
        read: impl Fn(&str) -> Result<T, Fault>,
    ) -> Vec<T> {
        let values = self.take(name);
        let items: Vec<&str> = values.iter().flat_map(|value| value.split(',')).collect();
        if items.len() > max {
            self.fault(name, &format!("must have at most {max} entries"));
            return Vec::new();
        }
        let mut found = Vec::with_capacity(items.len());
        for item in items {
            if let Some(item) = self.checked(name, read(item))
                && !found.contains(&item)
            {
                found.push(item);
            }
        }
        found
    }

    /// Parameters of which only one may be given.
    pub(crate) fn exclusive(&mut self, names: &[&'static str]) {
        let given = |name: &&&'static str| self.given.iter().any(|(known, _)| known == **name);
        let [first, others @ ..] = &*names.iter().filter(given).collect::<Vec<_>>() else { return };
        for other in others {
            self.faults.push(FieldError {
                field: (**other).to_owned(),
                message: format!("cannot be combined with `{first}`"),
            });
        }
    }

    /// What was read, if nothing is at fault.
    pub(crate) fn finish<T>(mut self, read: T) -> Result<T, Vec<FieldError>> {
        let known = |name: &str| self.asked.contains(&name);
        let mut unknown: Vec<_> = self
            .given
            .iter()
            .filter(|(name, _)| !known(name))
            .map(|(name, _)| shown(name))
            .collect();
        unknown.dedup();
        for name in unknown {
            self.fault(&name, "is unknown");
        }
        if self.faults.is_empty() { Ok(read) } else { Err(self.faults) }
    }

    /// Every name that was asked for.
    #[cfg(test)]
    pub(crate) fn asked(&self) -> &[&'static str] {
        &self.asked
    }

    fn take(&mut self, name: &'static str) -> Vec<String> {
        self.asked.push(name);
        let named = self.given.iter().filter(|(known, _)| known == name);
        named.map(|(_, value)| value.clone()).collect()
    }

    fn checked<T>(&mut self, field: &str, read: Result<T, Fault>) -> Option<T> {
        read.map_err(|fault| self.fault(field, &fault)).ok()
    }

    fn fault(&mut self, field: &str, message: &str) {
        self.faults.push(FieldError { field: field.to_owned(), message: message.to_owned() });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::values::whole;

    fn read(query: &[(&str, &str)]) -> String {
        let given = query.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let mut params = Params::of(given.collect());
        let read = (
            params.optional("limit", whole::<u64>((1, 100))),
            params.list("tag", 3, |text| Ok(text.to_owned())),
        );
        params.optional("tail", whole::<u64>((1, 9)));
        params.exclusive(&["limit", "tail"]);
        match params.finish(read) {
            Ok(read) => format!("{read:?}"),
            Err(faults) => {
                let lines: Vec<_> = faults
                    .iter()
                    .map(|fault| format!("{} {}", fault.field, fault.message))
                    .collect();
                lines.join("; ")
            }
        }
    }

    #[test]
    fn a_list_is_repeated_or_written_with_commas() {
        insta::assert_snapshot!(read(&[("tag", "a,b"), ("tag", "c"), ("limit", "7")]), @r#"(Some(7), ["a", "b", "c"])"#);
    }

    #[test]
    fn every_parameter_at_fault_is_named_at_once() {
        insta::assert_snapshot!(
            read(&[("limit", "0"), ("tag", "a,b,c,d"), ("tail", "x"), ("Limit", "1")]),
            @"limit must be between 1 and 100; tag must have at most 3 entries; tail must be a whole number; tail cannot be combined with `limit`; Limit is unknown"
        );
        insta::assert_snapshot!(read(&[("limit", "1"), ("limit", "2")]), @"limit must be given once");
    }
}
