//! The page that a browser finds at `/`.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use http::HeaderValue;
use sha2::{Digest as _, Sha256};

const HTML: &str = include_str!("page.html");
const STYLE: &str = include_str!("page.css");
const NOTICE: &str = r#"<p class="notice"><strong>Demo model.</strong> No model key was given: a small scripted model answers here, so that everything can be tried. Nothing of it is real but the way.</p>"#;

/// The page and what it is allowed to do: nothing but to look like its own style sheet.
#[derive(Clone, Debug)]
pub(crate) struct Page {
    pub(crate) policy: HeaderValue,
}

impl Page {
    pub(crate) fn new() -> anyhow::Result<Self> {
        let hash = STANDARD.encode(Sha256::digest(STYLE));
        let policy = format!(
            "default-src 'none'; style-src 'sha256-{hash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
        );
        Ok(Self { policy: policy.parse()? })
    }

    pub(crate) fn html(&self, demo_model: bool) -> String {
        HTML.replace("{{style}}", STYLE)
            .replace("{{notice}}", if demo_model { NOTICE } else { "" })
            .replace("{{version}}", env!("CARGO_PKG_VERSION"))
    }
}
