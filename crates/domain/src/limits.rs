//! Values that came over the wire: parsed once at the edge, trusted afterwards.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::run::Repository;

/// Why a value is refused: a sentence that completes “the field …”.
pub type Fault = String;

/// Text of the errand, in bytes. The stored spec may be 400 KB (the limit of a DynamoDB item), all other fields
/// included, and JSON escapes may double it.
pub const PROMPT_BYTES: usize = 150 * 1024;
pub const TITLE_CHARS: usize = 200;
pub const MODEL_CHARS: usize = 100;
pub const TAGS: usize = 20;
pub const TAG_CHARS: usize = 50;
pub const URL_CHARS: usize = 2_000;
pub const REF_CHARS: usize = 250;
/// Of a repository's address or a ref, where it stands in a list.
pub const LABEL_CHARS: usize = 120;
pub const MAX_TURNS: (u64, u64) = (1, 1_000);
/// One cent to ten thousand dollars.
pub const BUDGET_USD_MICROS: (u64, u64) = (10_000, 10_000_000_000);
/// Ten seconds to one day.
pub const TIMEOUT_S: (u64, u64) = (1, 86_400);
pub const DEFAULT_TIMEOUT_S: u64 = 3_600;
pub const IDLE_TIMEOUT_S: u64 = 900;
pub const MAX_ATTEMPTS: (u64, u64) = (1, 10);
pub const DEFAULT_MAX_ATTEMPTS: u32 = 3;
pub const PAGE: (u64, u64) = (1, 100);
pub const DEFAULT_PAGE: usize = 25;
/// `not_before` may be a year ahead at most.
pub const NOT_BEFORE_DAYS: i64 = 366;

/// How urgent a task is. Within a priority the oldest goes first.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Priority {
    Urgent,
    High,
    #[default]
    Normal,
    Low,
}

impl Priority {
    /// Every priority, most urgent first.
    pub const ALL: [Self; 4] = [Self::Urgent, Self::High, Self::Normal, Self::Low];
}

/// # Errors
/// Blank, or longer than [`PROMPT_BYTES`].
pub fn prompt(text: &str) -> Result<String, Fault> {
    if text.trim().is_empty() {
        return Err("must not be blank".to_owned());
    }
    if text.len() > PROMPT_BYTES {
        return Err(format!("must be at most {PROMPT_BYTES} bytes long, not {}", text.len()));
    }
    if text.contains('\0') {
        return Err("must not contain a NUL character".to_owned());
    }
    Ok(text.to_owned())
}

/// # Errors
/// Blank, too long, or with control characters.
pub fn title(text: &str) -> Result<String, Fault> {
    line(text.trim(), TITLE_CHARS)
}

/// A title for a task that was given none: the first line of its prompt.
#[must_use]
pub fn title_of(prompt: &str) -> String {
    let first = prompt.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or("errand");
    let clean: String = first.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    if clean.chars().count() <= 80 {
        return clean;
    }
    let mut cut: String = clean.chars().take(79).collect();
    cut.push('…');
    cut
}

/// # Errors
/// Anything but a plain model name: it must never look like an option.
pub fn model(text: &str) -> Result<String, Fault> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.:/@[]".contains(c);
    if text.is_empty() || text.chars().count() > MODEL_CHARS {
        return Err(format!("must be 1 to {MODEL_CHARS} characters long"));
    }
    if !text.chars().all(plain) || !text.starts_with(|c: char| c.is_ascii_alphanumeric()) {
        return Err("must be a model's name, such as `claude-sonnet-5`".to_owned());
    }
    Ok(text.to_owned())
}

/// # Errors
/// Blank, too long, or with control characters or commas.
pub fn tag(text: &str) -> Result<String, Fault> {
    let text = line(text.trim(), TAG_CHARS)?;
    if text.contains(',') { Err("must not contain a comma".to_owned()) } else { Ok(text) }
}

/// A repository's address as people say it: without what all of them have in common.
///
/// Two spellings of one address have one label; it names the repository in lists, filters and usage.
#[must_use]
pub fn repository_label(url: &str) -> String {
    let rest = url.strip_prefix("https://").unwrap_or(url).trim_end_matches('/');
    let rest = rest.strip_suffix(".git").unwrap_or(rest);
    match rest.split_once('/') {
        Some((host, path)) if !rest.starts_with("file:") => {
            label(&format!("{}/{path}", host.to_ascii_lowercase()))
        }
        Some(_) | None => label(rest),
    }
}

