//! The question before something is destroyed.

use dialoguer::Confirm;
use dialoguer::theme::{ColorfulTheme, SimpleTheme, Theme};

use super::Ui;
use crate::error::{Error, Kind, Result};

impl Ui {
    /// Goes on when `--yes` is given or the person at the terminal says so.
    ///
    /// `question` says what, how many and where: ``delete cluster `cl-1` with 12
    /// hosts and 3 links``. A no is `Failed`; without a terminal to ask at it is
    /// `Unconfirmed`.
    pub fn confirm(&self, question: &str) -> Result<()> {
        if self.yes() {
            return Ok(());
        }
        if !self.can_ask() {
            return Err(Error::new(
                Kind::Unconfirmed,
                format!("{question}: not confirmed, and there is no terminal to ask at"),
            )
            .hint("Add `--yes` to go on without being asked"));
        }
        let theme: &dyn Theme =
            if self.err_is_coloured() { &ColorfulTheme::default() } else { &SimpleTheme };
        let mut prompt = question.to_owned();
        if let Some(first) = prompt.get_mut(..1) {
            first.make_ascii_uppercase();
        }
        let answer = Confirm::with_theme(theme)
            .with_prompt(format!("{prompt}?"))
            .default(false)
            .wait_for_newline(true)
            .interact_opt()
            .map_err(|error| Error::new(Kind::Failed, "asking for confirmation").because(error))?;
        match answer {
            Some(true) => Ok(()),
            _ => Err(Error::new(Kind::Failed, format!("{question}: not confirmed"))),
        }
    }
}
