//! `madang keys`: the keys that sign access tokens.

use anyhow::{Result, bail};
use madang_auth::tokens::KeyKeeper;
use madang_domain::accounts::signing_keys::StoredKey;

use crate::{
    cli::KeysAction,
    console::say,
    settings::Settings,
    wiring::{World, open_database, yard},
};

pub async fn keys(settings: Settings, action: KeysAction) -> Result<()> {
    if settings.jwt_secret.is_some() {
        bail!("JWT_SECRET is set, so tokens are signed with it; change the setting to change the key");
    }
    let database = open_database(&settings)?;
    database.migrations().run_pending().await?;
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
    }
    Ok(())
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
