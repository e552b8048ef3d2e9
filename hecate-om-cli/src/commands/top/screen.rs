//! Live view: a full-screen table. The terminal is always restored.

use std::time::{Duration, SystemTime};

use hecate_om::call::CallError;
use ratatui::crossterm::event::{self, Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use ratatui::layout::{Alignment, Constraint, Layout, Rect};
use ratatui::style::{Color, Modifier, Style};
use ratatui::text::{Line, Text};
use ratatui::widgets::{Cell, Paragraph, Table};
use ratatui::{DefaultTerminal, Frame};
use tokio::sync::mpsc;

use super::observer::{Observer, Snapshot};
use super::row::Row;
use super::table::{Column, View, fitting, sorted};
use crate::interrupt::Interrupt;
use crate::output::Failure;

/// The terminal, restored on drop; a panic restores it before its message is printed.
struct Screen(DefaultTerminal);

impl Screen {
    fn open() -> Result<Self, Failure> {
        Ok(Self(ratatui::try_init()?))
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        ratatui::restore();
    }
}

/// State of the live view.
#[derive(Debug, Default)]
struct ScreenState {
    snapshot: Option<Snapshot>,
    /// Error of the last snapshot.
    error: Option<String>,
    view: View,
    interval: Duration,
}

pub(super) async fn run(
    observer: Observer,
    interval: Duration,
    interrupt: &mut Interrupt,
) -> Result<(), Failure> {
    let mut snapshots = observe(observer, interval);
    let mut screen = Screen::open()?;
    let mut events = events();
    let mut shown = ScreenState {
        interval,
        ..ScreenState::default()
    };
    loop {
        screen.0.draw(|frame| shown.draw(frame))?;
        tokio::select! {
            snapshot = snapshots.recv() => match snapshot {
                Some(snapshot) => shown.update(snapshot),
                None => return Err(Failure::new("failed", "monitoring has stopped")),
            },
            event = events.recv() => match event {
                Some(Event::Key(key)) if shown.handle_key(key) => return Ok(()),
                Some(_) => {}
                // The terminal was closed.
                None => return Ok(()),
            },
            () = interrupt.received() => return Ok(()),
        }
    }
}

/// Takes snapshots in the background, so that keys are handled at once.
fn observe(
    mut observer: Observer,
    interval: Duration,
) -> mpsc::Receiver<Result<Snapshot, CallError>> {
    let (sender, snapshots) = mpsc::channel(1);
    tokio::spawn(async move {
        loop {
            let snapshot = observer.observe().await;
            if sender.send(snapshot).await.is_err() {
                return;
            }
            tokio::time::sleep(interval).await;
        }
    });
    snapshots
}

/// Receives terminal events. The thread blocks in the terminal's read call, and ends with the
/// process.
fn events() -> mpsc::Receiver<Event> {
    let (sender, events) = mpsc::channel(16);
    std::thread::spawn(move || {
        while let Ok(event) = event::read() {
            if sender.blocking_send(event).is_err() {
                return;
            }
        }
    });
    events
}

impl ScreenState {
    fn update(&mut self, snapshot: Result<Snapshot, CallError>) {
        match snapshot {
            Ok(snapshot) => {
                self.snapshot = Some(snapshot);
                self.error = None;
            }
            Err(error) => self.error = Some(error.to_string()),
        }
    }

    /// Handles a key, and returns whether it quits.
    fn handle_key(&mut self, key: KeyEvent) -> bool {
        if key.kind == KeyEventKind::Release {
            return false;
        }
        let view = &mut self.view;
        match key.code {
            KeyCode::Char('q') | KeyCode::Esc => return true,
            KeyCode::Char('c') => return key.modifiers.contains(KeyModifiers::CONTROL),
            KeyCode::Char('s') => {
                *view = View {
                    sort: view.sort.next(),
                    ..View::default()
                };
            }
            KeyCode::Char('r') => view.reversed = !view.reversed,
            KeyCode::Down | KeyCode::Char('j') => view.scroll = view.scroll.saturating_add(1),
            KeyCode::Up | KeyCode::Char('k') => view.scroll = view.scroll.saturating_sub(1),
            KeyCode::Home => view.scroll = 0,
            _ => {}
        }
        false
    }

    fn draw(&mut self, frame: &mut Frame<'_>) {
        let [head, body, foot] = Layout::vertical([
            Constraint::Length(1),
            Constraint::Min(0),
            Constraint::Length(1),
        ])
        .areas(frame.area());
        frame.render_widget(self.head(), head);
        match &self.snapshot {
            Some(snapshot) if !snapshot.rows.is_empty() => {
                // One line is the header. Limit the scroll position if there are fewer rows.
                let visible = usize::from(body.height.saturating_sub(1)).max(1);
                let most = snapshot.rows.len().saturating_sub(visible);
                self.view.scroll = self.view.scroll.min(most);
                draw_rows(frame, body, &snapshot.rows, self.view);
            }
            Some(_) => frame.render_widget(Paragraph::new("no service is on the mesh"), body),
            None => frame.render_widget(Paragraph::new("querying the mesh …"), body),
        }
        let reason = self.snapshot.iter().flat_map(|snapshot| &snapshot.rows);
        let reason = reason
            .filter_map(|row| Some(format!("{}: {}", row.org, row.reason.as_ref()?)))
            .next();
        let foot_text = match (&self.error, reason) {
            (Some(error), _) => Line::styled(error.as_str(), Style::new().fg(Color::Red)),
            (None, Some(reason)) => Line::styled(reason, Style::new().fg(Color::Yellow)),
            (None, None) => Line::styled(
                "q quit  s sort by next column  r reverse  ↑↓ scroll",
                Style::new().add_modifier(Modifier::DIM),
            ),
        };
        frame.render_widget(foot_text, foot);
    }

    fn head(&self) -> Line<'_> {
        let Some(snapshot) = &self.snapshot else {
            return Line::from("hecate-om top");
        };
        let healthy = snapshot.rows.iter().filter(|row| is_healthy(row)).count();
        let calls: f64 = snapshot.rows.iter().filter_map(|row| row.calls_per_s).sum();
        let time = humantime::format_rfc3339_seconds(snapshot.at).to_string();
        let time = time.get(11..19).unwrap_or_default().to_owned();
        let age = SystemTime::now().duration_since(snapshot.at);
        let stale = age.is_ok_and(|age| age > self.interval * 3 + Duration::from_secs(5));
        Line::from(format!(
            "hecate-om top  {time} UTC{}  {} services, {healthy} healthy  {calls:.1} calls/s",
            if stale { " (stale)" } else { "" },
            snapshot.rows.len(),
        ))
    }
}

