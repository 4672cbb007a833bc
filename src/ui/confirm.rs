//! The question before something is destroyed.

use dialoguer::Input;
use dialoguer::theme::SimpleTheme;

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
        let mut announced = question.to_owned();
        if let Some(first) = announced.get_mut(..1) {
            first.make_ascii_uppercase();
        }
        // A line of its own: a prompt that wraps is not cleared well.
        self.say(announced);
        // A line that is typed, not a key: Ctrl-C then leaves the terminal as it was.
        let answer: String = Input::with_theme(&SimpleTheme)
            .with_prompt("Go on? [y/N]")
            .allow_empty(true)
            .interact()
            .map_err(|error| Error::new(Kind::Failed, "asking for confirmation").because(error))?;
        match answer.trim().to_ascii_lowercase().as_str() {
            "y" | "yes" => Ok(()),
            _ => Err(Error::new(Kind::Failed, format!("{question}: not confirmed"))),
        }
    }
}
