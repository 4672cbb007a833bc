//! Tables with headings that fit the width of the terminal.

use anstyle::{Ansi256Color, AnsiColor, Color, Effects, Style};
use comfy_table::{Attribute, CellAlignment, ContentArrangement};

/// A table: headings, then rows of as many cells.
pub struct Table(comfy_table::Table);

/// One cell: a text and the style of its meaning.
pub struct Cell {
    text: String,
    style: Style,
}

impl Cell {
    /// `text` in `style`.
    pub fn styled(text: impl Into<String>, style: Style) -> Cell {
        Cell { text: text.into(), style }
    }
}

impl<T: Into<String>> From<T> for Cell {
    fn from(text: T) -> Cell {
        Cell { text: text.into(), style: Style::new() }
    }
}

impl Table {
    /// An empty table with these headings, printed in capitals by custom: `["NAME", "SIZE"]`.
    pub fn new<const N: usize>(headings: [&str; N]) -> Table {
        let mut table = Table::plain();
        let bold = Style::new().bold();
        table.0.set_header(headings.map(|heading| cell(Cell::styled(heading, bold))));
        table
    }

    /// An empty table without headings, for names beside their values.
    pub fn plain() -> Table {
        let mut table = comfy_table::Table::new();
        table.load_style(comfy_table::presets::NOTHING);
        table.set_content_arrangement(ContentArrangement::Dynamic);
        Table(table)
    }

    /// Adds a row.
    pub fn row<const N: usize>(&mut self, cells: [Cell; N]) -> &mut Table {
        self.0.add_row(cells.map(cell));
        self
    }

    /// Adds a row of any length; missing cells are empty.
    pub fn cells(&mut self, cells: impl IntoIterator<Item = Cell>) -> &mut Table {
        self.0.add_row(cells.into_iter().map(cell).collect::<Vec<_>>());
        self
    }

    /// Puts the numbers of a column (the first is 0) under each other's last digit.
    pub fn right(&mut self, column: usize) -> &mut Table {
        if let Some(column) = self.0.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
        self
    }

    /// The lines of the table in `width` columns, with or without colour.
    pub(super) fn render(&mut self, width: usize, coloured: bool) -> String {
        self.0.set_width(u16::try_from(width).unwrap_or(u16::MAX));
        if coloured {
            self.0.enforce_styling();
        } else {
            self.0.force_no_tty();
        }
        let last = self.0.column_count().saturating_sub(1);
        for (index, column) in self.0.column_iter_mut().enumerate() {
            column.set_padding((0, if index == last { 0 } else { 3 }));
        }
        self.0.trim_fmt()
    }
}

fn cell(cell: Cell) -> comfy_table::Cell {
    let mut out = comfy_table::Cell::new(cell.text);
    if let Some(color) = cell.style.get_fg_color().and_then(color) {
        out = out.fg(color);
    }
    let effects = cell.style.get_effects();
    if effects.contains(Effects::BOLD) {
        out = out.add_attribute(Attribute::Bold);
    }
    if effects.contains(Effects::DIMMED) {
        out = out.add_attribute(Attribute::Dim);
    }
    out
}

fn color(color: Color) -> Option<comfy_table::Color> {
    match color {
        Color::Ansi(ansi) => Some(comfy_table::Color::AnsiValue(index(ansi))),
        Color::Ansi256(Ansi256Color(index)) => Some(comfy_table::Color::AnsiValue(index)),
        Color::Rgb(_) => None,
    }
}

fn index(color: AnsiColor) -> u8 {
    Ansi256Color::from_ansi(color).index()
}