fn draw_rows(frame: &mut Frame<'_>, area: Rect, rows: &[Row], view: View) {
    let columns = fitting(area.width);
    let title = |column: &Column| {
        let mark = match (view.sort == *column, view.reversed) {
            (false, _) => "",
            (true, false) => "*",
            (true, true) => "^",
        };
        aligned(*column, format!("{}{mark}", column.title()))
    };
    let header = ratatui::widgets::Row::new(columns.iter().map(title))
        .style(Style::new().add_modifier(Modifier::BOLD));
    let lines = sorted(rows, view).into_iter().skip(view.scroll).map(|row| {
        let cell = |column: &Column| {
            let cell = aligned(*column, column.cell(row));
            if *column == Column::Status {
                cell.style(Style::new().fg(colour(row)))
            } else {
                cell
            }
        };
        ratatui::widgets::Row::new(columns.iter().map(cell).collect::<Vec<_>>())
    });
    let widths = columns.iter().enumerate().map(|(n, column)| match n {
        0 => Constraint::Fill(1),
        _ => Constraint::Length(column.width()),
    });
    let table = Table::new(lines, widths).header(header).column_spacing(1);
    frame.render_widget(table, area);
}

fn aligned(column: Column, text: String) -> Cell<'static> {
    let alignment = if column.is_number() {
        Alignment::Right
    } else {
        Alignment::Left
    };
    Cell::from(Text::from(text).alignment(alignment))
}

