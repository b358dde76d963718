//! `madang create-admin`, and the first admin of a new installation.

use std::io::Read;

use anyhow::{Context, Result};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use madang_auth::secrets::random_bytes;
use madang_domain::{
    accounts::{AccountService, Registration, User},
    text::{PersonName, Username},
};

use crate::{
    cli::CreateAdminArgs,
    console::say,
    settings::Settings,
    wiring::{World, open_database, services},
};

pub async fn create_admin(settings: Settings, args: CreateAdminArgs) -> Result<()> {
    let database = open_database(&settings)?;
    database.migrations().run_pending().await?;
    let services = services(&settings, &database, World::default()).await?;
    let password = if args.password_stdin {
        let mut text = String::new();
        std::io::stdin().read_to_string(&mut text).context("no password on standard input")?;
        text.trim_end_matches(['\r', '\n']).to_owned()
    } else {
        random_password()
    };
    let user = make(&services.accounts, &args.username, &args.name, &password).await?;
    say(&format!("admin     {}", user.username));
    if !args.password_stdin {
        say(&format!("password  {password}   (shown this once)"));
    }
    Ok(())
}

/// Makes the first admin; `None` where there is one.
pub async fn first_admin(accounts: &AccountService) -> Result<Option<(User, String)>> {
    if accounts.has_admin().await? {
        return Ok(None);
    }
    let password = random_password();
    let user = make(accounts, "admin", "관리자", &password).await?;
    Ok(Some((user, password)))
}

async fn make(accounts: &AccountService, username: &str, name: &str, password: &str) -> Result<User> {
    let registration = Registration {
        username: Username::parse(username).context("the username can't be used")?,
        password: password.to_owned(),
        name: PersonName::parse(name).context("the name can't be used")?,
        email: None,
        phone: None,
    };
    Ok(accounts.create_admin(registration).await?)
}

/// 96 bits as text: nobody has to remember it.
fn random_password() -> String {
    BASE64_URL_SAFE_NO_PAD.encode(random_bytes::<12>())
}
