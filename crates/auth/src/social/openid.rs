//! `OpenID` Connect as all four providers speak it: our application at a provider, from the address of the sign-in to claims
//! that hold.
//!
//! Not here: what of the claims is believed, and what else a provider is asked. That is each provider's own.

use madang_domain::accounts::identities::{ClientToken, CodeGrant, FlowProof, ProviderError};

use super::{
    id_token::{Claims, Expected, KeySet},
    oauth::{Endpoints, Tokens},
    outgoing::refused,
    providers::Workshop,
};

/// Our application at one provider.
pub(super) struct Application {
    pub(super) endpoints: Endpoints,
    /// The names under which the provider signs.
    pub(super) issuers: &'static [&'static str],
    /// To which applications beside the one that signs in here an ID token may be made out.
    pub(super) natives: Vec<String>,
    pub(super) keys: KeySet,
    /// Whether native apps give the provider the hash of the nonce that they drew.
    pub(super) hashes_nonces: bool,
}

impl Application {
    /// Where the browser signs in.
    pub(super) fn authorization_url(
        &self,
        shop: &Workshop,
        redirect_uri: &str,
        state: &str,
        extra: &[(&str, &str)],
    ) -> Result<String, ProviderError> {
        self.endpoints.authorization_url(&shop.sealer, redirect_uri, state, extra)
    }

    /// Exchanges a code for tokens.
    pub(super) async fn exchange(
        &self,
        shop: &Workshop,
        grant: &CodeGrant,
        client_secret: String,
    ) -> Result<Tokens, ProviderError> {
        self.endpoints.exchange(&shop.outgoing, &shop.sealer, grant, client_secret).await
    }

    /// Exchanges a code for tokens, of which one must be an ID token that holds.
    pub(super) async fn redeem(
        &self,
        shop: &Workshop,
        grant: &CodeGrant,
        client_secret: String,
    ) -> Result<(Tokens, Claims), ProviderError> {
        let tokens = self.exchange(shop, grant, client_secret).await?;
        let claims = self.claims_beside(shop, grant, &tokens).await?;
        let claims = claims
            .ok_or_else(|| refused(self.endpoints.provider, "no_id_token", ProviderError::Misconfigured))?;
        Ok((tokens, claims))
    }

    /// The claims of the ID token that came for a code; `None` where there is none.
    pub(super) async fn claims_beside(
        &self,
        shop: &Workshop,
        grant: &CodeGrant,
        tokens: &Tokens,
    ) -> Result<Option<Claims>, ProviderError> {
        let Some(token) = tokens.id_token() else { return Ok(None) };
        let nonce = match &grant.proof {
            FlowProof::State(state) => Some(shop.sealer.nonce(state)),
            FlowProof::Client { nonce, .. } => nonce.clone(),
        };
        self.claims(shop, token, nonce).await.map(Some)
    }

    /// The claims of a token that a client brought; access tokens prove nothing.
    pub(super) async fn check(&self, shop: &Workshop, token: &ClientToken) -> Result<Claims, ProviderError> {
        match token {
            ClientToken::Id { token, nonce } => self.claims(shop, token, nonce.clone()).await,
            ClientToken::Access(_) => {
                Err(refused(self.endpoints.provider, "token_unproven", ProviderError::Untrusted))
            }
        }
    }

    /// The claims of a token that was made for us and, where a nonce was drawn, for this sign-in.
    pub(super) async fn claims(
        &self,
        shop: &Workshop,
        token: &str,
        nonce: Option<String>,
    ) -> Result<Claims, ProviderError> {
        let own = std::iter::once(self.endpoints.client_id.as_str());
        let hashed = nonce.as_deref().filter(|_| self.hashes_nonces).map(sha256_hex);
        let expected = Expected {
            issuers: self.issuers,
            audiences: own.chain(self.natives.iter().map(String::as_str)).collect(),
            nonces: nonce.into_iter().chain(hashed).collect(),
            now: shop.clock.now(),
        };
        self.keys.verify(&shop.outgoing, token, &expected).await
    }
}

fn sha256_hex(text: &str) -> String {
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, text.as_bytes());
    digest.as_ref().iter().fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"))
}
