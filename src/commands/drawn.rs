//! Leaves in the forms of `tree` and `dump`: drawn, in lines, or as a document.

use std::io;

use serde::ser::{Serialize, Serializer};

use crate::commands::leaves;
use crate::commands::outline::Outline;
use crate::error::Result;
use crate::model::tree::Leaves;
use crate::model::yaml;
use crate::session::Session;
use crate::ui::{Format, Report, Styles, Tree, out};

/// A drawing, and the data it shows.
pub struct Drawn {
    pub leaves: Leaves,
    pub outline: Outline,
}

impl Drawn {
    /// Prints it; YAML leaf by leaf, as it may be large.
    pub fn show(&self, session: &Session, format: Format) -> Result<()> {
        if format == Format::Yaml {
            let mut out = session.ui.out();
            out::written(yaml::leaves(&mut out, &self.leaves, 0))?;
            return out.finish();
        }
        session.ui.show(self, format)
    }
}

impl Report for Drawn {
    fn text(&self, out: &mut dyn io::Write) -> io::Result<()> {
        leaves::lines(out, "", &self.leaves)
    }

    fn tree(&self, styles: &Styles) -> Option<Tree> {
        Some(self.outline.draw(&self.leaves, styles))
    }
}

impl Serialize for Drawn {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.leaves.nested().serialize(serializer)
    }
}