fn is_healthy(row: &Row) -> bool {
    row.status == "ok" && row.ready != Some(false)
}

fn colour(row: &Row) -> Color {
    match row.status.as_str() {
        _ if is_healthy(row) => Color::Green,
        "ok" | "degraded" | "unknown" => Color::Yellow,
        _ => Color::Red,
    }
}

#[cfg(test)]
mod tests {
    use ratatui::Terminal;
    use ratatui::backend::TestBackend;

    use super::*;

    fn shown(rows: Vec<Row>) -> ScreenState {
        let mut shown = ScreenState::default();
        shown.update(Ok(Snapshot {
            at: SystemTime::now(),
            rows,
        }));
        shown
    }

    fn drawn(shown: &mut ScreenState, width: u16, height: u16) -> String {
        let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
        terminal.draw(|frame| shown.draw(frame)).unwrap();
        // The test backend cannot return text for a width of zero.
        match width {
            0 => String::new(),
            _ => terminal.backend().to_string(),
        }
    }

    fn row(org: &str) -> Row {
        Row {
            org: org.into(),
            node_id: Some("0123456789abcdef".into()),
            status: "ok".into(),
            calls_per_s: Some(12.5),
            p99_ms: Some(3.25),
            ..Row::default()
        }
    }

    #[test]
    fn the_screen_shows_each_service_with_its_rate_and_state() {
        let text = drawn(&mut shown(vec![row("acme"), row("other")]), 120, 6);
        for wanted in [
            "2 services, 2 healthy",
            "25.0 calls/s",
            "acme",
            "other",
            "12.5",
            "3.2 ms",
            "0123456789ab",
            "q quit",
        ] {
            assert!(text.contains(wanted), "`{wanted}` is not in\n{text}");
        }
    }

    #[test]
    fn every_terminal_size_is_supported() {
        let mut shown = shown((0..50).map(|n| row(&format!("service-{n}"))).collect());
        for width in [0, 1, 2, 5, 10, 20, 40, 80, 300] {
            for height in [0, 1, 2, 3, 10] {
                shown.view.scroll = 40;
                drawn(&mut shown, width, height);
            }
        }
        let narrow = drawn(&mut shown, 24, 5);
        assert!(
            narrow.contains("SERVICE") && !narrow.contains("P99"),
            "{narrow}"
        );
    }

    #[test]
    fn keys_sort_scroll_and_quit() {
        let mut shown = shown((0..9).map(|n| row(&format!("s{n}"))).collect());
        let key = |code| KeyEvent::new(code, KeyModifiers::NONE);
        assert!(!shown.handle_key(key(KeyCode::Char('s'))));
        assert_eq!(shown.view.sort, Column::Status);
        assert!(!shown.handle_key(key(KeyCode::Char('r'))));
        assert!(shown.view.reversed);
        for _ in 0..100 {
            shown.handle_key(key(KeyCode::Down));
        }
        let text = drawn(&mut shown, 60, 5);
        assert!(text.contains("s8"), "the last row stays in sight:\n{text}");
        assert!(!shown.handle_key(key(KeyCode::Char('c'))));
        let ctrl_c = KeyEvent::new(KeyCode::Char('c'), KeyModifiers::CONTROL);
        assert!(shown.handle_key(ctrl_c) && shown.handle_key(key(KeyCode::Char('q'))));
    }

    #[test]
    fn a_mesh_error_is_shown_and_the_last_snapshot_stays() {
        let mut shown = shown(vec![row("acme")]);
        shown.update(Err(CallError::NotConnected("no station is linked now")));
        let text = drawn(&mut shown, 80, 5);
        assert!(
            text.contains("acme") && text.contains("no station is linked now"),
            "{text}"
        );
    }
}