/// As much of a text as a list has room for.
#[must_use]
pub fn label(text: &str) -> String {
    if text.chars().count() <= LABEL_CHARS {
        return text.to_owned();
    }
    let mut cut: String = text.chars().take(LABEL_CHARS - 1).collect();
    cut.push('…');
    cut
}

/// A number within inclusive bounds.
///
/// # Errors
/// Outside of them.
pub fn within(number: u64, (min, max): (u64, u64)) -> Result<u64, Fault> {
    if (min..=max).contains(&number) {
        Ok(number)
    } else {
        Err(format!("must be between {min} and {max}"))
    }
}

/// Which repositories an installation fetches from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RepositoryPolicy {
    /// `file:///…` paths too: for one machine whose users own it anyway.
    pub local_files: bool,
}

/// # Errors
/// Anything but an `https` address with a public-looking host and a path, or what the policy adds.
pub fn repository_url(text: &str, policy: RepositoryPolicy) -> Result<String, Fault> {
    if text.chars().count() > URL_CHARS {
        return Err(format!("must be at most {URL_CHARS} characters long"));
    }
    if text.chars().any(|c| c.is_control() || c.is_whitespace() || c == '\\') {
        return Err("must not contain spaces, backslashes or control characters".to_owned());
    }
    if policy.local_files
        && let Some(path) = text.strip_prefix("file://")
    {
        let absolute = path.starts_with('/') && !path.starts_with("//");
        let plain = !path.split('/').any(|part| part == "..");
        return if absolute && plain {
            Ok(text.to_owned())
        } else {
            Err("must be `file:///` and a path".to_owned())
        };
    }
    let Some(rest) = text.strip_prefix("https://") else {
        return Err("must start with `https://`".to_owned());
    };
    let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
    if authority.contains('@') {
        return Err("must not contain a user name or password".to_owned());
    }
    let host = authority.strip_suffix(":443").unwrap_or(authority).to_ascii_lowercase();
    if path.is_empty() || path.contains(['?', '#']) {
        return Err("must name a repository: `https://host/owner/name`".to_owned());
    }
    if !is_public_name(&host) {
        return Err("must name a public host".to_owned());
    }
    Ok(text.to_owned())
}

