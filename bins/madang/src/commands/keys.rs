//! `madang keys`: the keys that sign access tokens, and those that sign certificates as credentials.

use anyhow::{Result, bail};
use madang_auth::{issuer::IssuerKeyKeeper, tokens::KeyKeeper};
use madang_domain::{accounts::signing_keys::StoredKey, certification::issuer_keys::IssuerKey};

use crate::{
    cli::KeysAction,
    console::say,
    settings::Settings,
    wiring::{World, open_database, yard},
};

pub async fn keys(settings: Settings, action: KeysAction) -> Result<()> {
    let signs_tokens = matches!(action, KeysAction::List | KeysAction::Rotate);
    if signs_tokens && settings.jwt_secret.is_some() {
        bail!("JWT_SECRET is set, so tokens are signed with it; change the setting to change the key");
    }
    let database = open_database(&settings)?;
    database.migrations().run_pending().await?;
    let issuer = IssuerKeyKeeper::new(yard(&database, World::default()));
    let keeper = KeyKeeper::new(yard(&database, World::default()), settings.access_token);
    match action {
        KeysAction::List => {
            keeper.keys().await?;
            show(&keeper.kept().await?);
        }
        KeysAction::Rotate => {
            show(&keeper.rotate().await?);
            say("Running servers sign with the new key within half a minute.");
        }
        KeysAction::ListIssuer => show_issuer(&issuer.keys().await?),
        KeysAction::RotateIssuer => {
            show_issuer(&issuer.rotate().await?);
            say("Running servers sign with the new key at once.");
        }
    }
    Ok(())
}

fn show_issuer(keys: &[IssuerKey]) {
    say(&format!("{:<43}  {:<5}  made", "name", "signs"));
    for key in keys {
        let signs = if key.is_active { "yes" } else { "no" };
        say(&format!("{:<43}  {signs:<5}  {}", key.name, key.created_at.format("%FT%TZ")));
    }
}

fn show(keys: &[StoredKey]) {
    say(&format!("{:<43}  {:<8}  {:<20}  verifies until", "kid", "state", "made"));
    for key in keys {
        let until = key.ends_at.map_or_else(|| "-".to_owned(), |end| end.format("%FT%TZ").to_string());
        say(&format!(
            "{:<43}  {:<8}  {:<20}  {until}",
            key.kid,
            key.state.as_str(),
            key.created_at.format("%FT%TZ")
        ));
    }
}
