//! Where a request comes from, and what a browser says about that.

use std::{
    convert::Infallible,
    net::{IpAddr, Ipv6Addr},
};

use axum::extract::FromRequestParts;
use domain::problem::Code;
use http::{
    HeaderMap, HeaderValue, Uri,
    header::{COOKIE, HOST, ORIGIN},
    request::Parts,
};
use jiff::Timestamp;
use lambda_http::request::RequestContext;
use secrecy::{ExposeSecret as _, SecretString};

use crate::{
    edge::frame::RequestId,
    error::{Error, Result},
    services::Shared,
};

/// The cookie that keeps a browser signed in. It travels to the routes of signing in only.
const COOKIE_NAME: &str = "errand_refresh";
const COOKIE_PATH: &str = "/v1/auth";

/// Where a request comes from.
#[derive(Debug)]
pub(crate) struct Origin {
    /// Names the request in the logs.
    pub(crate) request_id: String,
    /// The address, or of a version 6 address the part that one customer has.
    pub(crate) network: String,
    /// Whether a page of our own address sent it, as far as a browser tells.
    from_our_page: bool,
    /// Whether it came without TLS: on one machine only.
    plain: bool,
    cookie: Option<SecretString>,
}

impl Origin {
    /// The refresh token of the cookie.
    ///
    /// # Errors
    /// When a page of somewhere else makes the browser send it.
    pub(crate) fn cookie(&self) -> Result<Option<&SecretString>> {
        if self.cookie.is_some() {
            self.may_have_cookie()?;
        }
        Ok(self.cookie.as_ref())
    }

    /// Whether an answer may carry a cookie: not where a page of somewhere else would sign its visitors in.
    pub(crate) fn may_have_cookie(&self) -> Result<()> {
        if self.from_our_page {
            return Ok(());
        }
        Err(Error::told(Code::CrossSite, "Cookies are for pages of this very address."))
    }

    /// The cookie that holds a refresh token until it ends.
    pub(crate) fn set_cookie(
        &self,
        token: &SecretString,
        ends_at: Timestamp,
        now: Timestamp,
    ) -> Result<HeaderValue> {
        let max_age = ends_at.duration_since(now).as_secs().max(0);
        let mut cookie = HeaderValue::try_from(self.cookie_text(token.expose_secret(), max_age))
            .map_err(Error::internal)?;
        cookie.set_sensitive(true);
        Ok(cookie)
    }

    /// The cookie that takes the one before away.
    pub(crate) fn clear_cookie(&self) -> Result<HeaderValue> {
        HeaderValue::try_from(self.cookie_text("", 0)).map_err(Error::internal)
    }

    fn cookie_text(&self, value: &str, max_age: i64) -> String {
        let secure = if self.plain { "" } else { "; Secure" };
        format!(
            "{COOKIE_NAME}={value}; Path={COOKIE_PATH}; Max-Age={max_age}; HttpOnly; SameSite=Strict{secure}"
        )
    }
}

impl FromRequestParts<Shared> for Origin {
    type Rejection = Infallible;

    async fn from_request_parts(
        parts: &mut Parts,
        _: &Shared,
    ) -> std::result::Result<Self, Infallible> {
        let request_id = parts.extensions.get::<RequestId>().map(|id| id.0.clone());
        let address = match parts.extensions.get::<RequestContext>() {
            Some(RequestContext::ApiGatewayV2(context)) => context.http.source_ip.as_deref(),
            Some(_) | None => None,
        };
        Ok(Self {
            request_id: request_id.unwrap_or_default(),
            network: network(address.unwrap_or_default()),
            from_our_page: from_our_page(&parts.headers),
            plain: header(&parts.headers, "x-forwarded-proto") == Some("http"),
            cookie: cookie(&parts.headers),
        })
    }
}

fn header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

/// What the browser says of itself, and no page can make it say: `Sec-Fetch-Site`; or else that the page's address is
/// ours.
fn from_our_page(headers: &HeaderMap) -> bool {
    if let Some(site) = headers.get("sec-fetch-site") {
        return site == "same-origin" || site == "none";
    }
    let origin: Option<Uri> = header(headers, ORIGIN.as_str()).and_then(|uri| uri.parse().ok());
    let origin = origin.as_ref().filter(|uri| uri.scheme().is_some());
    let origin = origin.and_then(|uri| uri.authority()).map(|host| host.as_str());
    origin.is_some() && origin == header(headers, HOST.as_str())
}

