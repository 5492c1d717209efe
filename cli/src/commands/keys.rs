//! `errand keys`: API keys.

use std::time::Duration;

use domain::{id::KeyId, view::KeyView};
use serde_json::json;

use super::Context;
use crate::{
    clock,
    error::{Error, Result},
    output::{
        human::age,
        line::{BOLD, DIM, Line},
        table::Table,
    },
};

pub(crate) async fn create(context: &Context, name: &str, expires_in_s: Option<u64>) -> Result<()> {
    let mut body = json!({ "name": name });
    if let Some(seconds) = expires_in_s {
        let end = clock::now().checked_add(Duration::from_secs(seconds));
        let end = end.map_err(|_| Error::Usage("--expires-in is too far ahead".to_owned()))?;
        body["expires_at"] = end.to_string().into();
    }
    let key = context.client.create_key(body).await?;
    context.output.answer(&key, || vec![Line::styled(BOLD, &key.secret)])?;
    if !context.output.json {
        context.output.note(&Line::styled(
            DIM,
            &format!("This is {} and is shown only now. Use it as ERRAND_TOKEN.", key.key.id),
        ));
    }
    Ok(())
}

pub(crate) async fn list(context: &Context) -> Result<()> {
    let keys = context.client.keys().await?;
    let document = json!({ "items": keys });
    Ok(context.output.answer(&document, || table(&keys))?)
}

fn table(keys: &[KeyView]) -> Vec<Line> {
    let now = clock::now();
    let mut table = Table::new(&["ID", "AGE", "EXPIRES", "NAME"]);
    for key in keys {
        let expires = match key.expires_at {
            Some(at) if at <= now => "expired".to_owned(),
            Some(at) => format!("in {}", age(now, at)),
            None => "never".to_owned(),
        };
        table.row([
            Line::plain(&key.id.to_string()),
            Line::plain(&age(key.created_at, now)),
            Line::plain(&expires),
            Line::plain(&key.name),
        ]);
    }
    table.lines(None)
}

pub(crate) async fn revoke(context: &Context, key: KeyId) -> Result<()> {
    context.client.revoke_key(key).await?;
    Ok(context.output.answer(&json!({ "revoked": key }), || vec![Line::plain("Revoked.")])?)
}
