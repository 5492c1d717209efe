//! Secrets that this test knows, and where they must not be.

use std::{fs, path::Path};

/// The model's key. It is looked for in everything that a scenario leaves behind.
pub const MODEL_KEY: &str = "sk-ant-canary-d41d8cd98f00b204e9800998ecf8427e";
/// Of the first user.
pub const ADMIN_PASSWORD: &str = "correct-canary-battery-staple";
/// Of the second user.
pub const OTHER_PASSWORD: &str = "another-canary-battery-staple";

/// How every signed token of ours goes on after its header: `{"` in base64, after a dot.
const TOKEN: &str = ".eyJ";

/// The files below `dir` in which `secrets`, or anything like a signed token, can be read.
#[must_use]
pub fn leaks(dir: &Path, secrets: &[String]) -> Vec<String> {
    let mut leaks = Vec::new();
    visit(dir, &mut |path, bytes| {
        let found = secrets.iter().map(String::as_str).chain([TOKEN]);
        let found = found.filter(|secret| contains(bytes, secret.as_bytes()));
        leaks.extend(found.map(|secret| format!("{secret} in {}", path.display())));
    });
    leaks
}

/// Whether `needle` is in `bytes`.
#[must_use]
pub fn contains(bytes: &[u8], needle: &[u8]) -> bool {
    let Some(first) = needle.first() else { return true };
    let mut from = 0;
    while let Some(found) = bytes[from..].iter().position(|byte| byte == first) {
        from += found;
        if bytes[from..].starts_with(needle) {
            return true;
        }
        from += 1;
    }
    false
}

fn visit(dir: &Path, look: &mut impl FnMut(&Path, &[u8])) {
    for entry in fs::read_dir(dir).expect("a directory that can be read") {
        let entry = entry.expect("an entry that can be read");
        let path = entry.path();
        let kind = entry.file_type().expect("a file of some type");
        if kind.is_dir() {
            visit(&path, look);
        } else if kind.is_file() {
            look(&path, &fs::read(&path).expect("a file that can be read"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_found_wherever_it_is() {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("deep")).unwrap();
        fs::write(dir.path().join("deep/log"), b"\xff\0sk-sk-ant\n").unwrap();
        fs::write(dir.path().join("clean"), b"sk-").unwrap();
        let leaks = leaks(dir.path(), &["sk-ant".to_owned()]);
        assert_eq!(leaks, [format!("sk-ant in {}", dir.path().join("deep/log").display())]);
    }

    #[test]
    fn a_signed_token_is_found_without_being_known() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("log"), b"token eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiIxIn0.abc")
            .unwrap();
        assert_eq!(leaks(dir.path(), &[]).len(), 1);
    }
}
