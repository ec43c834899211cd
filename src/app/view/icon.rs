//! The signs on buttons, as strokes on a 24 by 24 grid: no font decides how they look.
//!
//! Always beside or inside something that has a name; by themselves they are hidden from readers.

use yew::prelude::*;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Icon {
    Play,
    Pause,
    Next,
    Previous,
    NextKey,
    PreviousKey,
    Live,
    Fork,
    Share,
    Help,
    Sun,
    Moon,
    Auto,
    Console,
    Close,
    Check,
    Cross,
    Bolt,
    Skull,
    Restart,
    Stop,
    Cut,
    Disk,
    Island,
    Link,
    Arrow,
    Copy,
    Weave,
    Charts,
    Download,
}

impl Icon {
    fn path(self) -> &'static str {
        match self {
            Icon::Play => "M7 4.5v15l12-7.5z",
            Icon::Pause => "M7.5 5v14M16.5 5v14",
            Icon::Next => "M9 5l7 7-7 7",
            Icon::Previous => "M15 5l-7 7 7 7",
            Icon::NextKey => "M6 5l7 7-7 7M18 5v14",
            Icon::PreviousKey => "M18 5l-7 7 7 7M6 5v14",
            Icon::Live => "M4 12h12M11 6l6 6-6 6M20 5v14",
            Icon::Fork => "M7 4v16M7 13c0-4 10-2 10-8M17 5l-3 2.5M17 5l2.5 2.5",
            Icon::Share => "M12 15V4M8 7.5L12 4l4 3.5M5 12v8h14v-8",
            Icon::Help => {
                "M9 9a3 3 0 1 1 4.2 2.8c-.8.4-1.2 1-1.2 2.2M12 17.6v.1\
                 M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18"
            }
            Icon::Sun => {
                "M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8M12 2v2M12 20v2M2 12h2M20 12h2\
                 M5 5l1.4 1.4M17.6 17.6L19 19M5 19l1.4-1.4M17.6 6.4L19 5"
            }
            Icon::Moon => "M20 14.5A8.5 8.5 0 1 1 9.5 4a6.8 6.8 0 0 0 10.5 10.5z",
            Icon::Auto => "M12 3a9 9 0 1 0 0 18zM12 3a9 9 0 0 1 0 18",
            Icon::Console => "M4 6l6 6-6 6M12 18h8",
            Icon::Close => "M6 6l12 12M18 6L6 18",
            Icon::Check => "M4.5 12.5l5 5 10-11",
            Icon::Cross => "M6.5 6.5l11 11M17.5 6.5l-11 11",
            Icon::Bolt => "M13 2.5L5 13.5h6l-1 8 8-11h-6z",
            Icon::Skull => "M6 15a7 7 0 1 1 12 0v2h-2.5v3h-7v-3H6zM9.2 11.5v.6M14.8 11.5v.6",
            Icon::Restart => "M19.5 12a7.5 7.5 0 1 1-2.4-5.5M19.5 3.5v4h-4",
            Icon::Stop => "M12 3v8M7 6a8 8 0 1 0 10 0",
            Icon::Cut => "M4 12h5M15 12h5M10 6l4 12M14 6l-4 12",
            Icon::Disk => "M5 7c0-4 14-4 14 0v10c0 4-14 4-14 0zM5 7c0 4 14 4 14 0",
            Icon::Island => {
                "M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8M3 3l4 4M21 3l-4 4M3 21l4-4M21 21l-4-4"
            }
            Icon::Link => "M4 12h16",
            Icon::Arrow => "M5 12h14M13 6l6 6-6 6",
            Icon::Weave => "M3 6h18M3 18h18M6 6l5 12M14 18l4-12",
            Icon::Charts => "M4 4v16h16M7.5 15.5l4-5 3.5 3 5-7",
            Icon::Download => "M12 4v11M7.5 11l4.5 4.5 4.5-4.5M5 20h14",
            Icon::Copy => "M9 9h11v11H9zM5 15H4V4h11v1",
        }
    }
}

/// The sign, drawn in the colour of the text around it.
pub fn icon(icon: Icon) -> Html {
    html! {
        <svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
            <path d={icon.path()} />
        </svg>
    }
}
