//! Colour by meaning; never the only carrier of it.

use std::fmt;

use anstyle::{AnsiColor, Style};

/// One style for each meaning; all plain where colour is off.
#[derive(Debug, Clone, Copy, Default)]
pub struct Styles {
    /// Headings of tables and sections.
    pub heading: Style,
    /// What a thing is called: ids, paths, keys.
    pub name: Style,
    /// What is less important than its neighbours.
    pub muted: Style,
    /// Healthy, added.
    pub good: Style,
    /// Worth a look, changed.
    pub warn: Style,
    /// Broken, removed.
    pub bad: Style,
    /// Something to type.
    pub literal: Style,
}

impl Styles {
    /// No colour at all.
    pub fn plain() -> Styles {
        Styles::default()
    }

    /// The colours of the sixteen that every terminal theme defines.
    pub fn coloured() -> Styles {
        Styles {
            heading: Style::new().bold(),
            name: AnsiColor::Cyan.on_default(),
            muted: Style::new().dimmed(),
            good: AnsiColor::Green.on_default(),
            warn: AnsiColor::Yellow.on_default(),
            bad: AnsiColor::Red.on_default().bold(),
            literal: Style::new().bold(),
        }
    }

    /// `text` in `style`, to be printed with `{}`.
    pub fn paint<T: fmt::Display>(style: Style, text: T) -> Painted<T> {
        Painted { style, text }
    }
}

/// A text in a style.
pub struct Painted<T> {
    style: Style,
    text: T,
}

impl<T: fmt::Display> fmt::Display for Painted<T> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}{}{}", self.style.render(), self.text, self.style.render_reset())
    }
}