/// The one cookie of ours. Two of its name were not both set by us: then neither counts.
fn cookie(headers: &HeaderMap) -> Option<SecretString> {
    let all = headers.get_all(COOKIE).iter().filter_map(|cookies| cookies.to_str().ok());
    let mut ours = all
        .flat_map(|cookies| cookies.split(';'))
        .filter_map(|cookie| cookie.trim().split_once('='))
        .filter(|(name, _)| *name == COOKIE_NAME);
    match (ours.next(), ours.next()) {
        (Some((_, value)), None) => Some(value.into()),
        (None, _) | (Some(_), Some(_)) => None,
    }
}

fn network(address: &str) -> String {
    match address.parse() {
        Ok(IpAddr::V6(address)) if address.to_ipv4_mapped().is_none() => {
            let [a, b, c, d, ..] = address.segments();
            format!("{}/64", Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
        Ok(address) => address.to_canonical().to_string(),
        Err(_) => "unknown".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(given: &[(&'static str, &'static str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in given {
            headers.append(*name, HeaderValue::from_static(value));
        }
        headers
    }

    #[test]
    fn a_page_of_our_own_is_known_by_what_browsers_say_and_pages_cannot() {
        const HOST: (&str, &str) = ("host", "errand.example:4100");
        for given in [
            &[HOST, ("sec-fetch-site", "same-origin")][..],
            &[HOST, ("sec-fetch-site", "none")],
            &[HOST, ("origin", "https://errand.example:4100")],
            &[HOST, ("sec-fetch-site", "same-origin"), ("origin", "https://cdn.example")],
        ] {
            assert!(from_our_page(&headers(given)), "{given:?}");
        }
        for given in [
            &[][..],
            &[HOST],
            &[("origin", "https://errand.example:4100")],
            &[HOST, ("sec-fetch-site", "cross-site")],
            &[HOST, ("sec-fetch-site", "same-site")],
            &[HOST, ("sec-fetch-site", "")],
            &[HOST, ("sec-fetch-site", "cross-site"), ("origin", "https://errand.example:4100")],
            &[HOST, ("origin", "https://errand.example")],
            &[HOST, ("origin", "https://evil.example")],
            &[HOST, ("origin", "https://errand.example:4100.evil.example")],
            &[HOST, ("origin", "https://evil@errand.example:4100")],
            &[HOST, ("origin", "null")],
            &[("host", ""), ("origin", "")],
            &[("host", "null"), ("origin", "null")],
        ] {
            assert!(!from_our_page(&headers(given)), "{given:?}");
        }
    }

    #[test]
    fn the_cookie_is_found_among_others_and_only_if_there_is_one() {
        for (given, found) in [
            (&[("cookie", "errand_refresh=a")][..], Some("a")),
            (&[("cookie", "x=1; errand_refresh=a;y=2")], Some("a")),
            (&[("cookie", "x=1"), ("cookie", "errand_refresh=a")], Some("a")),
            (&[("cookie", "x=1;errand_refresh=a")], Some("a")),
            (&[], None),
            (&[("cookie", "xerrand_refresh=a; errand_refresh_=b; Errand_Refresh=c")], None),
            (&[("cookie", "errand_refresh=a; errand_refresh=b")], None),
            (&[("cookie", "errand_refresh=a"), ("cookie", "errand_refresh=a")], None),
        ] {
            let cookie = cookie(&headers(given));
            assert_eq!(cookie.as_ref().map(|value| value.expose_secret()), found, "{given:?}");
        }
    }

    #[test]
    fn a_network_is_what_one_customer_has() {
        for (address, expected) in [
            ("192.0.2.7", "192.0.2.7"),
            ("::ffff:192.0.2.7", "192.0.2.7"),
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
            ("2001:db8:1:2::", "2001:db8:1:2::/64"),
            ("", "unknown"),
            ("x#y", "unknown"),
        ] {
            assert_eq!(network(address), expected, "{address}");
        }
    }
}
