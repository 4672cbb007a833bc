//! The token of the management API.

use std::path::Path;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use hyper::StatusCode;
use hyper::header::{AUTHORIZATION, WWW_AUTHENTICATE};
use sha2::{Digest, Sha256};

use crate::error::{Error, Kind, Result};

/// What proves that one may use the management API; only its digest is kept, so
/// that comparing tells nothing about it by its time.
#[derive(Clone)]
pub struct Token([u8; 32]);

impl Token {
    /// The token that a file holds, without the white space around it.
    pub fn read(file: &Path) -> Result<Token> {
        let failed = || format!("reading the token in `{}`", file.display());
        let text = std::fs::read_to_string(file)
            .map_err(|error| Error::new(Kind::Usage, failed()).because(error))?;
        match text.trim() {
            "" => Err(Error::new(Kind::Usage, failed())
                .because("there is nothing in it")
                .hint(format!("Make one with `openssl rand -hex 32 > {}`", file.display()))),
            token => Ok(Token::of(token.as_bytes())),
        }
    }

    fn of(text: &[u8]) -> Token {
        Token(Sha256::digest(text).into())
    }

    fn is(&self, header: &[u8]) -> bool {
        let (scheme, token) = header.split_at_checked(7).unwrap_or_default();
        scheme.eq_ignore_ascii_case(b"bearer ") && Token::of(token.trim_ascii()).0 == self.0
    }
}

/// The routes, for those alone who have the token.
pub fn guarded(routes: Router, token: Arc<Token>) -> Router {
    routes.layer(from_fn_with_state(token, check))
}

async fn check(State(token): State<Arc<Token>>, request: Request, next: Next) -> Response {
    match request.headers().get(AUTHORIZATION) {
        Some(header) if token.is(header.as_bytes()) => next.run(request).await,
        _ => {
            let why = "the management API needs `Authorization: Bearer TOKEN`\n";
            (StatusCode::UNAUTHORIZED, [(WWW_AUTHENTICATE, "Bearer")], why).into_response()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_token_itself_is_taken() {
        let token = Token::of(b"geheim");
        assert!(token.is(b"Bearer geheim"));
        assert!(token.is(b"bearer geheim "));
        for header in ["", "Bearer", "Bearer ", "geheim", "Bearer gehei", "Basic geheim"] {
            assert!(!token.is(header.as_bytes()), "{header}");
        }
    }
}
