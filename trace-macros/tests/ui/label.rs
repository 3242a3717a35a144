use trace_macros::Label;

#[derive(Label)]
enum Empty {}

#[derive(Label)]
union Both {
    a: u8,
    b: u8,
}

#[derive(Label)]
struct Unbounded(u8);

#[derive(Label)]
#[label(range = 0..=1)]
struct Two(u8, u8);

#[derive(Label)]
#[label(range = 0..=1000)]
struct Large(u32);

#[derive(Label)]
#[label(range = 5..5)]
struct Nothing(u32);

#[derive(Label)]
#[label(range = "all")]
struct Text(u32);

#[derive(Label)]
#[label(range = 0..=2)]
struct NotANumber(String);

#[derive(Label)]
#[label(rename_all = "snake-case", rename = "x")]
enum Cases {
    #[label(rename = "other")]
    A,
    #[label(rename = "")]
    B,
    #[label(rename = "d", renamed = "y")]
    C,
    D,
    #[label(rename)]
    #[label]
    E,
}

#[derive(Label)]
enum Same {
    HttpError,
    HTTPError,
}

fn main() {}
