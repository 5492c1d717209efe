//! Where settings come from: one table of what was given, out of the environment and the file. What nobody took at the
//! end is unknown.

use std::{collections::BTreeMap, ffi::OsString, fmt};

use toml::Value;

const PREFIX: &str = "ERRAND_";
/// Names that the world knows without our prefix.
const FOREIGN: &[&str] = &["ANTHROPIC_API_KEY", "ANTHROPIC_BASE_URL"];

/// Why there are no settings.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    #[error("errand.toml cannot be read: {0}")]
    File(String),
    #[error("errand.toml is not TOML: {0}")]
    Form(String),
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Faults(Vec<Fault>),
}

/// One setting that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    Unknown { label: String, known: Vec<String> },
    Wrong { label: String, expected: String },
    Missing { label: String, why: String },
}

impl fmt::Display for Fault {
    // The value is never shown: it could be a secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown { label, known } => {
                write!(f, "{label} is not a setting; there are {}", known.join(", "))
            }
            Self::Wrong { label, expected } => write!(f, "{label} must be {expected}"),
            Self::Missing { label, why } => write!(f, "{label} is not set, and {why}"),
        }
    }
}

struct Given {
    label: String,
    value: Value,
}

/// What was given and not taken yet.
pub(super) struct Source {
    given: BTreeMap<String, Given>,
    known: Vec<String>,
    faults: Vec<Fault>,
}

impl Source {
    pub(super) fn new(
        variables: impl IntoIterator<Item = (OsString, OsString)>,
        file: Option<&str>,
        ignored: &[&str],
    ) -> Result<Self, SettingsError> {
        let mut given = BTreeMap::new();
        if let Some(file) = file {
            // The parser's own words show the line; they could quote a secret.
            let table: toml::Table = file.parse().map_err(|err: toml::de::Error| {
                let line = err
                    .span()
                    .map_or(1, |span| file[..span.start.min(file.len())].matches('\n').count() + 1);
                SettingsError::Form(format!("line {line}: {}", err.message()))
            })?;
            for (name, value) in table {
                given.insert(
                    name.clone(),
                    Given { label: format!("`{name}` in errand.toml"), value },
                );
            }
        }
        for (variable, value) in variables {
            let Some(variable) = variable.to_str() else { continue };
            if ignored.contains(&variable) || value.is_empty() {
                continue;
            }
            let name = match variable.strip_prefix(PREFIX) {
                Some(name) => name,
                None if FOREIGN.contains(&variable) => variable,
                None => continue,
            };
            let name = name.to_ascii_lowercase();
            let value = Value::String(value.to_string_lossy().into_owned());
            given.insert(name, Given { label: variable.to_owned(), value });
        }
        Ok(Self { given, known: Vec::new(), faults: Vec::new() })
    }

    /// Takes a setting, if it was given.
    pub(super) fn take<T>(
        &mut self,
        name: &str,
        expected: &str,
        read: impl FnOnce(&Value) -> Option<T>,
    ) -> Option<T> {
        self.known.push(variable(name));
        let given = self.given.remove(name)?;
        let value = read(&given.value);
        if value.is_none() {
            self.faults.push(Fault::Wrong { label: given.label, expected: expected.to_owned() });
        }
        value
    }

    /// Notes that a setting without a default was not given; the value only fills the place.
    pub(super) fn missing<T: Default>(&mut self, name: &str, why: &str) -> T {
        let label = variable(name);
        let noted = |fault: &Fault| matches!(fault, Fault::Wrong { label: of, .. } if *of == label);
        if !self.faults.iter().any(noted) {
            self.faults.push(Fault::Missing { label, why: why.to_owned() });
        }
        T::default()
    }

    pub(super) fn finish<T>(mut self, settings: T) -> Result<T, SettingsError> {
        for given in self.given.into_values() {
            self.faults.push(Fault::Unknown { label: given.label, known: self.known.clone() });
        }
        if self.faults.is_empty() { Ok(settings) } else { Err(SettingsError::Faults(self.faults)) }
    }
}

fn variable(name: &str) -> String {
    let name = name.to_ascii_uppercase();
    if FOREIGN.contains(&name.as_str()) { name } else { format!("{PREFIX}{name}") }
}
