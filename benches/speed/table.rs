//! What was measured beside what it should be, as one table in Markdown.

/// What a figure must be.
#[derive(Clone, Copy)]
pub enum Bar {
    AtMost(f64),
    AtLeast(f64),
    /// So many times what it is measured beside.
    Ratio(f64),
}

/// What something else needed for the same.
#[derive(Clone, Copy)]
pub enum Beside {
    Took(f64),
    NotInstalled,
    GaveUp,
}

impl From<Option<f64>> for Beside {
    fn from(took: Option<f64>) -> Self {
        took.map_or(Self::NotInstalled, Self::Took)
    }
}

pub struct Row {
    vault: String,
    what: String,
    measured: f64,
    unit: &'static str,
    beside: Option<(String, Beside)>,
    bar: Option<Bar>,
}

impl Row {
    pub fn beside(&mut self, what: &str, beside: impl Into<Beside>) -> &mut Self {
        self.beside = Some((what.to_owned(), beside.into()));
        self
    }

    pub fn bar(&mut self, bar: Bar) -> &mut Self {
        self.bar = Some(bar);
        self
    }

    fn ratio(&self) -> Option<f64> {
        let Some((_, Beside::Took(beside))) = self.beside else { return None };
        Some(self.measured / beside)
    }

    /// Returns whether the bar is met; nobody knows where what it is measured beside is not installed.
    fn is_met(&self) -> Option<bool> {
        Some(match self.bar? {
            Bar::AtMost(most) => self.measured <= most,
            Bar::AtLeast(least) => self.measured >= least,
            Bar::Ratio(most) => self.ratio()? <= most,
        })
    }

    fn cells(&self) -> [String; 7] {
        let n_digits = |n: f64| if self.unit.is_empty() { 0 } else { usize::from(n < 1000.0) + 2 * usize::from(n < 10.0) };
        let figure = |n: f64| format!("{n:.*} {}", n_digits(n), self.unit);
        let beside = self.beside.as_ref().map(|(what, beside)| match beside {
            Beside::Took(took) => format!("{what}: {}", figure(*took)),
            Beside::NotInstalled => format!("{what}: not installed"),
            Beside::GaveUp => format!("{what}: fails, or takes too long"),
        });
        let bar = self.bar.map(|bar| match bar {
            Bar::AtMost(most) => format!("<= {most} {}", self.unit),
            Bar::AtLeast(least) => format!(">= {least} {}", self.unit),
            Bar::Ratio(most) => format!("<= {most} of it"),
        });
        let verdict = match self.is_met() {
            Some(true) => "met",
            Some(false) => "MISSED",
            None if self.bar.is_some() => "unknown",
            None => "",
        };
        [
            self.vault.clone(),
            self.what.clone(),
            figure(self.measured),
            beside.unwrap_or_default(),
            self.ratio().map(|ratio| format!("{ratio:.3}")).unwrap_or_default(),
            bar.unwrap_or_default(),
            verdict.to_owned(),
        ]
    }
}

#[derive(Default)]
pub struct Table {
    rows: Vec<Row>,
}

impl Table {
    pub fn add(&mut self, vault: &str, what: &str, measured: f64, unit: &'static str) -> &mut Row {
        self.rows.push(Row { vault: vault.to_owned(), what: what.to_owned(), measured, unit, beside: None, bar: None });
        self.rows.last_mut().expect("it was just added")
    }

    pub fn n_missed(&self) -> usize {
        self.rows.iter().filter(|row| row.is_met() == Some(false)).count()
    }
}

impl std::fmt::Display for Table {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let head = ["vault", "what", "measured", "beside", "ratio", "bar", ""].map(str::to_owned);
        let cells: Vec<_> = std::iter::once(head).chain(self.rows.iter().map(Row::cells)).collect();
        let widths: [usize; 7] = std::array::from_fn(|i| cells.iter().map(|row| row[i].chars().count()).max().unwrap_or_default());
        for (n, row) in cells.iter().enumerate() {
            for (cell, width) in row.iter().zip(widths) {
                write!(f, "| {cell:width$} ")?;
            }
            writeln!(f, "|")?;
            if n == 0 {
                widths.iter().try_for_each(|width| write!(f, "|{}", "-".repeat(width + 2)))?;
                writeln!(f, "|")?;
            }
        }
        Ok(())
    }
}