/// A DNS name with a dot whose last label is no number: neither `localhost` nor an address in any spelling.
///
/// This is the first fence only: whoever connects checks the addresses that the name resolves to.
fn is_public_name(host: &str) -> bool {
    let labels: Vec<&str> = host.split('.').collect();
    let label = |label: &&str| {
        !label.is_empty()
            && label.len() <= 63
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let private = ["localhost", "local", "internal", "localdomain", "lan", "home", "arpa"];
    labels.len() >= 2
        && labels.iter().all(label)
        && labels.last().is_some_and(|last| {
            last.bytes().any(|b| b.is_ascii_alphabetic())
                && !last.starts_with("0x")
                && !private.contains(last)
        })
}

/// A branch, tag or commit by git's own rules for names (`git check-ref-format`), and no option.
///
/// # Errors
/// Anything else.
pub fn git_ref(text: &str) -> Result<String, Fault> {
    let forbidden = |c: char| c.is_control() || c == ' ' || "~^:?*[\\\"'`$;|&<>(){}!#%".contains(c);
    let bad_part = |part: &str| part.is_empty() || part.starts_with('.') || part.ends_with(".lock");
    if text.is_empty() || text.chars().count() > REF_CHARS {
        return Err(format!("must be 1 to {REF_CHARS} characters long"));
    }
    if text.starts_with('-')
        || text.chars().any(forbidden)
        || text.contains("..")
        || text.contains("@{")
        || text == "@"
        || text.ends_with('.')
        || text.split('/').any(bad_part)
    {
        return Err("must be the name of a branch or tag, or a commit".to_owned());
    }
    Ok(text.to_owned())
}

/// # Errors
/// Those of [`repository_url`] and [`git_ref`].
pub fn repository(
    url: &str,
    git_ref: Option<&str>,
    policy: RepositoryPolicy,
) -> Result<Repository, Fault> {
    Ok(Repository {
        url: repository_url(url, policy)?,
        git_ref: git_ref.map(self::git_ref).transpose()?,
    })
}

fn line(text: &str, max_chars: usize) -> Result<String, Fault> {
    let length = text.chars().count();
    if length == 0 || length > max_chars {
        return Err(format!("must be 1 to {max_chars} characters long"));
    }
    if text.chars().any(char::is_control) {
        return Err("must not contain control characters".to_owned());
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const CLOUD: RepositoryPolicy = RepositoryPolicy { local_files: false };

    #[test]
    fn a_repository_is_https_on_a_public_host() {
        for good in [
            "https://github.com/rust-lang/log.git",
            "https://git.example.org:443/a/b",
            "https://a-b.c9/x",
        ] {
            assert_eq!(repository_url(good, CLOUD), Ok(good.to_owned()));
        }
        for bad in [
            "",
            "http://github.com/a/b",
            "git://github.com/a/b",
            "ssh://git@github.com/a/b",
            "git@github.com:a/b",
            "ext::sh -c id",
            "file:///etc",
            "https://localhost/x.git",
            "https://127.0.0.1/x",
            "https://127.1/x",
            "https://0x7f.0.0.0x1/x",
            "https://2130706433/x",
            "https://[::1]/x",
            "https://user:pw@github.com/a/b",
            "https://github.com@evil.example/a",
            "https://github.com",
            "https://github.com/",
            "https://github.com/a b",
            "https://github.com/a\nb",
            "https://github.com\\@evil.example/a",
            "https://github.com:8443/a/b",
            "https://box.internal/x",
            "https://-oProxyCommand=x/y",
            "--upload-pack=touch x",
        ] {
            assert!(repository_url(bad, CLOUD).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_local_path_is_a_repository_only_where_the_operator_allows_it() {
        let here = RepositoryPolicy { local_files: true };
        assert!(repository_url("file:///srv/git/app.git", here).is_ok());
        for bad in [
            "file://host/app.git",
            "file:////srv",
            "file:///srv/../etc",
            "file://",
            "/srv/git/app.git",
        ] {
            assert!(repository_url(bad, here).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_ref_is_never_an_option_nor_a_second_command() {
        for good in [
            "main",
            "feature/login-2",
            "v1.2.3",
            "refs/pull/7/head",
            "0123456789abcdef",
            "release_1+x",
        ] {
            assert_eq!(git_ref(good), Ok(good.to_owned()));
        }
        for bad in [
            "",
            "-b",
            "--upload-pack=x",
            "a..b",
            "a b",
            "a\nb",
            "a~1",
            "a^",
            "a:b",
            "@{-1}",
            "@",
            "a//b",
            "/a",
            "a/",
            ".a",
            "a/.b",
            "a.lock",
            "a.",
            "$(id)",
            "`id`",
            "a;b",
            "a|b",
            "a\\b",
            "a*",
        ] {
            assert!(git_ref(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_model_is_never_an_option() {
        assert!(model("claude-sonnet-5").is_ok() && model("us.anthropic.claude:0[1m]").is_ok());
        for bad in ["", "--mcp-config=/x", "a b", "-m", "a\n", "é", &"a".repeat(101)] {
            assert!(model(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_title_is_made_of_the_first_line_that_says_something() {
        assert_eq!(title_of("\n  Fix the login\nand more"), "Fix the login");
        assert_eq!(title_of(&"x".repeat(100)).chars().count(), 80);
        assert_eq!(title_of("a\u{1b}[2Jb"), "a [2Jb");
    }

    #[test]
    fn the_spellings_of_one_repository_have_one_label() {
        for url in [
            "https://github.com/acme/App",
            "https://GitHub.com/acme/App.git",
            "https://github.com/acme/App/",
            "github.com/acme/App",
        ] {
            assert_eq!(repository_label(url), "github.com/acme/App", "{url}");
        }
        assert_eq!(repository_label("file:///srv/git/App.git"), "file:///srv/git/App");
        let long = repository_label(&format!("https://github.com/{}", "文".repeat(URL_CHARS)));
        assert_eq!(long.chars().count(), LABEL_CHARS);
    }

    #[test]
    fn a_prompt_is_text_of_a_bounded_size() {
        assert!(prompt("do it").is_ok() && prompt(&"x".repeat(PROMPT_BYTES)).is_ok());
        for bad in ["", " \n\t", "a\0b", &"x".repeat(PROMPT_BYTES + 1)] {
            assert!(prompt(bad).is_err(), "{}", bad.len());
        }
    }
}
